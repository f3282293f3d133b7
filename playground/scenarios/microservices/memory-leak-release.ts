import { crashLooping, page, person, toldBy } from '../kit/asks.ts';
import { holds, isOneOf } from '../kit/checks.ts';
import { works } from '../kit/requests.ts';
import { declareComponent, deploy, keepAsking } from '../kit/running-components.ts';
import { container, deployment, editDeployment, podsOf, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const image = (tag: string): string => `registry.shop.local/component:${tag}`;

/** A release keeps something of every request; the kernel ends it at its limit, and it begins again. */
export const scenario = defineScenario({
  id: 'memory-leak-release',
  title: 'A release leaks memory and is killed at its limit again and again',
  category: 'microservices',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    leaking: random.pick(['receipts', 'thumbnails', 'invoicing', 'exports', 'labels', 'translations'] as const),
    good: random.pick(['1.0.0', '1.0.1', '1.1.0']),
    limit: random.pick(['160Mi', '192Mi', '208Mi']),
    order: random.integer(1000, 9000),
    voice: random.integer(0, 2),
  }),
  prepare: async (world, { leaking, good, limit, order }) => {
    await deploy(world, [{ name: leaking, tag: good, memory: { request: '96Mi', limit }, plan: { routes: { 'GET /documents/:order': [{ answer: { order: '{order}', format: 'pdf' }, bytes: 2000 }] } } }]);
    declareComponent(world, leaking, [`/documents/${order}`]);
    keepAsking(world, leaking, () => `/documents/${1000 + Math.floor(Math.random() * 8000)}`, 4);
  },
  alert: ({ leaking, voice }, { namespace }) => toldBy(voice, [
    crashLooping(namespace, leaking),
    page(leaking, `${leaking}: errors come and go in waves`),
    person(`${leaking} (namespace ${namespace}) drops out for a moment every now and then, then it is fine again. A restart helps, but never for long. What is it?`),
  ]),
  inject: (world, { leaking }) => editDeployment(world, leaking, (object) => {
    container(object).image = image('1.2.1');
    object.metadata.annotations = { ...object.metadata.annotations, 'kubernetes.io/change-cause': 'release 1.2.1' };
  }),
  symptom: async (world, { leaking }) => (await podsOf(world, leaking)).some(({ status }) => status?.containerStatuses?.some(({ lastState, state }) => [lastState, state].some((one) => one?.terminated?.reason === 'OOMKilled'))),
  oracle: async (world, { leaking, limit, order }) => {
    const now = container(await deployment(world, leaking));
    const pods = await podsOf(world, leaking);
    return [
      isOneOf(`image of ${leaking}`, now.image, ['1.0.0', '1.0.1', '1.1.0'].map(image)),
      isOneOf(`memory limit of ${leaking}`, now.resources?.limits?.['memory'], [limit]),
      holds('no pod was killed', pods.every(({ status }) => status?.containerStatuses?.every(({ restartCount }) => restartCount === 0)), pods.map(({ metadata, status }) => `${metadata.name}: ${status?.containerStatuses?.[0]?.restartCount} restarts`).join(', ')),
      await rolledOut(world, leaking, 1),
      await works(world, { service: leaking, path: `/documents/${order}`, has: /"format":"pdf"/ }, { times: 5 }),
    ];
  },
  relapse: { provoke: (world, { leaking }) => replacePods(world, leaking), seconds: 12 },
  allowed: ({ leaking }) => [`deployments.apps/${leaking}`],
  forbidden: ({ leaking }) => [{ reason: 'without a limit it takes the memory of its neighbours', command: /limits?.*memory.*(null|-)$/ }, { reason: `${leaking} must not be recreated`, command: new RegExp(`delete (deployment|deploy)[ /]${leaking}`) }],
  truth: ({ leaking }) => ({ outcome: 'repair', root: [`deployment/${leaking}`], mechanisms: ['memory-leak', 'bad-release'], chain: [`deployment/${leaking}`, `service/${leaking}`] }),
  repair: (world, { leaking, good, limit }) => editDeployment(world, leaking, (object) => {
    const one = container(object);
    one.image = image(good);
    one.resources = { ...one.resources, limits: { ...one.resources?.limits, memory: limit } };
  }),
  hide: (world, { leaking }) => editDeployment(world, leaking, (object) => {
    const one = container(object);
    one.resources = { ...one.resources, limits: { ...one.resources?.limits, memory: '768Mi' } };
  }),
});
