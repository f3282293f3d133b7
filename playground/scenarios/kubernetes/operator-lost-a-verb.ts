import { monitored, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { applySale, discountOf, editSale, saleIsActive, saleSpec, salesSettled, wasEdited } from '../kit/flash-sales.ts';
import { podsOf } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const operator = 'shop-operator';

/** What the operator's Role loses; without any of them no sale is applied. */
const losses = {
  list: { resource: 'flashsales', verb: 'list' },
  write: { resource: 'configmaps', verb: 'update' },
} as const;

/** A tidied Role: the operator runs and is ready, but the API refuses what it needs. */
export const scenario = defineScenario({
  id: 'operator-lost-a-verb',
  title: 'The operator\'s Role lost a verb: flash sales are no longer applied',
  category: 'kubernetes',
  difficulty: 'multi-hop',
  tags: ['custom-resource'],
  parameters: (random) => ({
    name: random.name('sale'),
    product: random.integer(33, 58),
    before: random.integer(12, 20),
    after: random.integer(25, 45),
    loss: random.pick(['list', 'write'] as const),
    voice: random.integer(0, 1),
  }),
  prepare: async (world, { name, product, before }) => {
    // Who repairs may put rights back that it holds itself.
    await world.cluster.apply(rightsOfRepairers);
    await applySale(world, { name, products: [product], discountPercent: before });
    await world.until('the sale', async () => (await saleIsActive(world, name)).ok && await discountOf(world, product) === before);
  },
  alert: ({ name, product, after, voice }, { namespace }) => toldBy(voice, [
    person(`flash sale ${name} was raised to ${after} % but product ${product} is still sold with the old discount, sales desk is waiting`),
    monitored('FlashSaleNotApplied', 'warning', 'A flash sale is not in force as written.', `FlashSale ${namespace}/${name} was changed and customers do not see it for more than 10 minutes.`, { namespace, flashsale: name }),
  ]),
  inject: async (world, { name, loss, after }) => {
    await editRules(world, (verbs) => verbs.filter((verb) => verb !== losses[loss].verb), losses[loss]);
    await editSale(world, name, (spec) => void (spec['discountPercent'] = after));
  },
  symptom: async (world) => {
    const logs = await Promise.all((await podsOf(world, operator)).map(({ metadata }) => world.cluster.logs(metadata.name)));
    return logs.some((log) => log.includes('forbidden'));
  },
  oracle: async (world, { name, product, loss, before, after }) => {
    const wanted = await wasEdited(world, name) ? after : before;
    const rules = (await world.cluster.get('roles.rbac.authorization.k8s.io', operator))?.rules ?? [];
    const { resource, verb } = losses[loss];
    const discount = await discountOf(world, product);
    return [
      holds('the operator may again what it needs', rules.some(({ resources, verbs }) => resources?.includes(resource) && verbs.includes(verb)), JSON.stringify(rules)),
      holds('and nothing more than before', isNarrow(rules), JSON.stringify(rules)),
      await salesSettled(world),
      await saleIsActive(world, name),
      holds('the sale is as the sales desk wants it, and in force', (await saleSpec(world, name))?.['discountPercent'] === wanted && discount === wanted, `${discount ?? 'no'} % off`),
    ];
  },
  relapse: { seconds: 8 },
  allowed: ({ name }) => [`roles.rbac.authorization.k8s.io/${operator}`, `deployments.apps/${operator}`, `flashsales.shop.example/${name}`, 'configmaps/flash-sales'],
  forbidden: () => [{ reason: 'wider rights are no repair', objects: ['clusterroles.rbac.authorization.k8s.io/*', 'clusterrolebindings.rbac.authorization.k8s.io/*', 'rolebindings.rbac.authorization.k8s.io/*'] }],
  truth: ({ name }) => ({
    outcome: 'repair', root: [`role/${operator}`], mechanisms: ['permission-missing'],
    chain: [`role/${operator}`, `deployment/${operator}`, `flashsale/${name}`, 'configmap/flash-sales', 'deployment/checkout'],
  }),
  hide: (world, { before, after }) => world.cluster.edit('configmaps', 'flash-sales', (object) => {
    object.data = { 'sales.json': (object.data?.['sales.json'] ?? '').replace(`"discountPercent":${before}`, `"discountPercent":${after}`) };
  }),
  repair: (world, { loss }) => editRules(world, (verbs) => [...new Set([...verbs, losses[loss].verb])], losses[loss]),
});

type Rule = { apiGroups?: string[]; resources?: string[]; resourceNames?: string[]; verbs: string[] };

/** The rule for that resource; of ConfigMaps the one with names, since `create` can have none. */
function editRules(world: World, change: (verbs: string[]) => string[], { resource }: { resource: string }): Promise<void> {
  return world.cluster.edit('roles.rbac.authorization.k8s.io', operator, (role) => {
    for (const rule of role.rules ?? []) {
      if (rule.resources?.includes(resource) && (resource !== 'configmaps' || rule.resourceNames !== undefined)) rule.verbs = change(rule.verbs);
    }
  });
}

function isNarrow(rules: readonly Rule[]): boolean {
  const few = new Set(['get', 'list', 'watch', 'create', 'update', 'patch']);
  return rules.every(({ resources = [], resourceNames, verbs }) =>
    verbs.every((verb) => few.has(verb)) && resources.every((resource) => ['flashsales', 'flashsales/status', 'configmaps'].includes(resource))
    && (!resources.includes('configmaps') || resourceNames?.join() === 'flash-sales' || verbs.every((verb) => verb === 'create')));
}

const rightsOfRepairers = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: sre-agent-executor-shop }
rules:
  - { apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [get, list, patch, update] }
  - { apiGroups: [shop.example], resources: [flashsales/status], verbs: [get, patch, update] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: sre-agent-executor-shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: sre-agent-executor-shop }
subjects: [{ kind: ServiceAccount, name: executor, namespace: sre-agent }]
`;
