/** Another team's daemon took the host port that a pod asks for: no node has it free. */
import { stringify } from 'yaml';
import { component } from '../kit/component.ts';
import { page, podNotReady, replicasMismatch, toldBy } from '../kit/asks.ts';
import { answers, holds, isOneOf, unwell } from '../kit/checks.ts';
import { deletePods, editDeployment, container, podsOf, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

export const scenario = defineScenario({
  id: 'host-port-taken',
  title: 'Two workloads want the same port of every node',
  category: 'network',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    name: random.pick(['price-feed', 'label-printer', 'stock-beacon', 'order-export']),
    port: random.integer(9100, 9500),
    theirs: random.integer(9501, 9900),
    team: random.name('team'),
    daemon: random.pick(['node-metrics', 'log-shipper', 'flow-collector']),
    stock: random.integer(1000, 9999),
    voice: random.integer(0, 2),
  }),
  prepare: async (world, { name, port, theirs, team, daemon, stock }) => {
    await world.cluster.apply(component({
      name, strategy: 'Recreate', plan: { routes: { 'GET /feed': [{ answer: { entries: stock } }] } },
      container: { ports: [{ name: 'http', containerPort: 8080, hostPort: port }] },
    }));
    await world.cluster.apply(stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: team } }));
    await world.cluster.apply(stringify(daemonSet({ daemon, team, port: theirs })));
    world.declare.namespace(team);
    world.declare.service({ name, port: 8080, checks: [{ name: 'feed', path: '/feed' }], latencyBudgetMilliseconds: 250, dependsOn: [] });
  },
  alert: ({ name, voice }, { namespace }) => toldBy(voice, [replicasMismatch(namespace, name), podNotReady(namespace, name), page(name, `${name} has no endpoints`)]),
  inject: async (world, { name, port, team, daemon }) => {
    await editDeployment(world, name, ({ spec }) => spec && void (spec.replicas = 0));
    await world.until('the pods to be gone', async () => (await podsOf(world, name)).length === 0, 40);
    await world.cluster.apply(stringify(daemonSet({ daemon, team, port })));
    await world.until('the new daemon on every node', async () => {
      const { metadata, status } = (await world.cluster.get('daemonsets.apps', daemon, team)) ?? {};
      const { observedGeneration, updatedNumberScheduled, numberReady, desiredNumberScheduled = 0 } = status ?? {};
      return desiredNumberScheduled > 0 && observedGeneration === metadata?.generation && updatedNumberScheduled === desiredNumberScheduled && numberReady === desiredNumberScheduled;
    });
    await editDeployment(world, name, ({ spec }) => spec && void (spec.replicas = 1));
  },
  symptom: async (world, { name }) => unwell(world, [name]) && (await podsOf(world, name)).some(({ status }) => status?.phase === 'Pending'),
  oracle: async (world, { name, port, theirs, team, daemon, stock }) => {
    const { spec, status } = (await world.cluster.get('daemonsets.apps', daemon, team)) ?? {};
    const nodes = await world.cluster.list('nodes', { namespace: null });
    return [
      await rolledOut(world, name, 1),
      await answers(world, name, '/feed', new RegExp(`"entries":${stock}`)),
      holds(`${daemon} of ${team} runs on every node`, status?.numberReady === nodes.length, `${status?.numberReady ?? 0} of ${nodes.length}`),
      isOneOf('its port', spec?.template?.spec?.containers[0]?.ports?.[0]?.hostPort, [port, theirs]),
    ];
  },
  relapse: { provoke: (world, { name }) => replacePods(world, name) },
  allowed: ({ name, team, daemon }) => [`deployments.apps/${name}`, `daemonsets.apps/${team}/${daemon}`],
  forbidden: ({ team, daemon }) => [{ reason: 'the daemon is another team\'s', command: new RegExp(`-n ${team}|namespace ${team}|${daemon}`) }],
  truth: ({ name, daemon }) => ({
    outcome: 'repair', root: [`deployment/${name}`, `daemonset/${daemon}`], mechanisms: ['host-port-conflict'],
    chain: [`daemonset/${daemon}`, `deployment/${name}`, `service/${name}`],
  }),
  repair: (world, { name }) => editDeployment(world, name, (object) => void (container(object).ports = [{ name: 'http', containerPort: 8080, protocol: 'TCP' }])),
  hide: (world, { name }) => deletePods(world, name),
});

function daemonSet({ daemon, team, port }: { daemon: string; team: string; port: number }): object {
  const labels = { 'app.kubernetes.io/name': daemon, 'app.kubernetes.io/part-of': team };
  return {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: daemon, namespace: team, labels },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': daemon } },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          containers: [{
            name: daemon, image: 'registry.shop.local/component:1.0.0', env: [{ name: 'SERVICE_NAME', value: daemon }, { name: 'PLAN', value: '{"routes":{}}' }],
            ports: [{ name: 'metrics', containerPort: 8080, hostPort: port }], readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 1 },
            resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { memory: '128Mi' } },
          }],
        },
      },
    },
  };
}
