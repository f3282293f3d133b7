import { person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { cordon, nodeOf, otherNode } from '../kit/nodes.ts';
import { serves } from '../kit/shop.ts';
import { deployment, podsOf, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const replicas = 2;

/** Before its drain began nothing is asked of the node. */
const inMaintenance = new WeakSet<World>();

/** A budget that lets no pod go: a colleague's drain for a kernel update waits for ever, the node is cordoned and half empty. */
export const scenario = defineScenario({
  id: 'drain-that-hangs',
  title: 'A PodDisruptionBudget lets no pod go, so a node can not be drained',
  category: 'kubernetes',
  difficulty: 'multi-hop',
  needs: ['nodes'],
  parameters: (random) => ({
    service: random.pick(['frontend', 'checkout'] as const),
    budget: random.pick([{ minAvailable: 2 }, { minAvailable: '100%' }, { maxUnavailable: 0 }, { minAvailable: '75%' }] as { minAvailable?: number | string; maxUnavailable?: number | string }[]),
    voice: random.integer(0, 2),
  }),
  prepare: async (world, { service }) => {
    const database = await nodeOf(world, 'orders-db-0');
    await cordon(world, database, true);
    // So that the other node has something to drain.
    const [one] = await podsOf(world, service);
    if (one?.spec?.nodeName === database) await world.cluster.remove('pods', one.metadata.name);
    await world.until(`a pod of ${service} beside the database's node`, async () => (await rolledOut(world, service, replicas)).ok && (await podsOf(world, service)).some(({ spec }) => spec?.nodeName !== database));
    await cordon(world, database, false);
  },
  alert: ({ voice }, { namespace }) => toldBy(voice, [
    person(`kubectl drain for tonight's kernel update has been hanging for half an hour on a pod of ${namespace}, it retries all the time. the node must get empty and stay cordoned, the shop must stay up`),
    { by: 'alertmanager', alertname: 'NodeDrainNotFinished', severity: 'warning', summary: 'A node drain does not finish.', description: `The node under maintenance (cordoned, to stay so) has had pods of ${namespace} for more than 30 minutes.`, labels: { namespace } },
    person(`node maintenance is stuck: one cordoned node still has shop pods in ${namespace} and they do not go. can you find out why and get them off it without an outage?`),
  ]),
  inject: async (world, { service, budget }) => {
    await setBudget(world, service, budget);
    const node = otherNode(await nodeOf(world, 'orders-db-0'));
    inMaintenance.add(world);
    await cordon(world, node, true);
    const drain = setInterval(() => void evictOne(world, service, node).catch((error: unknown) => world.log(`drain: ${String(error)}`)), 2000);
    world.onClose(() => clearInterval(drain));
  },
  oracle: async (world, { service }) => {
    const budget = await world.cluster.get('poddisruptionbudgets.policy', service);
    const node = otherNode(await nodeOf(world, 'orders-db-0'));
    const left = (await podsOf(world, service)).filter(({ spec }) => spec?.nodeName === node);
    const cordoned = (await world.cluster.get('nodes', node, null))?.spec?.unschedulable === true;
    const { disruptionsAllowed = 0, desiredHealthy = 0 } = budget?.status ?? {};
    return [
      holds('the budget lets one pod go, and keeps one', disruptionsAllowed >= 1 && desiredHealthy >= 1, budget === undefined ? 'there is no budget' : `allows ${disruptionsAllowed}, keeps ${desiredHealthy}`),
      holds('a node in maintenance has no pod of it any more', left.length === 0 || !inMaintenance.has(world), `${left.length} on ${node}`),
      holds('a node in maintenance is still cordoned', cordoned || !inMaintenance.has(world), `${node} unschedulable: ${String(cordoned)}`),
      holds('no replica fewer than before', ((await deployment(world, service)).spec?.replicas ?? 0) >= replicas, `${(await deployment(world, service)).spec?.replicas} replicas`),
      await rolledOut(world, service),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8 },
  allowed: ({ service }) => [`poddisruptionbudgets.policy/${service}`, `deployments.apps/${service}`, 'nodes//*'],
  forbidden: ({ service }) => [{ reason: 'the budget protects the service', command: new RegExp(`delete (poddisruptionbudget|pdb).*${service}|disable-eviction`) }],
  truth: ({ service }) => ({ outcome: 'repair', root: [`poddisruptionbudget/${service}`], mechanisms: ['disruption-budget-blocks'], chain: [`poddisruptionbudget/${service}`, `deployment/${service}`] }),
  hide: (world, { service }) => world.cluster.remove('poddisruptionbudgets.policy', service),
  repair: (world, { service }) => setBudget(world, service, service === 'frontend' ? { minAvailable: 1 } : { maxUnavailable: 1 }),
});

/** Makes it anew: the two fields exclude each other. */
async function setBudget(world: World, service: string, budget: object): Promise<void> {
  await world.cluster.remove('poddisruptionbudgets.policy', service);
  await world.cluster.apply(JSON.stringify({
    apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: service, labels: { 'app.kubernetes.io/part-of': 'shop' } },
    spec: { ...budget, selector: { matchLabels: { 'app.kubernetes.io/name': service } } },
  }));
}

/** What the colleague's `kubectl drain` tries again and again. */
async function evictOne(world: World, service: string, node: string): Promise<void> {
  const [pod] = (await podsOf(world, service)).filter(({ spec }) => spec?.nodeName === node);
  const budget = await world.cluster.get('poddisruptionbudgets.policy', service);
  const counted = budget === undefined || budget.status?.observedGeneration === budget.metadata.generation;
  if (pod && counted && (budget === undefined || (budget.status?.disruptionsAllowed ?? 0) > 0)) await world.cluster.remove('pods', pod.metadata.name);
}
