import { errorRate, page, person, targetDown, toldBy } from '../kit/asks.ts';
import { unwell } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { editDeployment, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** A workload is scaled to zero by mistake: no pod, no crash; only the deployment's own events say how many there were. */
export const scenario = defineScenario({
  id: 'nobody-left-running',
  title: 'A service was scaled to zero by mistake',
  category: 'kubernetes',
  difficulty: 'single-signal',
  parameters: (random) => ({ service: random.pick(['shipping', 'payments', 'cart', 'checkout'] as const), replicas: random.integer(2, 3), voice: random.integer(0, 3) }),
  prepare: async (world, { service, replicas }) => {
    await scale(world, service, replicas);
    await world.until(`${replicas} pods of ${service}`, async () => (await rolledOut(world, service, replicas)).ok);
  },
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    page(service, `${service}: connection refused`),
    targetDown(namespace, service),
    errorRate(namespace, service, 1),
    person(`orders fail since a few minutes, something about ${service} not answering. nobody deployed anything`),
  ]),
  inject: (world, { service }) => scale(world, service, 0),
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, { service, replicas }) => [await rolledOut(world, service, replicas), await serves(world, service)],
  relapse: { seconds: 8 },
  allowed: ({ service }) => [`deployments.apps/${service}`],
  truth: ({ service }) => ({ outcome: 'repair', root: [`deployment/${service}`], mechanisms: ['scaled-to-zero'], chain: [`deployment/${service}`, `service/${service}`] }),
  // It answers again, with less than it had.
  hide: (world, { service }) => scale(world, service, 1),
  repair: (world, { service, replicas }) => scale(world, service, replicas),
});

function scale(world: World, service: string, replicas: number): Promise<void> {
  return editDeployment(world, service, ({ spec }) => void (spec && (spec.replicas = replicas)));
}
