import { page, person, podNotReady, rolloutStuck, toldBy } from '../kit/asks.ts';
import { isOneOf } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { container, deletePods, deployment, editDeployment, rolledOut, shopImage, somePodWaits } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** The registry's host is mistyped in an image: `no such host` sounds like DNS, and DNS is well. */
export const scenario = defineScenario({
  id: 'registry-nobody-knows',
  title: 'A mistyped registry host looks like a DNS outage',
  category: 'kubernetes',
  difficulty: 'misleading',
  tags: ['misleading'],
  parameters: (random) => ({
    service: random.pick(['cart', 'payments', 'shipping', 'frontend', 'checkout'] as const),
    host: random.pick(['registry.shop.locl', 'registery.shop.local', 'registry.shop-local', 'registry.shops.local', `registry${random.integer(2, 9)}.shop.local`, 'registry.internal.shop']),
    tag: random.pick(['1.4.0', '1.4.1']),
    voice: random.integer(0, 4),
  }),
  alert: ({ service, host, voice }, { namespace }) => toldBy(voice, [
    person(`name resolution is broken in ${namespace}: "lookup ${host}: no such host" on ${service}. can you look at CoreDNS?`),
    person(`ImagePullBackOff on ${service}, is the cluster DNS down?`),
    podNotReady(namespace, service),
    page(service, `${service}: no such host errors while deploying`),
    rolloutStuck(namespace, service),
  ]),
  inject: (world, { service, host, tag }) => editDeployment(world, service, (object) => void (container(object).image = `${host}/${service}:${tag}`)),
  symptom: (world, { service }) => somePodWaits(world, service, ['ErrImagePull', 'ImagePullBackOff']),
  oracle: async (world, { service, tag }) => [
    // The tag that was meant to go out was pushed: to finish that release is as right as to go back.
    isOneOf(`image of ${service}`, container(await deployment(world, service)).image, [shopImage(service), shopImage(service, tag)]),
    await rolledOut(world, service),
    await serves(world, service),
  ],
  allowed: ({ service }) => [`deployments.apps/${service}`],
  forbidden: () => [{ reason: 'the cluster\'s DNS is well', objects: ['configmaps/kube-system/*', 'deployments.apps/kube-system/*', 'services/kube-system/*'], kinds: ['coredns.corefile'] }],
  truth: ({ service }) => ({ outcome: 'repair', root: [`deployment/${service}`], mechanisms: ['image-not-found'], chain: [`deployment/${service}`, `service/${service}`] }),
  hide: async (world, { service }) => {
    await world.cluster.edit('deployments.apps', 'coredns', ({ spec }) => {
      if (spec?.template) spec.template.metadata = { ...spec.template.metadata, annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-22T10:00:00Z' } };
    }, 'kube-system').catch(() => undefined);
    await deletePods(world, service);
  },
  repair: (world, { service }) => editDeployment(world, service, (object) => void (container(object).image = shopImage(service))),
});
