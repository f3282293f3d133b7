import { errorRate, page, person, targetDown, toldBy } from '../kit/asks.ts';
import { holds, isOneOf, unwell } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { deletePods, deployment, editDeployment, podSpec, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** A ServiceAccount is deleted in a clean-up and its pods can not be made again. An older, repaired case of another service is still among the events. */
export const scenario = defineScenario({
  id: 'account-that-went-away',
  title: 'A deleted ServiceAccount, beside a stale event about another one',
  category: 'kubernetes',
  difficulty: 'misleading',
  tags: ['misleading'],
  parameters: (random) => {
    const [service = 'cart', other = 'payments'] = random.shuffle(['cart', 'payments', 'shipping'] as const);
    return { service, other, voice: random.integer(0, 3) };
  },
  // What other teams noticed and repaired earlier today.
  prepare: async (world, { other }) => {
    await world.cluster.remove('serviceaccounts', other);
    await deletePods(world, other);
    await world.until('the refusal', async () => (await world.cluster.list('events')).some(({ reason, message }) => reason === 'FailedCreate' && message?.includes(`"${other}" not found`)));
    await world.cluster.apply(account(other));
    await world.until(`${other} to be back`, async () => (await rolledOut(world, other, 1)).ok, 90);
  },
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    targetDown(namespace, service),
    errorRate(namespace, service, 1),
    person(`connection refused from ${service} for everybody, and kubectl shows no pod for it`),
    page(service, `${service} has no endpoints`),
  ]),
  inject: async (world, { service }) => {
    await world.cluster.remove('serviceaccounts', service);
    await deletePods(world, service);
  },
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, { service }) => {
    const found = await world.cluster.get('serviceaccounts', service);
    return [
      holds(`the account ${service} is there`, found !== undefined, found === undefined ? 'it is missing' : 'yes'),
      isOneOf(`account of ${service}`, podSpec(await deployment(world, service)).serviceAccountName, [service]),
      await rolledOut(world, service, 1),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8, provoke: (world, { service }) => replacePods(world, service) },
  allowed: ({ service }) => [`serviceaccounts/${service}`, `deployments.apps/${service}`],
  forbidden: ({ service, other }) => [{ reason: 'it is well since its own repair', objects: [`serviceaccounts/${other}`, `deployments.apps/${other}`] }, { reason: 'rights are not to be widened', objects: [`rolebindings.rbac.authorization.k8s.io/${service}`, 'clusterrolebindings.rbac.authorization.k8s.io/*'] }],
  truth: ({ service }) => ({ outcome: 'repair', root: [`serviceaccount/${service}`, `deployment/${service}`], mechanisms: ['service-account-missing'], chain: [`serviceaccount/${service}`, `deployment/${service}`, `service/${service}`] }),
  hide: (world, { service }) => setAccount(world, service, 'default'),
  repair: async (world, { service }) => {
    await world.cluster.apply(account(service));
    await setAccount(world, service, service);
  },
});

function setAccount(world: World, service: string, name: string): Promise<void> {
  return editDeployment(world, service, (object) => void Object.assign(podSpec(object), { serviceAccountName: name, serviceAccount: name }));
}

const account = (name: string): string => `apiVersion: v1
kind: ServiceAccount
metadata: { name: ${name}, labels: { app.kubernetes.io/name: ${name}, app.kubernetes.io/component: service, app.kubernetes.io/part-of: shop } }
automountServiceAccountToken: false
`;
