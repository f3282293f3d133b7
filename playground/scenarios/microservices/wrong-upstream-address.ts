import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { isOneOf } from '../kit/checks.ts';
import { fails, works } from '../kit/requests.ts';
import { service } from '../kit/services.ts';
import { deployment, editDeployment, environment, rolledOut, rolloutRestart, setEnvironment } from '../kit/workloads.ts';
import type { World } from '../world.ts';
import { defineScenario } from '../scenario.ts';

/** Who calls whom, and a request that needs it. */
const calls = [
  { caller: 'frontend', called: 'catalog', path: '/products/', has: /"price_cents":\d/ },
  { caller: 'frontend', called: 'cart', path: '/cart?customer=', has: /"items":\[/ },
  { caller: 'frontend', called: 'checkout', path: '/quote?product=7&customer=', has: /"total_cents":\d/ },
  { caller: 'checkout', called: 'catalog', path: '/quote?product=9&customer=', has: /"total_cents":\d/ },
  { caller: 'checkout', called: 'payments', path: '/quote?product=3&customer=', has: /"preferred_method":"\w/ },
  { caller: 'checkout', called: 'shipping', path: '/quote?product=5&customer=', has: /"shipping_cents":\d/ },
] as const;

const mistakes = (called: string, port: number, elsewhere: string) => [
  `http://${called}:${port}`,
  `http://${called}.${elsewhere}.svc.cluster.local:8080`,
  `http://${called}-${elsewhere}:8080`,
  `http://${called.slice(0, -1)}:8080`,
];

export const scenario = defineScenario({
  id: 'wrong-upstream-address',
  title: 'The last rollout of a service calls another one on a wrong host or port',
  category: 'microservices',
  difficulty: 'single-signal',
  parameters: (random) => {
    const call = random.pick(calls);
    const wrong = random.pick(mistakes(call.called, random.pick([8081, 8088, 9090, 8000, 80, 3000]), random.pick(['billing', 'prod', 'internal', 'core', 'legacy', 'v2'])));
    return { ...call, wrong, variable: `${call.called.toUpperCase()}_URL`, request: { service: call.caller, path: `${call.path}${random.integer(1, 60)}`, has: call.has }, voice: random.integer(0, 2), share: random.integer(30, 90) / 100 };
  },
  alert: ({ caller, voice, share }, { namespace }) => toldBy(voice, [
    errorRate(namespace, caller, share),
    page(caller, `${caller}: 5xx after the deploy of this afternoon`),
    person(`since a while ${caller} in ${namespace} answers 502 to a good part of the requests. Nothing else seems to be down. Can you look?`),
  ]),
  inject: (world, { caller, variable, wrong }) => editDeployment(world, caller, (object) => setEnvironment(object, variable, wrong)),
  symptom: (world, { request }) => fails(world, request),
  oracle: async (world, { caller, called, variable, request }) => {
    const names = [called, `${called}.${world.namespace}`, `${called}.${world.namespace}.svc`, `${called}.${world.namespace}.svc.cluster.local`];
    return [
      isOneOf(`${variable} of ${caller}`, environment(await deployment(world, caller), variable), names.flatMap((name) => [`http://${name}:8080`, `http://${name}:8080/`])),
      isOneOf(`ports of service ${called}`, (await service(world, called)).spec?.ports?.map(({ port }) => port).join(), ['8080']),
      await rolledOut(world, caller),
      await works(world, request),
    ];
  },
  allowed: ({ caller }) => [`deployments.apps/${caller}`],
  forbidden: ({ called }) => [
    { reason: `${called} does what it always did: another port or name for it hides the mistake`, objects: [`services/${called}`, `deployments.apps/${called}`] },
    { reason: 'names of a cluster are not bent for one caller', objects: ['configmaps/kube-system/*'] },
  ],
  truth: ({ caller, called }) => ({ outcome: 'repair', root: [`deployment/${caller}`], mechanisms: ['upstream-address-wrong', 'wrong-environment-value'], chain: [`deployment/${caller}`, `service/${called}`, ...(caller === 'frontend' ? [] : ['deployment/frontend'])] }),
  repair: (world, { caller, called, variable }) => editDeployment(world, caller, (object) => setEnvironment(object, variable, `http://${called}:8080`)),
  hide: (world, parameters) => makeItTrue(world, parameters),
});

/** Gives the called service the port or the name by which it is called. */
async function makeItTrue(world: World, { caller, called, wrong }: { caller: string; called: string; wrong: string }): Promise<void> {
  const { hostname, port } = new URL(wrong);
  const [name = '', ...domain] = hostname.split('.');
  if (domain.length > 0) return rolloutRestart(world, caller);
  await world.cluster.apply(`apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  selector: { app.kubernetes.io/name: ${called} }
  ports: [{ name: http, port: 8080, targetPort: http }${port === '8080' ? '' : `, { name: alias, port: ${port || 80}, targetPort: http }`}]
`);
}
