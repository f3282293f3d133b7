/** Somebody gave a Service a selector that its pods do not fit. */
import { isOneOf } from '../kit/checks.ts';
import { missed } from '../kit/complaints.ts';
import { editService, sendsToItsPods, service } from '../kit/services.ts';
import { failsUsers, serves, takesOrders } from '../kit/shop.ts';
import { podsOf, replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const name = 'app.kubernetes.io/name';

export const scenario = defineScenario({
  id: 'selector-matches-nothing',
  title: 'A service selects a label that no pod has',
  category: 'network',
  difficulty: 'single-signal',
  parameters: (random) => {
    const broken = random.pick(['catalog', 'cart', 'checkout', 'payments', 'shipping', 'recommender'] as const);
    const mistakes = [
      { label: name, value: `${broken}-${random.pick(['v2', 'api', 'svc', 'canary'])}`, extra: false },
      { label: 'app.kubernetes.io/version', value: `1.4.${random.integer(1, 9)}`, extra: true },
      { label: random.pick(['track', 'release', 'slot']), value: random.pick(['stable', 'blue', 'primary']), extra: true },
    ];
    return { broken, ...random.pick(mistakes), voice: random.integer(0, 2), share: random.integer(30, 100) / 100 };
  },
  alert: ({ broken, voice, share }, { namespace }) => missed(broken, { voice, share, namespace }),
  inject: (world, { broken, label, value }) => editService(world, broken, (spec) => void (spec.selector = { ...spec.selector, [label]: value })),
  symptom: (world, { broken }) => failsUsers(world, broken),
  oracle: async (world, { broken }) => [
    isOneOf('the selector', JSON.stringify((await service(world, broken)).spec?.selector), [JSON.stringify({ [name]: broken })]),
    await sendsToItsPods(world, broken),
    await serves(world, broken),
    await takesOrders(world),
  ],
  relapse: { provoke: (world, { broken }) => replacePods(world, broken) },
  allowed: () => [],
  forbidden: ({ broken }) => [{ reason: 'pods must not be dressed up for a wrong selector', objects: [`deployments.apps/${broken}`], command: /label pods?/ }],
  truth: ({ broken }) => ({ outcome: 'repair', root: [`service/${broken}`], mechanisms: ['selector-mismatch'], chain: [`service/${broken}`, ...(broken === 'payments' || broken === 'shipping' ? ['deployment/checkout'] : []), 'deployment/frontend'] }),
  repair: (world, { broken }) => editService(world, broken, (spec) => void (spec.selector = { [name]: broken })),
  hide: async (world, { broken, label, value, extra }) => {
    if (!extra) return replacePods(world, broken);
    for (const { metadata } of await podsOf(world, broken)) await world.cluster.edit('pods', metadata.name, (pod) => void (pod.metadata.labels = { ...pod.metadata.labels, [label]: value }));
  },
});
