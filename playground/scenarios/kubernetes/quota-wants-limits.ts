import { errorRate, person, replicasMismatch, targetDown, toldBy } from '../kit/asks.ts';
import { isOneOf, unwell } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { container, deletePods, editDeployment, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** A quota counts CPU limits since a while. One service declares none; its pod is older than the quota, and when it is lost the next one is refused. */
export const scenario = defineScenario({
  id: 'quota-wants-limits',
  title: 'A quota counts CPU limits and a service declares none',
  category: 'kubernetes',
  difficulty: 'multi-hop',
  parameters: (random) => ({ service: random.pick(['shipping', 'payments', 'cart'] as const), total: `${random.integer(12, 40)}`, quota: random.pick(['cpu-limits', 'compute', 'fair-share']), voice: random.integer(0, 3) }),
  prepare: async (world, { service, total, quota }) => {
    await setLimit(world, service, undefined);
    await world.until(`${service} without a CPU limit`, async () => (await rolledOut(world, service, 1)).ok);
    await world.cluster.apply(JSON.stringify({
      apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: quota, annotations: { description: 'Agreed by all teams for the whole cluster: containers declare CPU limits, and these add up. Not to be removed.' } },
      spec: { hard: { 'limits.cpu': total } },
    }));
  },
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    replicasMismatch(namespace, service),
    person(`${service} disappeared after last night's node patching and does not come back, the deployment itself was not touched for weeks`),
    errorRate(namespace, service, 1),
    targetDown(namespace, service),
  ]),
  inject: (world, { service }) => deletePods(world, service),
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, { service, total, quota }) => {
    const hard = (await world.cluster.get('resourcequotas', quota))?.spec?.hard;
    return [
      isOneOf('the quota stands as agreed', hard?.['limits.cpu'], [total]),
      await rolledOut(world, service, 1),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8, provoke: (world, { service }) => replacePods(world, service) },
  // A limit of its own, or a default for all; jobs declare none either.
  allowed: ({ service }) => [`deployments.apps/${service}`, 'limitranges/*', 'cronjobs.batch/cleanup'],
  forbidden: ({ quota }) => [{ reason: 'the quota is agreed; it is not ours to remove', command: new RegExp(`delete (resourcequota|quota).*(${quota}|shop)`) }],
  truth: ({ service, quota }) => ({
    outcome: 'repair', root: [`resourcequota/${quota}`, `deployment/${service}`], mechanisms: ['quota-exceeded', 'admission-refuses'],
    chain: [`resourcequota/${quota}`, `deployment/${service}`, `service/${service}`],
  }),
  // Without the quota the pod comes; the next agreed quota takes it again.
  hide: (world, { quota }) => world.cluster.edit('resourcequotas', quota, ({ spec }) => void (spec && (spec.hard = {}))),
  repair: async (world, { service, total, quota }) => {
    await world.cluster.edit('resourcequotas', quota, ({ spec }) => void (spec && (spec.hard = { 'limits.cpu': total })));
    await setLimit(world, service, '500m');
  },
});

function setLimit(world: World, service: string, cpu: string | undefined): Promise<void> {
  return editDeployment(world, service, (object) => {
    const owner = container(object);
    const { cpu: _before, ...limits } = owner.resources?.limits ?? {};
    owner.resources = { ...owner.resources, limits: { ...(cpu === undefined ? {} : { cpu }), ...limits } };
  });
}
