import { crashLooping, page, person, rolloutStuck, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { container, deployment, editDeployment, rolledOut, somePodWaits } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

type Variable = NonNullable<ReturnType<typeof container>['env']>[number];

const url = (service: string): Variable => ({ name: `${service.toUpperCase()}_URL`, value: `http://${service}:8080` });
const password = (service: string): Variable => ({ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'orders-db-credentials', key: `${service}-password` } } });

/** What every program of the shop asks for at its start. */
const needed = [
  { service: 'payments', variable: { name: 'PROVIDER_API_KEY', valueFrom: { secretKeyRef: { name: 'payments-provider', key: 'api-key' } } } },
  { service: 'payments', variable: password('payments') },
  { service: 'cart', variable: url('catalog') },
  { service: 'cart', variable: password('cart') },
  { service: 'catalog', variable: password('catalog') },
  { service: 'checkout', variable: url('shipping') },
  { service: 'checkout', variable: url('payments') },
  { service: 'frontend', variable: url('recommender') },
  { service: 'frontend', variable: url('cart') },
] as const satisfies readonly { service: string; variable: Variable }[];

export const scenario = defineScenario({
  id: 'missing-required-variable',
  title: 'The last rollout of a service lost a variable that it can not start without',
  category: 'microservices',
  difficulty: 'single-signal',
  parameters: (random) => ({ ...random.pick<{ service: 'payments' | 'cart' | 'catalog' | 'checkout' | 'frontend'; variable: Variable }>(needed), voice: random.integer(0, 3) }),
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    crashLooping(namespace, service),
    rolloutStuck(namespace, service),
    page(service, `${service}: pod restarts over threshold`),
    person(`I cleaned up the manifests of ${service} in ${namespace} and since then its new pod does not come up. Can you find out why?`),
  ]),
  inject: (world, { service, variable }) => editDeployment(world, service, (object) => {
    const one = container(object);
    one.env = (one.env ?? []).filter(({ name }) => name !== variable.name);
  }),
  symptom: (world, { service }) => somePodWaits(world, service, ['CrashLoopBackOff', 'Error']),
  oracle: async (world, { service, variable }) => {
    const found = container(await deployment(world, service)).env?.filter(({ name }) => name === variable.name) ?? [];
    return [
      holds(`${variable.name} of ${service} is where it was`, found.length === 1 && sourceOf(found[0]) === sourceOf(variable), `is ${found.map(sourceOf).join(' and ') || 'missing'}, not ${sourceOf(variable)}`),
      await rolledOut(world, service),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8 },
  allowed: ({ service }) => [`deployments.apps/${service}`],
  forbidden: ({ service }) => [{ reason: 'a secret is not copied into a manifest or made up', objects: ['secrets/*'] }, { reason: `${service} must not be recreated`, command: new RegExp(`delete (deployment|deploy)[ /]${service}`) }],
  truth: ({ service }) => ({ outcome: 'repair', root: [`deployment/${service}`], mechanisms: ['wrong-environment-value', 'missing-configuration'], chain: [`deployment/${service}`, `service/${service}`] }),
  repair: (world, { service, variable }) => editDeployment(world, service, (object) => {
    const one = container(object);
    one.env = [...(one.env ?? []).filter(({ name }) => name !== variable.name), variable];
  }),
  /** Something that lets it start. */
  hide: (world, { service, variable }) => editDeployment(world, service, (object) => {
    const one = container(object);
    one.env = [...(one.env ?? []).filter(({ name }) => name !== variable.name), { name: variable.name, value: variable.value === undefined ? 'changeme' : 'http://127.0.0.1:8080' }];
  }),
});

/** Order of fields aside. */
function sourceOf(variable: Variable | undefined): string {
  const reference = variable?.valueFrom?.secretKeyRef;
  return reference ? `key ${reference.key} of secret ${reference.name}` : String(variable?.value);
}
