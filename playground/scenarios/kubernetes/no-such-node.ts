import { page, person, replicasMismatch, targetDown, toldBy } from '../kit/asks.ts';
import { holds, isOneOf, unwell } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { deployment, editDeployment, podSpec, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** Pods ask for a node with a label that no node has. */
export const scenario = defineScenario({
  id: 'no-such-node',
  title: 'Pods ask for a kind of node that the cluster does not have',
  category: 'kubernetes',
  difficulty: 'single-signal',
  parameters: (random) => {
    const [label, value] = random.pick([['disktype', 'nvme'], ['node-pool', 'payments'], ['pool', 'spot-b'], ['topology.kubernetes.io/zone', 'eu-west-1d'], ['storage', 'local-nvme'], ['workload', 'critical']] as const);
    return { service: random.pick(['payments', 'cart', 'shipping'] as const), label, value, voice: random.integer(0, 3) };
  },
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    replicasMismatch(namespace, service),
    targetDown(namespace, service),
    person(`${service} has been gone since the last change to it. its logs are empty`),
    page(service, `${service} unavailable`),
  ]),
  inject: (world, { service, label, value }) => editDeployment(world, service, (object) => void (podSpec(object).nodeSelector = { [label]: value })),
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, { service, label, value }) => {
    const spec = podSpec(await deployment(world, service));
    const labelled = (await world.cluster.list('nodes', { namespace: null })).filter(({ metadata }) => metadata.labels?.[label] === value);
    return [
      isOneOf('the pods ask for no such node', spec.nodeSelector?.[label], [undefined]),
      holds('no node was made to look like one', labelled.length === 0, labelled.map(({ metadata }) => metadata.name).join(', ') || 'none has the label'),
      await rolledOut(world, service, 1),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8 },
  allowed: ({ service }) => [`deployments.apps/${service}`],
  forbidden: () => [{ reason: 'a label does not change what a node is', objects: ['nodes//*'] }],
  truth: ({ service }) => ({ outcome: 'repair', root: [`deployment/${service}`], mechanisms: ['unschedulable'], chain: [`deployment/${service}`, `service/${service}`] }),
  hide: async (world, { label, value }) => {
    const [node] = await world.cluster.list('nodes', { namespace: null });
    await world.cluster.edit('nodes', node?.metadata.name ?? '', ({ metadata }) => void (metadata.labels = { ...metadata.labels, [label]: value }), null);
  },
  repair: async (world, { service, label, value }) => {
    // Without what `hide` put there.
    for (const { metadata: { name, labels } } of await world.cluster.list('nodes', { namespace: null })) {
      if (labels?.[label] === value) await world.cluster.edit('nodes', name, ({ metadata }) => void delete metadata.labels?.[label], null);
    }
    await editDeployment(world, service, (object) => void delete podSpec(object).nodeSelector);
  },
});
