/** A Service sends to a port nobody listens on: endpoints are there, connections are not. */
import { isOneOf } from '../kit/checks.ts';
import { missed } from '../kit/complaints.ts';
import { editService, onlyPort, sendsToItsPods, service } from '../kit/services.ts';
import { failsUsers, serves, takesOrders } from '../kit/shop.ts';
import { container, deletePods, deployment, replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const scenario = defineScenario({
  id: 'target-port-wrong',
  title: 'A service sends to a port nobody listens on',
  category: 'network',
  difficulty: 'single-signal',
  parameters: (random) => ({
    broken: random.pick(['catalog', 'cart', 'checkout', 'payments', 'shipping', 'recommender'] as const),
    targetPort: random.pick<number | string>([random.integer(8081, 8099), random.integer(3000, 3010), 9090, 80, 'web', 'grpc']),
    voice: random.integer(0, 2),
    share: random.integer(30, 100) / 100,
  }),
  alert: ({ broken, voice, share }, { namespace }) => missed(broken, { voice, share, namespace }),
  inject: async (world, { broken, targetPort }) => {
    await setTarget(world, broken, targetPort);
    // Connections that stand go on: they end with the pods of the release that came along.
    await deletePods(world, broken);
  },
  symptom: (world, { broken }) => failsUsers(world, broken),
  oracle: async (world, { broken }) => [
    isOneOf('the target port', onlyPort((await service(world, broken)).spec).targetPort, ['http', 8080]),
    isOneOf('the port of the service', onlyPort((await service(world, broken)).spec).port, [8080]),
    isOneOf('the port of the program', container(await deployment(world, broken)).ports?.[0]?.containerPort, [8080]),
    await sendsToItsPods(world, broken),
    await serves(world, broken),
    await takesOrders(world),
  ],
  relapse: { provoke: (world, { broken }) => replacePods(world, broken) },
  allowed: ({ broken }) => [`services/${broken}`],
  forbidden: ({ broken }) => [{ reason: 'the program is right where it is', objects: [`deployments.apps/${broken}`] }],
  truth: ({ broken }) => ({ outcome: 'repair', root: [`service/${broken}`], mechanisms: ['target-port-wrong'], chain: [`service/${broken}`, ...(broken === 'payments' || broken === 'shipping' ? ['deployment/checkout'] : []), 'deployment/frontend'] }),
  repair: (world, { broken }) => setTarget(world, broken, 'http'),
  hide: (world, { broken }) => replacePods(world, broken),
});

function setTarget(world: World, name: string, targetPort: number | string): Promise<void> {
  return editService(world, name, (spec) => void (onlyPort(spec).targetPort = targetPort));
}
