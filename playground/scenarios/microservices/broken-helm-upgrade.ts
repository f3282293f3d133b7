import { parse } from 'yaml';
import { holds, isOneOf } from '../kit/checks.ts';
import { missed } from '../kit/complaints.ts';
import { serves } from '../kit/shop.ts';
import { configured, reconfigure } from '../kit/running-components.ts';
import { replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

interface Values {
  catalogUrl?: string;
  recommendations?: number;
}

/** The value stands in the release; what is changed by hand is overwritten by the next upgrade. */
export const scenario = defineScenario({
  id: 'broken-helm-upgrade',
  title: 'A helm upgrade of the recommender carries a wrong value',
  category: 'microservices',
  difficulty: 'multi-hop',
  needs: ['helm'],
  parameters: (random) => ({
    set: random.pick([
      `catalogUrl=http://${random.pick(['catalogue', 'catalog-v2', 'products', 'catalog.prod'])}:8080`,
      `catalogUrl=http://catalog:${random.pick([80, 8081, 9090, 3000])}`,
    ]),
    voice: random.integer(0, 2),
    share: random.integer(40, 90) / 100,
  }),
  alert: ({ voice, share }, { namespace }) => missed('recommender', { voice, share, namespace }),
  inject: async (world, { set }) => void await world.helm('upgrade', 'recommender', 'chart', '--disable-openapi-validation', '--reuse-values', '--set', set),
  symptom: async (world) => (await world.services.call('recommender', '/recommendations?customer=7')).status >= 500,
  oracle: async (world) => {
    const values = parse(await world.helm('get', 'values', 'recommender', '--all', '--output', 'yaml')) as Values;
    const status = parse(await world.helm('status', 'recommender', '--output', 'yaml')) as { info?: { status?: string } };
    const right = ['http://catalog:8080', `http://catalog.${world.namespace}:8080`, `http://catalog.${world.namespace}.svc:8080`, `http://catalog.${world.namespace}.svc.cluster.local:8080`];
    return [
      isOneOf('catalogUrl of the release', values.catalogUrl, right),
      isOneOf('recommendations of the release', values.recommendations, [4, 6]),
      isOneOf('CATALOG_URL in the ConfigMap', await configured(world, 'recommender-config', 'CATALOG_URL'), right),
      holds('the release is deployed', status.info?.status === 'deployed', `is ${status.info?.status}`),
      await rolledOut(world, 'recommender', 1),
      await serves(world, 'recommender'),
    ];
  },
  relapse: { provoke: (world) => replacePods(world, 'recommender'), seconds: 8 },
  allowed: () => ['configmaps/recommender-config', 'deployments.apps/recommender', 'services/recommender', 'serviceaccounts/recommender'],
  forbidden: () => [{ reason: 'catalog is where it always was', objects: ['services/catalog*', 'deployments.apps/catalog'] }, { reason: 'a release is not taken away to repair it', command: /helm (uninstall|delete)/ }],
  truth: () => ({ outcome: 'repair', root: ['release/recommender', 'helmrelease/recommender', 'helm/recommender', 'configmap/recommender-config', 'deployment/recommender'], mechanisms: ['helm-values-wrong', 'upstream-address-wrong', 'bad-configmap-value', 'wrong-environment-value'], chain: ['release/recommender', 'configmap/recommender-config', 'deployment/recommender', 'deployment/frontend'] }),
  repair: async (world) => void await world.helm('rollback', 'recommender', '2'),
  /** By hand, past helm. */
  hide: (world) => reconfigure(world, 'recommender', 'recommender-config', { CATALOG_URL: 'http://catalog:8080' }),
});
