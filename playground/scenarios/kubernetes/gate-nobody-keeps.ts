import { errorRate, page, person, replicasMismatch, toldBy } from '../kit/asks.ts';
import { holds, unwell } from '../kit/checks.ts';
import { component } from '../kit/component.ts';
import { serves } from '../kit/shop.ts';
import { container, deletePods, editDeployment, replacePods, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const webhooks = 'validatingwebhookconfigurations.admissionregistration.k8s.io';
const image = 'registry.shop.local/component:1.0.0';

/** Another team's admission webhook fails closed and has no pod left; the shop's next lost pod is refused, though its own spec is fine. */
export const scenario = defineScenario({
  id: 'gate-nobody-keeps',
  title: 'An admission webhook has no pod behind it, so new pods are refused',
  category: 'kubernetes',
  difficulty: 'cascading',
  tags: ['cascade', 'misleading'],
  parameters: (random) => ({
    team: random.pick(['policy', 'guardrails', 'compliance', 'image-policy']),
    name: random.name('gate'),
    service: random.pick(['payments', 'cart', 'shipping'] as const),
    loss: random.pick(['scaled', 'image'] as const),
    tag: `1.0.${random.integer(3, 9)}`,
    voice: random.integer(0, 3),
  }),
  prepare: async (world, { team, name }) => {
    await world.cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: team } }));
    world.declare.namespace(team, { changes: true });
    await world.cluster.apply(component({ name, namespace: team, strategy: 'Recreate', partOf: team, plan: { routes: { 'POST /validate': [{ answer: { allowed: true } }] } } }));
    await world.until('the webhook\'s pod', async () => (await rolledOut(world, name, 1, team)).ok);
    await world.cluster.apply(webhookOf(team, name, world.namespace));
  },
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    replicasMismatch(namespace, service),
    errorRate(namespace, service, 1),
    page('frontend', `Pages failing, ${service} not answering`),
    person(`${service} lost its pod and does not get a new one. nothing in ${namespace} was changed today`),
  ]),
  inject: async (world, { team, name, service, loss, tag }) => {
    await editDeployment(world, name, (object) => {
      if (loss === 'image') container(object).image = `registry.shop.local/component:${tag}`;
      else if (object.spec) object.spec.replicas = 0;
    }, team);
    await world.until('the webhook to be alone', async () => (await world.cluster.list('endpointslices.discovery.k8s.io', { namespace: team })).every(({ endpoints }) => (endpoints ?? []).every(({ conditions }) => conditions?.ready === false)));
    await deletePods(world, service);
  },
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, { team, name, service }) => {
    const found = await world.cluster.get(webhooks, name, null);
    const policies = (found?.webhooks ?? []).map(({ failurePolicy }) => failurePolicy);
    return [
      holds('the webhook still guards, and fails closed', policies.length === 1 && policies[0] === 'Fail', found === undefined ? 'it is gone' : policies.join(', ')),
      await rolledOut(world, name, 1, team),
      await rolledOut(world, service, 1),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8, provoke: (world, { service }) => replacePods(world, service) },
  allowed: ({ team, name, service }) => [`deployments.apps/${team}/${name}`, `deployments.apps/${service}`],
  forbidden: ({ name }) => [{ reason: 'a guard taken away is no repair', objects: [`${webhooks}//${name}`, 'namespaces//*'] }],
  truth: ({ team, name, service, loss }) => ({
    outcome: 'repair', root: [`deployment/${name}`, `deployment/${team}/${name}`], mechanisms: ['admission-refuses', loss === 'scaled' ? 'scaled-to-zero' : 'image-not-found'],
    chain: [`deployment/${name}`, `service/${name}`, `deployment/${service}`, ...(service === 'cart' ? [] : ['service/checkout']), 'service/frontend'],
  }),
  hide: (world, { name }) => setFailurePolicy(world, name, 'Ignore'),
  repair: async (world, { team, name }) => {
    await setFailurePolicy(world, name, 'Fail');
    await editDeployment(world, name, (object) => {
      container(object).image = image;
      if (object.spec) object.spec.replicas = 1;
    }, team);
  },
});

function setFailurePolicy(world: World, name: string, policy: 'Fail' | 'Ignore'): Promise<void> {
  return world.cluster.edit(webhooks, name, (object) => {
    for (const webhook of object.webhooks ?? []) webhook.failurePolicy = policy;
  }, null);
}

const webhookOf = (team: string, name: string, shop: string): string => JSON.stringify({
  apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name },
  webhooks: [{
    name: `pods.${team}.example`, admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Fail', timeoutSeconds: 10,
    clientConfig: { service: { name, namespace: team, path: '/validate', port: 8080 } },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' }],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': shop } },
  }],
});
