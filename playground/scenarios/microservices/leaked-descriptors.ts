import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds, isOneOf } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { declareComponent, deploy, keepAsking } from '../kit/running-components.ts';
import { container, deployment, editDeployment, environment, replacePods, rolledOut, setEnvironment } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const image = (tag: string): string => `registry.shop.local/component:${tag}`;

/** Each request leaves files open; when the process has no descriptor left it can not even accept connections. */
export const scenario = defineScenario({
  id: 'leaked-descriptors',
  title: 'A release leaves files open until its process has no descriptor left',
  category: 'microservices',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    name: random.pick(['uploads', 'print-queue', 'documents', 'archive', 'media'] as const),
    good: random.pick(['1.0.0', '1.0.1', '1.1.0']),
    limit: String(random.integer(11, 16) * 10),
    voice: random.integer(0, 2),
    share: random.integer(40, 90) / 100,
  }),
  prepare: async (world, { name, good, limit }) => {
    await deploy(world, [{ name, tag: good, environment: { OPEN_FILES_LIMIT: limit }, plan: { routes: { 'GET /files/:file': [{ answer: { file: '{file}', stored: true } }] } } }]);
    declareComponent(world, name, ['/files/81']);
    keepAsking(world, name, () => `/files/${Math.floor(Math.random() * 900)}`, 4);
  },
  alert: ({ name, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, name, share),
    page(name, `${name}: works after a restart, then fails again`),
    person(`${name} (${namespace}) begins to fail some time after each start. Memory and CPU are low. We have restarted it twice today.`),
  ]),
  inject: (world, { name }) => editDeployment(world, name, (object) => {
    container(object).image = image('1.3.1');
    object.metadata.annotations = { ...object.metadata.annotations, 'kubernetes.io/change-cause': 'release 1.3.1' };
  }),
  symptom: async (world, { name }) => world.services.figures().some((one) => one.name === name && one.successRate < 0.6 && one.requests > 4),
  oracle: async (world, { name, limit }) => {
    const now = await deployment(world, name);
    const pods = await world.cluster.list('pods', { labels: { 'app.kubernetes.io/name': name } });
    return [
      isOneOf(`image of ${name}`, container(now).image, ['1.0.0', '1.0.1', '1.1.0'].map(image)),
      isOneOf('OPEN_FILES_LIMIT', environment(now, 'OPEN_FILES_LIMIT'), [limit]),
      holds('no container was restarted', pods.every(({ status }) => status?.containerStatuses?.every(({ restartCount }) => restartCount === 0)), pods.map(({ metadata, status }) => `${metadata.name}: ${status?.containerStatuses?.[0]?.restartCount}`).join(', ')),
      await rolledOut(world, name, 1),
      await works(world, { service: name, path: '/files/81', has: /"stored":true/ }, { times: 6 }),
    ];
  },
  relapse: { provoke: (world, { name }) => replacePods(world, name), seconds: 10 },
  allowed: ({ name }) => [`deployments.apps/${name}`],
  truth: ({ name }) => ({ outcome: 'repair', root: [`deployment/${name}`], mechanisms: ['descriptor-exhaustion', 'bad-release'], chain: [`deployment/${name}`, `service/${name}`] }),
  repair: (world, { name, good, limit }) => editDeployment(world, name, (object) => {
    container(object).image = image(good);
    setEnvironment(object, 'OPEN_FILES_LIMIT', limit);
  }),
  /** More of what it wastes. */
  hide: (world, { name }) => editDeployment(world, name, (object) => setEnvironment(object, 'OPEN_FILES_LIMIT', '1000')),
});
