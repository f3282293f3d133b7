import { monitored, page, person, toldBy } from '../kit/asks.ts';
import { holds, isOneOf, unwell } from '../kit/checks.ts';
import { cordon, isAlive, nodeOf, otherNode } from '../kit/nodes.ts';
import { serves, takesOrders } from '../kit/shop.ts';
import { editDeployment, podsOf, podSpec, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const unreachable = ['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready'];

/**
 * One node was left cordoned after its maintenance, and nobody noticed. Now the other one is lost: its pods are wanted
 * elsewhere and there is no elsewhere. The loud node is broken for good; the quiet one only has to be uncordoned.
 */
export const scenario = defineScenario({
  id: 'last-node-standing',
  title: 'A node is lost while the other one was left cordoned',
  category: 'kubernetes',
  difficulty: 'cascading',
  tags: ['cascade', 'misleading'],
  needs: ['nodes'],
  parameters: (random) => ({ services: random.shuffle(['cart', 'payments', 'shipping'] as const).slice(0, 2), seconds: random.integer(2, 6), voice: random.integer(0, 2) }),
  prepare: async (world, { services, seconds }) => {
    const database = await nodeOf(world, 'orders-db-0');
    const other = otherNode(database);
    await cordon(world, other, true);
    await emptied(world, other);
    await cordon(world, other, false);
    await cordon(world, database, true);
    // They were to move quickly; and they stand on the node that will be lost.
    for (const service of services) await editDeployment(world, service, (object) => void (podSpec(object).tolerations = unreachable.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds }))));
    await world.until('pods on the other node', async () => (await Promise.all(services.map(async (service) => (await rolledOut(world, service, 1)).ok && (await podsOf(world, service)).every(({ spec }) => spec?.nodeName === other)))).every(Boolean), 120);
    await cordon(world, database, false);
  },
  alert: ({ services, voice }, { namespace }) => toldBy(voice, [
    page('frontend', `Orders failing; ${services.join(' and ')} unavailable`),
    monitored('KubeNodeNotReady', 'critical', 'Node is not ready.', 'A node has been unready for more than 15 minutes.', {}),
    person(`a machine died at the hoster, it will not come back this week. shouldn't kubernetes move ${services.join(' and ')} in ${namespace} to the other node? they are still down`),
  ]),
  inject: async (world) => {
    const database = await nodeOf(world, 'orders-db-0');
    await cordon(world, database, true);
    world.node(otherNode(database)).set({ notReady: true });
  },
  symptom: async (world, { services }) => {
    const pods = await Promise.all(services.map((service) => podsOf(world, service)));
    return unwell(world, services) && pods.every((some) => some.some(({ spec, status }) => spec?.nodeName === undefined && status?.phase === 'Pending'));
  },
  oracle: async (world, { services }) => {
    const database = await nodeOf(world, 'orders-db-0');
    return [
      isOneOf('the good node takes pods', (await world.cluster.get('nodes', database, null))?.spec?.unschedulable, [undefined, false]),
      ...(await Promise.all(services.map((service) => rolledOut(world, service, 1)))),
      ...(await Promise.all(services.map(async (service) => {
        const nodes = (await podsOf(world, service)).map(({ spec }) => spec?.nodeName ?? 'none');
        const alive = await Promise.all(nodes.map((node) => isAlive(world, node)));
        return holds(`${service} stands on a node that lives`, alive.every(Boolean), nodes.join(', '));
      }))),
      ...(await Promise.all(services.map((service) => serves(world, service)))),
      await takesOrders(world),
    ];
  },
  relapse: { seconds: 10 },
  allowed: ({ services }) => ['nodes//*', ...services.map((service) => `deployments.apps/${service}`)],
  forbidden: () => [{ reason: 'the database must not be moved', command: /delete (pod|statefulset)[ /]orders-db/ }],
  truth: ({ services }) => ({
    outcome: 'repair', root: ['node/node1', 'node/node2'], mechanisms: ['node-cordoned'],
    chain: ['node/node1', 'node/node2', ...services.map((service) => `deployment/${service}`), 'service/checkout', 'service/frontend'],
  }),
  // The lost machine answers once more: all is well until it goes again.
  hide: async (world, { services }) => {
    const database = await nodeOf(world, 'orders-db-0');
    world.node(otherNode(database)).set({ notReady: false });
    await world.until('the pods', async () => (await Promise.all(services.map(async (service) => (await rolledOut(world, service, 1)).ok))).every(Boolean), 90).catch(() => undefined);
  },
  repair: async (world, { services }) => {
    const database = await nodeOf(world, 'orders-db-0');
    world.node(otherNode(database)).set({ notReady: true });
    await cordon(world, database, false);
    await world.until('the pods on the good node', async () => (await Promise.all(services.map(async (service) => (await rolledOut(world, service, 1)).ok && (await podsOf(world, service)).every(({ spec }) => spec?.nodeName === database)))).every(Boolean), 120);
  },
});

/** Moves what stands on a cordoned node away, the cluster's DNS too. */
async function emptied(world: World, node: string): Promise<void> {
  const everywhere = { namespace: null };
  const left = async () => (await world.cluster.list('pods', everywhere)).filter(({ metadata, spec }) => spec?.nodeName === node && metadata.ownerReferences?.some(({ kind }) => kind === 'ReplicaSet'));
  for (const { metadata } of await left()) await world.cluster.remove('pods', metadata.name, metadata.namespace);
  await world.until(`${node} to be empty`, async () => (await left()).length === 0 && (await world.cluster.list('deployments.apps', everywhere)).every(({ spec, status }) => (status?.readyReplicas ?? 0) >= (spec?.replicas ?? 1)), 120);
}
