import { person, podNotReady, replicasMismatch, rolloutStuck, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { deployment, editDeployment, podsOf, podSpec, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** An init container from an old template waits for a service that was retired long ago. */
export const scenario = defineScenario({
  id: 'waits-for-the-retired',
  title: 'An init container waits for a service that no longer exists',
  category: 'kubernetes',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    service: random.pick(['cart', 'payments', 'shipping', 'frontend', 'checkout', 'catalog'] as const),
    retired: random.pick(['config-server', 'legacy-config', 'feature-gate', 'vault-proxy', 'session-store', `settings-v${random.integer(1, 3)}`]),
    container: random.pick(['wait-for-config', 'preflight', 'wait', 'init-config']),
    pause: random.integer(1, 3),
    voice: random.integer(0, 3),
  }),
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    rolloutStuck(namespace, service),
    podNotReady(namespace, service),
    person(`new pods of ${service} hang while starting since the last rollout, no error in its log`),
    replicasMismatch(namespace, service),
  ]),
  inject: (world, { service, retired, container, pause }) => editDeployment(world, service, (object) => {
    podSpec(object).initContainers = [{
      name: container, image: 'registry.local/busybox:1',
      command: ['sh', '-c', `until nslookup ${retired}; do echo "waiting for ${retired}"; sleep ${pause}; done`],
      resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '100m', memory: '96Mi' } },
    }];
  }),
  symptom: async (world, { service }) => (await podsOf(world, service)).some(({ status }) => status?.initContainerStatuses?.some(({ state }) => state?.running !== undefined)),
  oracle: async (world, { service, retired }) => {
    const waiting = podSpec(await deployment(world, service)).initContainers ?? [];
    const revived = await world.cluster.get('services', retired);
    return [
      holds('nothing waits for the retired service', !JSON.stringify(waiting).includes(retired), JSON.stringify(waiting.map(({ name, command }) => [name, command]))),
      holds('the retired service was not revived', revived === undefined, revived === undefined ? 'there is none' : `there is a service ${retired}`),
      await rolledOut(world, service),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8 },
  allowed: ({ service }) => [`deployments.apps/${service}`],
  forbidden: ({ retired }) => [{ reason: 'a name without a program behind it is no service', objects: [`services/${retired}`] }],
  truth: ({ service }) => ({ outcome: 'repair', root: [`deployment/${service}`], mechanisms: ['init-container-blocked'], chain: [`deployment/${service}`, `service/${service}`] }),
  hide: (world, { retired }) => world.cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: retired }, spec: { ports: [{ name: 'http', port: 80 }] } })),
  repair: async (world, { service, retired }) => {
    await world.cluster.remove('services', retired);
    await editDeployment(world, service, (object) => void delete podSpec(object).initContainers);
  },
});
