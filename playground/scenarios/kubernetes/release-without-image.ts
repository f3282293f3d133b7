import { page, person, replicasMismatch, rolloutStuck, toldBy } from '../kit/asks.ts';
import { isOneOf } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { container, deletePods, deployment, editDeployment, rolledOut, shopImage, somePodWaits } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** A release is rolled out under a tag that nobody ever pushed. */
export const scenario = defineScenario({
  id: 'release-without-image',
  title: 'A rollout names an image tag that was never pushed',
  category: 'kubernetes',
  difficulty: 'single-signal',
  parameters: (random) => ({
    service: random.pick(['cart', 'payments', 'shipping', 'checkout', 'frontend', 'catalog'] as const),
    tag: random.pick([`1.4.${random.integer(3, 12)}`, `1.${random.integer(6, 9)}.0`, `1.4.1-rc${random.integer(1, 4)}`, `v1.4.${random.integer(0, 2)}`, `main-${random.integer(4000, 9000)}`]),
    voice: random.integer(0, 3),
  }),
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    rolloutStuck(namespace, service),
    replicasMismatch(namespace, service),
    person(`today's deployment of ${service} in ${namespace} does not get through, the pipeline has been waiting for it for half an hour`),
    page(service, `Deploy of ${service} timed out waiting for replicas`),
  ]),
  inject: (world, { service, tag }) => editDeployment(world, service, (object) => void (container(object).image = shopImage(service, tag))),
  symptom: (world, { service }) => somePodWaits(world, service, ['ErrImagePull', 'ImagePullBackOff']),
  oracle: async (world, { service, tag }) => [
    // `v1.4.1` was pushed as 1.4.1: to finish that release is as right as to go back.
    isOneOf(`image of ${service}`, container(await deployment(world, service)).image, [shopImage(service), ...(tag.startsWith('v') ? [shopImage(service, tag.slice(1))] : [])]),
    await rolledOut(world, service),
    await serves(world, service),
  ],
  allowed: ({ service }) => [`deployments.apps/${service}`],
  forbidden: ({ service }) => [{ reason: 'an image from somewhere else is not a repair', command: /set image .*(docker\.io|ghcr\.io|quay\.io|:latest)/ }, { reason: `${service} must not be recreated`, command: new RegExp(`delete (deployment|deploy)[ /]${service}`) }],
  truth: ({ service }) => ({ outcome: 'repair', root: [`deployment/${service}`], mechanisms: ['image-not-found'], chain: [`deployment/${service}`, `service/${service}`] }),
  hide: (world, { service }) => deletePods(world, service),
  repair: (world, { service }) => editDeployment(world, service, (object) => void (container(object).image = shopImage(service))),
});
