/** A NetworkPolicy names the wrong caller: connections of the right one hang, they are not refused. */
import { holds } from '../kit/checks.ts';
import { missed } from '../kit/complaints.ts';
import { editPolicy, lettingIn, named, policiesAllow } from '../kit/policies.ts';
import { failsUsers, serves, takesOrders } from '../kit/shop.ts';
import { replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const edges = [
  { called: 'payments', caller: 'checkout', others: [] },
  { called: 'shipping', caller: 'checkout', others: [] },
  { called: 'checkout', caller: 'frontend', others: [] },
  { called: 'cart', caller: 'frontend', others: [] },
  { called: 'catalog', caller: 'checkout', others: ['frontend', 'cart', 'recommender'] },
] as const;

export const scenario = defineScenario({
  id: 'policy-lets-in-wrong-tier',
  title: 'A network policy lets in the wrong caller',
  category: 'network',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const edge = random.pick(edges);
    return { ...edge, instead: `${edge.caller}-${random.pick(['v2', 'next', 'web', 'backend', 'api'])}`, voice: random.integer(0, 2), share: random.integer(40, 90) / 100 };
  },
  alert: ({ called, voice, share }, { namespace }) => missed(called, { voice, share, namespace }),
  inject: async (world, { called, caller, others, instead }) => {
    await editPolicy(world, called, (spec) => void (spec.ingress = [lettingIn([...others, instead], 8080)]));
    // Connections that stand are not cut.
    await replacePods(world, caller);
  },
  symptom: (world, { caller, called }) => failsUsers(world, caller, called),
  oracle: async (world, { called, caller, others }) => [
    ...(await Promise.all([caller, ...others].map(async (one) => holds(`${called} lets in ${one}`, await policiesAllow(world, named(one), named(called), 8080), 'by the policies there are')))),
    ...(await Promise.all([named('notifier'), named('jobs'), { labels: {} }, named(caller, 'default')].map(async (stranger) =>
      holds(`${called} keeps out ${JSON.stringify(stranger)}`, !(await policiesAllow(world, stranger, named(called), 8080)), 'by the policies there are')))),
    await serves(world, caller, called),
    await takesOrders(world),
  ],
  relapse: { provoke: (world, { caller }) => replacePods(world, caller) },
  allowed: ({ called }) => [`networkpolicies.networking.k8s.io/${called}`],
  forbidden: ({ called, caller }) => [{ reason: 'the labels of programs are not bent to a policy', objects: [`deployments.apps/${caller}`, `deployments.apps/${called}`] }],
  truth: ({ called, caller }) => ({
    outcome: 'repair', root: [`networkpolicy/${called}`], mechanisms: ['network-policy-blocks'],
    chain: [`networkpolicy/${called}`, `deployment/${caller}`, ...(caller === 'checkout' ? ['deployment/frontend'] : [])],
  }),
  repair: (world, { called, caller, others }) => editPolicy(world, called, (spec) => void (spec.ingress = [lettingIn([...others, caller], 8080)])),
  /** Open to everybody: it works, and protects nothing. */
  hide: (world, { called }) => editPolicy(world, called, (spec) => void (spec.ingress = [{ ports: [{ port: 8080, protocol: 'TCP' }] }])),
});
