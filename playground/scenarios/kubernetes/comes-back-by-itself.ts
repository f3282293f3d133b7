import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { isOneOf, unwell } from '../kit/checks.ts';
import { changeSource, installDelivery, isDelivered, type Delivery } from '../kit/delivery.ts';
import { serves } from '../kit/shop.ts';
import { deployment, editDeployment, environment, replacePods, rolledOut, setEnvironment } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

interface Parameters {
  service: 'frontend' | 'checkout';
  variable: string;
  right: string;
  wrong: string;
  team: string;
  delivery: string;
  source: string;
  voice: number;
}

/**
 * A wrong address is in the source of another team's controller, which writes it into the deployment; whoever puts the
 * deployment right sees it wrong again some seconds later. Only a change of the source stays.
 */
export const scenario = defineScenario<Parameters>({
  id: 'comes-back-by-itself',
  title: 'A controller puts a wrong value back whenever somebody repairs it',
  category: 'kubernetes',
  difficulty: 'misleading',
  tags: ['custom-resource', 'misleading'],
  parameters: (random) => {
    const service = random.pick(['frontend', 'checkout'] as const);
    const upstream = random.pick(service === 'frontend' ? ['catalog', 'checkout'] : ['catalog', 'shipping']);
    return {
      service,
      variable: `${upstream.toUpperCase()}_URL`,
      right: `http://${upstream}:8080`,
      wrong: random.pick([`http://${upstream}-v2:8080`, `http://${upstream}.backend:8080`, `http://${upstream}:${random.integer(8081, 8090)}`, `http://${upstream}-internal:8080`]),
      team: random.pick(['delivery', 'platform-sync', 'release-desk', 'config-hub']),
      delivery: random.name(service),
      source: random.name(random.pick(['desired', 'manifests', 'release'])),
      voice: random.integer(0, 2),
    };
  },
  prepare: (world, parameters) => installDelivery(world, deliveryOf(parameters, world.namespace, parameters.right)),
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    person(`${service} fails again. we repaired it twice by hand today and each time it was broken a few seconds later, nobody here touches it`),
    errorRate(namespace, service, 0.7),
    page(service, `${service}: errors returned after two fixes`),
  ]),
  inject: (world, parameters) => {
    const { manifests, ...delivery } = deliveryOf(parameters, world.namespace, parameters.wrong);
    return changeSource(world, { ...delivery, manifests }, manifests);
  },
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, parameters) => {
    const { service, variable, right, team, source } = parameters;
    const text = (await world.cluster.get('configmaps', source, team))?.data?.[`${service}.json`] ?? '';
    return [
      isOneOf('the source holds the right address', addressIn(text, variable), spellings(right, world.namespace)),
      isOneOf(`${variable} of ${service}`, environment(await deployment(world, service), variable), spellings(right, world.namespace)),
      await isDelivered(world, deliveryOf(parameters, world.namespace, right)),
      await rolledOut(world, 'delivery-controller', 1, team),
      await rolledOut(world, service),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 10, provoke: (world, { team }) => replacePods(world, 'delivery-controller', team) },
  allowed: ({ service, team, source }) => [`deployments.apps/${service}`, `configmaps/${team}/${source}`],
  forbidden: ({ team, delivery }) => [
    { reason: 'the other team\'s controller must go on healing', objects: [`deployments.apps/${team}/delivery-controller`, `deliveries.platform.example/${team}/${delivery}`, `roles.rbac.authorization.k8s.io/*`] },
  ],
  truth: ({ service, team, delivery, source }) => ({
    outcome: 'repair', root: [`configmap/${source}`, `configmap/${team}/${source}`], mechanisms: ['bad-configmap-value', 'wrong-environment-value', 'upstream-address-wrong'],
    chain: [`configmap/${source}`, `delivery/${delivery}`, `deployment/${service}`, `service/${service}`],
  }),
  hide: (world, { service, variable, right }) => editDeployment(world, service, (object) => setEnvironment(object, variable, right)),
  repair: (world, parameters) => {
    const delivery = deliveryOf(parameters, world.namespace, parameters.right);
    return changeSource(world, delivery, delivery.manifests);
  },
});

/** Of a manifest like the one below, however it is laid out. */
function addressIn(text: string, variable: string): string | undefined {
  const manifest = JSON.parse(text) as { spec?: { template?: { spec?: { containers?: { env?: { name: string; value?: string }[] }[] } } } };
  return manifest.spec?.template?.spec?.containers?.flatMap(({ env = [] }) => env).find(({ name }) => name === variable)?.value;
}

/** A service's name, and its longer forms. */
function spellings(address: string, namespace: string): string[] {
  const { hostname, port } = new URL(address);
  return ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`].map((rest) => `http://${hostname}${rest}:${port}`);
}

function deliveryOf({ service, variable, team, delivery, source }: Parameters, shop: string, address: string): Delivery {
  return {
    namespace: team,
    name: delivery,
    source,
    manifests: {
      [`${service}.json`]: {
        apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: service, namespace: shop },
        spec: { template: { spec: { containers: [{ name: service, env: [{ name: variable, value: address }] }] } } },
      },
    },
  };
}
