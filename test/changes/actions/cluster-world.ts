/** What the tests of the Kubernetes kinds share: a context with a cluster that may be changed, and a view of what was started. */
import type { KindContext } from '../../../src/changes/actions/kind.ts';
import { fingerprint } from '../../../src/changes/actions/secret-key/values.ts';
import type { ClusterTarget } from '../../../src/config/targets.ts';
import type { RunOptions } from '../../../src/process/run.ts';
import { quoteForPeople } from '../../../src/tools/kubectl/quote.ts';
import { kindContext, secret, targetsWith } from '../../support/changes.ts';
import { fakeKubectl } from './fake-kubectl.ts';
import type { FakeKubectl } from './fake-kubectl.ts';
import { configMap, deployment, job, node, pod, secret as secretObject, template } from './kubectl-samples.ts';

export function clusterTarget(kubeconfig: string, more: Partial<ClusterTarget> = {}): ClusterTarget {
  return { name: 'production', kubeconfig: secret('/nowhere/read', 'KUBECONFIG_READ'), write: secret(kubeconfig, 'KUBECONFIG_WRITE'), namespaces: ['shop'], ...more };
}

export function clusterContext(cluster: ClusterTarget, parts: Partial<KindContext> = {}): KindContext {
  return kindContext(targetsWith({ clusters: [cluster] }), parts);
}

/** Starts that write, as an engineer would type them: what connects, names us and prints is left out. */
export function sentBy(started: readonly RunOptions[]): string {
  return started.map(({ file, argv, stdin }) => {
    const typed = argv.filter((argument) => !/^--(kubeconfig|request-timeout|field-manager|output)=/.test(argument));
    return `${[file.split('/').at(-1) ?? '', ...typed].map(quoteForPeople).join(' ')}${stdin === undefined ? '' : ` <<'EOF'\n${stdin}\nEOF`}`;
  }).join('\n');
}

/** The same, with what went in by stdin told as the card tells it: from the real bytes, without them. */
export function sentSecret(started: readonly RunOptions[], key: string, source: string): string {
  return started.map((one) => {
    const typed = sentBy([{ ...one, stdin: undefined }]);
    if (one.stdin === undefined) return typed;
    const object = JSON.parse(one.stdin) as { metadata: Record<string, string>; data: Record<string, string> };
    const { name, uid, resourceVersion } = object.metadata;
    const kubeconfig = (one.argv.find((argument) => argument.startsWith('--kubeconfig=')) ?? '').slice('--kubeconfig='.length);
    const value = object.data[key] === undefined ? undefined : Buffer.from(object.data[key], 'base64');
    // The undo can't know the version that it will find, and its value comes from memory.
    return [[resourceVersion, `${source}: ${fingerprint(value, kubeconfig)}`], ['<as read then>', value === undefined ? 'removed again' : `as it was: ${fingerprint(value, kubeconfig)}`]]
      .map(([version, words]) => `${typed}\n# stdin: secret ${name} (uid ${uid}, resourceVersion ${version}) with another value under "${key}",\n# ${words}; everything else as it is`).join('\n');
  }).join('\n');
}

export interface FakeWorld {
  fake: FakeKubectl;
  context: KindContext;
}

/** Three nodes, one of them cordoned, a deployment with two revisions and two pods, its configuration and secrets. */
export function openFakeWorld(more: Partial<ClusterTarget> = {}): FakeWorld {
  const fake = fakeKubectl();
  fake.put('deployment', deployment());
  const uid = String(fake.get('deployment', 'checkout')?.metadata['uid']);
  for (const revision of [1, 2]) {
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout', uid, controller: true };
    const labels = { app: 'checkout', 'pod-template-hash': `hash${revision}` };
    const spec = { replicas: revision - 1, selector: { matchLabels: labels }, template: { ...template(`registry.local/shop/checkout:v${revision}`), metadata: { labels } } };
    fake.put('replicaset', { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: `checkout-hash${revision}`, namespace: 'shop', labels, annotations: { 'deployment.kubernetes.io/revision': String(revision) }, ownerReferences: [owner] }, spec });
  }
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-hash2', uid: String(fake.get('replicaset', 'checkout-hash2')?.metadata['uid']), controller: true };
  for (const name of ['checkout-abc', 'checkout-def']) fake.put('pod', pod(name, owner));
  fake.put('pod', { ...pod('alone', undefined), spec: { nodeName: 'node2', containers: [] } });
  fake.put('configmap', configMap());
  fake.put('secret', secretObject('checkout-secrets', { password: 'old password', other: 'kept' }));
  fake.put('secret', secretObject('database', { password: 'new password' }));
  fake.put('job', job('migrate'));
  fake.put('node', node('node1'));
  fake.put('node', { ...node('node2'), spec: { unschedulable: true } });
  fake.put('node', node('node3'));
  return { fake, context: clusterContext(clusterTarget('/etc/write.kubeconfig', more), { run: fake.run, programs: { kubectl: '/bin/true', helm: '/bin/true' } }) };
}
