import { errorRate, page, person, targetDown, toldBy } from '../kit/asks.ts';
import { holds, isOneOf, unwell } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { container, deployment, editDeployment, rolledOut, setEnvironment, shopImage, type Deployment } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** Every old pod may go before a new one is ready; then a release comes that never gets ready. To go back to the old release is half of the repair. */
export const scenario = defineScenario({
  id: 'all-at-once',
  title: 'A rollout may take every pod away at once, and its release does not start',
  category: 'kubernetes',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    service: random.pick(['frontend', 'checkout'] as const),
    unavailable: random.pick(['100%', '2', '3']),
    release: random.pick([{ tag: `1.${random.integer(5, 7)}.${random.integer(1, 9)}` }, { tag: '1.4.1', requires: random.pick(['TRACING_ENDPOINT', 'TENANT', 'REGION']) }] as { tag: string; requires?: string }[]),
    voice: random.integer(0, 3),
  }),
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    page(service, `${service} completely down during deploy`),
    errorRate(namespace, service, 1),
    person(`the whole shop went dark the moment we deployed ${service}. it has two replicas, how can that be? please get it back and make sure that the next bad deploy does not do this again`),
    targetDown(namespace, service),
  ]),
  inject: (world, { service, unavailable, release }) => editDeployment(world, service, (object) => {
    setStrategy(object, 0, /^\d+$/.test(unavailable) ? Number(unavailable) : unavailable);
    container(object).image = shopImage(service, release.tag);
    setEnvironment(object, 'REQUIRED_ENVIRONMENT', release.requires);
  }),
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, { service }) => {
    const object = await deployment(world, service);
    const { type = 'RollingUpdate', rollingUpdate } = object.spec?.strategy ?? {};
    return [
      holds('one of two pods stays through a rollout', type === 'RollingUpdate' && outOfTwo(rollingUpdate?.maxUnavailable) <= 1, `${type} ${JSON.stringify(rollingUpdate ?? {})}`),
      isOneOf(`image of ${service}`, container(object).image, [shopImage(service)]),
      await rolledOut(world, service, 2),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8 },
  allowed: ({ service }) => [`deployments.apps/${service}`],
  truth: ({ service, release }) => ({ outcome: 'repair', root: [`deployment/${service}`], mechanisms: ['bad-rollout-strategy', ...(release.requires === undefined ? ['image-not-found'] : ['bad-release', 'wrong-environment-value'])], chain: [`deployment/${service}`, `service/${service}`] }),
  // `kubectl rollout undo` brings the template back and leaves the strategy.
  hide: (world, { service }) => editDeployment(world, service, (object) => restore(object, service)),
  repair: (world, { service }) => editDeployment(world, service, (object) => {
    setStrategy(object, 1, 0);
    restore(object, service);
  }),
});

function setStrategy(object: Deployment, maxSurge: number, maxUnavailable: number | string): void {
  if (object.spec) object.spec.strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
}

function restore(object: Deployment, service: string): void {
  container(object).image = shopImage(service);
  setEnvironment(object, 'REQUIRED_ENVIRONMENT', undefined);
}

/** A share is rounded down, as the controller does it; nothing said is 25 %. */
function outOfTwo(value: number | string | undefined): number {
  const text = String(value ?? '25%');
  return text.endsWith('%') ? Math.floor((2 * Number.parseInt(text)) / 100) : Number(text);
}
