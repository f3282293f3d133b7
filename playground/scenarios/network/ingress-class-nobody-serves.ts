/** An Ingress was moved to a class that no controller serves: from outside there is only the default 404. */
import { stringify } from 'yaml';
import { ingressController } from '../../cluster/network/ingress.ts';
import { isOneOf } from '../kit/checks.ts';
import { answersFromOutside } from '../kit/ingress.ts';
import { page, person, toldBy } from '../kit/asks.ts';
import { serves } from '../kit/shop.ts';
import { replacePods } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const resource = 'ingresses.networking.k8s.io';

export const scenario = defineScenario({
  id: 'ingress-class-nobody-serves',
  title: 'An ingress names a class that nobody serves',
  category: 'network',
  difficulty: 'single-signal',
  needs: ['playground'],
  parameters: (random) => ({
    name: random.pick(['storefront', 'partner-shop', 'summer-campaign', 'outlet']),
    domain: `${random.name()}.example`,
    ingressClass: random.pick(['nginx', 'public', 'edge']),
    wrong: random.pick(['nginx-internal', 'traefik', 'nginx-v2', 'haproxy', 'ngnix']),
    voice: random.integer(0, 1),
  }),
  prepare: async (world, { name, domain, ingressClass }) => {
    const labels = { 'app.kubernetes.io/part-of': 'shop' };
    const ingress = (object: string, host: string): object => ({
      apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: object, labels },
      spec: { ingressClassName: ingressClass, rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'frontend', port: { name: 'http' } } } }] } }] },
    });
    await world.cluster.apply([
      { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: ingressClass }, spec: { controller: ingressController } },
      ingress(name, domain), ingress(`${name}-www`, `www.${domain}`),
    ].map((object) => stringify(object)).join('---\n'));
  },
  alert: ({ name, domain, voice }, { namespace }) => toldBy(voice, [
    page('frontend', `http://${domain} answers 404 from outside`),
    person(`customers get "default backend - 404" on http://${domain} (ingress ${name}, namespace ${namespace}). The frontend itself looks healthy, www.${domain} works.`),
  ]),
  inject: (world, { name, wrong }) => setClass(world, name, wrong),
  oracle: async (world, { name, domain, ingressClass }) => [
    isOneOf('the class', (await world.cluster.get(resource, name))?.spec?.ingressClassName, [ingressClass, undefined]),
    await answersFromOutside(world, domain, '/?customer=7', /"page":"home"/),
    await answersFromOutside(world, `www.${domain}`, '/?customer=7', /"page":"home"/),
    await serves(world, 'frontend'),
  ],
  allowed: ({ name }) => [`${resource}/${name}`],
  forbidden: ({ name }) => [{ reason: 'the other name works, and no class is made up', objects: [`${resource}/${name}-www`, 'ingressclasses.networking.k8s.io//*'] }],
  truth: ({ name }) => ({ outcome: 'repair', root: [`ingress/${name}`], mechanisms: ['ingress-class-missing'], chain: [`ingress/${name}`, 'service/frontend'] }),
  repair: (world, { name, ingressClass }) => setClass(world, name, ingressClass),
  hide: (world) => replacePods(world, 'frontend'),
});

function setClass(world: World, name: string, ingressClassName: string): Promise<void> {
  return world.cluster.edit(resource, name, ({ spec }) => {
    if (spec) spec.ingressClassName = ingressClassName;
  });
}
