/** Each Kubernetes action with the real kubectl and helm on a playground cluster, as the executor's service account of deploy/kubernetes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../../playground/cluster/cluster.ts';
import { busyboxImages } from '../../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../../playground/cluster/start.ts';
import type { Action, ClusterAction } from '../../../src/changes/action.ts';
import type { KindContext } from '../../../src/changes/actions/kind.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import type { Change } from '../../../src/changes/change.ts';
import { ExecutionError } from '../../../src/changes/errors.ts';
import { helmEnvironment, privateHome } from '../../../src/process/environment.ts';
import { runProcess } from '../../../src/process/run.ts';
import type { RunOptions } from '../../../src/process/run.ts';
import { changeFrom, until } from '../../support/changes.ts';
import { manifestOf } from '../../support/deploy.ts';
import { findProgram, requirement } from '../../support/requirements.ts';
import { clusterContext, clusterTarget, sentBy, sentSecret } from './cluster-world.ts';

const place = { target: 'production', namespace: 'shop' } as const;
const names = ['undo', 'restart', 'scale', 'image', 'env', 'resources', 'patch', 'pod'];

const deployment = (name: string, tag = '1'): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: 1
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - { name: web, image: 'registry.local/busybox:${tag}', command: [sleep, '100000'], env: [{ name: MODE, value: slow }] }
`;

const others = `
apiVersion: v1
kind: ConfigMap
metadata: { name: checkout-config, namespace: shop }
data: { PAYMENTS_URL: 'http://wrong', LEVEL: info }
---
apiVersion: v1
kind: Secret
metadata: { name: checkout-secrets, namespace: shop, annotations: { kubectl.kubernetes.io/last-applied-configuration: '{}' } }
stringData: { password: old password, other: kept }
---
apiVersion: v1
kind: Secret
metadata: { name: database, namespace: shop }
stringData: { password: new password }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: sre-write-nodes }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sre-write-nodes }
subjects: [{ kind: ServiceAccount, name: sre-write, namespace: shop }]
`;

const budget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: pods, namespace: shop }
spec: { minAvailable: 1, selector: { matchLabels: { app: pod } } }
`;

const work = `{ restartPolicy: Never, containers: [{ name: work, image: 'registry.local/busybox:1', command: ['true'] }] }`;
const jobs = `
apiVersion: batch/v1
kind: Job
metadata: { name: migrate, namespace: shop, labels: { team: orders } }
spec: { template: { metadata: { labels: { app: migrate } }, spec: ${work} } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: report, namespace: shop }
spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { backoffLimit: 1, template: { spec: ${work} } } } }
`;

const chart = {
  'Chart.yaml': 'apiVersion: v2\nname: promotions\nversion: 1.0.0\nappVersion: "1"\n',
  'values.yaml': 'tag: "1"\nlevel: info\npassword: alpha-value\nextra: false\n',
  'templates/all.yaml': `${deployment('promotions').replace('busybox:1', 'busybox:{{ .Values.tag }}')}---
apiVersion: v1
kind: ConfigMap
metadata: { name: promotions, namespace: shop }
data: { LEVEL: '{{ .Values.level }}' }
---
apiVersion: v1
kind: Secret
metadata: { name: promotions, namespace: shop }
stringData: { password: '{{ .Values.password }}' }
{{- if .Values.extra }}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: promotions-extra, namespace: shop }
data: { A: b }
{{- end }}
`,
};

/** As people apply them, `kubectl apply -n shop -f`; the Secret to copy from is one more name. */
const shipped = (name: string): string => manifestOf(name, 'shop').replace(/(\s+)- checkout-secrets/, '$&$1- database');

describe.skipIf(!requirement('kubectl'))('on a playground cluster', () => {
  let cluster: Cluster;
  let context: KindContext;
  let started: RunOptions[];
  const directory = mkdtempSync(path.join(tmpdir(), 'sre-agent-actions-'));

  beforeAll(async () => {
    cluster = await startCluster({ directory: path.join(directory, 'cluster'), port: 0, images: busyboxImages(), nodes: [{ name: 'node1' }, { name: 'node2' }], bare: true });
    cluster.apply('{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }');
    for (const name of ['write', 'write-nodes', 'write-jobs']) cluster.apply(shipped(name));
    cluster.apply(others);
    for (const name of names) cluster.apply(deployment(name));
    const kubeconfig = await cluster.kubeconfigFor({ namespace: 'shop', name: 'sre-write' }, path.join(directory, 'write.kubeconfig'));
    started = [];
    context = clusterContext(clusterTarget(kubeconfig), {
      programs: { kubectl: findProgram('kubectl'), helm: findProgram('helm') },
      run: (options) => {
        started.push(options);
        return runProcess(options);
      },
    });
    for (const name of names) await rolledOut(name);
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const rolledOut = (name: string) => until(async () => {
    const { metadata, spec, status } = cluster.client.get('deployments.apps', 'shop', name) ?? {};
    return status?.observedGeneration === metadata?.generation && status?.updatedReplicas === spec?.replicas && status?.readyReplicas === spec?.replicas && status?.replicas === spec?.replicas;
  }, `${name} rolls out`, 90_000);

  const prepared = async (action: Action): Promise<Change> => changeFrom(action, await kindOf(action).prepare(action, context));

  /** Preview, run, wait for the check, undo, wait until everything is as it was. */
  async function expectThereAndBack(action: ClusterAction, snapshot: () => unknown, sent = sentBy): Promise<Change> {
    const kind = kindOf(action);
    const before = snapshot();
    let change = await prepared(action);
    expect(snapshot()).toEqual(before);
    expect(await kind.check(change, context)).toMatchObject({ ok: false });
    expect(kind.drift(change, await kind.prepare(action, context))).toBeUndefined();
    let first = started.length;
    const ran = await kind.execute(change, context);
    expect(ran.output).not.toBe('');
    change = { ...change, ...(ran.written && { written: ran.written }) };
    expect(sent(started.slice(first))).toContain(change.command[0]);
    expect(snapshot()).not.toEqual(before);
    await until(async () => (await kind.check(change, context)).ok, `${action.kind} shows`, 90_000);
    if (change.undo.kind !== 'automatic') return change;
    const written = snapshot();
    expect(await kind.previewUndo(change, context)).toMatchObject({ preview: expect.stringMatching(/\w/) as string });
    expect(snapshot()).toEqual(written);
    first = started.length;
    await kind.undo(change, context);
    expect(sent(started.slice(first))).toContain(change.undo.command[0]);
    await until(async () => (await kind.checkUndone(change, context)).ok, `${action.kind} is undone`, 90_000);
    expect(snapshot()).toEqual(before);
    return change;
  }

  const podOf = (app: string): string => cluster.client.list('pods', { namespace: 'shop', labels: { app } }).find(({ metadata }) => metadata.deletionTimestamp === undefined)?.metadata.name ?? '';
  const specOf = (name: string) => () => cluster.client.get('deployments.apps', 'shop', name)?.spec;
  const workload = (name: string) => ({ ...place, workload: 'deployment', name } as const);

  test('rollout undo to a pinned revision', async () => {
    cluster.apply(deployment('undo', '1.2').replace('value: slow', 'value: fast'));
    await rolledOut('undo');
    const change = await expectThereAndBack({ kind: 'kubectl.rollout_undo', ...workload('undo'), to_revision: 1 }, specOf('undo'));
    expect(change.preview).toContain('- registry.local/busybox:1.2\n+ registry.local/busybox:1\n');
    expect(change.preview).toMatch(/env\[MODE\]\.value\n- fast\n\+ slow/);
  });

  test('a stateful set and a daemon set, by their controller revisions', async () => {
    for (const [kind, word, key] of [['StatefulSet', 'statefulset', 'statefulsets.apps'], ['DaemonSet', 'daemonset', 'daemonsets.apps']] as const) {
      const manifest = (tag: string) => deployment(word, tag).replace('kind: Deployment', `kind: ${kind}`).replace('replicas: 1', kind === 'DaemonSet' ? 'minReadySeconds: 0' : `serviceName: ${word}`);
      cluster.apply(manifest('1'));
      const image = () => cluster.client.get(key, 'shop', word)?.spec?.template.spec?.containers[0]?.image;
      const settled = () => until(async () => {
        const { metadata, status } = cluster.client.get(key, 'shop', word) ?? {};
        const { readyReplicas = 0, updatedReplicas = 0, numberReady = readyReplicas, updatedNumberScheduled = updatedReplicas } = { ...status } as Record<string, number>;
        return status?.observedGeneration === metadata?.generation && numberReady > 0 && updatedNumberScheduled > 0;
      }, `${word} rolls out`, 90_000);
      await settled();
      cluster.apply(manifest('1.1'));
      await settled();
      await expectThereAndBack({ kind: 'kubectl.rollout_undo', ...place, workload: word, name: word, to_revision: 1 }, image);
    }
  });

  test('rollout restart replaces the pod', async () => {
    const podsOf = () => cluster.client.list('pods', { namespace: 'shop', labels: { app: 'restart' } }).map(({ metadata }) => metadata.uid);
    const before = podsOf();
    const action = { kind: 'kubectl.rollout_restart', ...workload('restart') } as const;
    const change = await prepared(action);
    await kindOf(action).execute(change, context);
    await until(async () => (await kindOf(action).check(change, context)).ok, 'the restart is complete', 90_000);
    expect(podsOf()).not.toEqual(before);
  });

  test('scale', () => expectThereAndBack({ kind: 'kubectl.scale', ...workload('scale'), replicas: 2 }, specOf('scale')));

  test('set image', () => expectThereAndBack({ kind: 'kubectl.set_image', ...workload('image'), container: 'web', image: 'registry.local/busybox:1.1' }, specOf('image')));

  test('set env, and removing what was there', async () => {
    await expectThereAndBack({ kind: 'kubectl.set_env', ...workload('env'), container: 'web', variable: 'POOL_SIZE', value: '-1 --flag' }, specOf('env'));
    await expectThereAndBack({ kind: 'kubectl.set_env', ...workload('env'), container: 'web', variable: 'MODE', value: null }, specOf('env'));
  });

  test('set resources', () => expectThereAndBack({ kind: 'kubectl.set_resources', ...workload('resources'), container: 'web', requests: { cpu: '10m' }, limits: { memory: '64Mi' } }, specOf('resources')));

  test('patch, merge and json', async () => {
    await expectThereAndBack({ kind: 'kubectl.patch', ...place, resource: 'deployment', name: 'patch', type: 'merge', patch: '{"spec":{"minReadySeconds":1,"strategy":{"rollingUpdate":{"maxUnavailable":0}}}}' }, specOf('patch'));
    await expectThereAndBack({ kind: 'kubectl.patch', ...place, resource: 'configmap', name: 'checkout-config', type: 'json', patch: '[{"op":"test","path":"/data/LEVEL","value":"info"},{"op":"replace","path":"/data/LEVEL","value":"debug"}]' }, () => cluster.client.get('configmaps', 'shop', 'checkout-config')?.data);
  });

  test('a configmap key set, and removed', async () => {
    const data = () => cluster.client.get('configmaps', 'shop', 'checkout-config')?.data;
    await expectThereAndBack({ kind: 'kubectl.configmap_key', ...place, name: 'checkout-config', key: 'PAYMENTS_URL', value: 'http://payments:8080' }, data);
    await expectThereAndBack({ kind: 'kubectl.configmap_key', ...place, name: 'checkout-config', key: 'LEVEL', value: null }, data);
  });

  test('a secret key from another secret', async () => {
    const action = { kind: 'kubectl.secret_key', ...place, name: 'checkout-secrets', key: 'password', from: { source: 'secret', name: 'database', key: 'password' } } as const;
    await expectThereAndBack(action, () => cluster.client.get('secrets', 'shop', 'checkout-secrets')?.data, (some) => sentSecret(some, 'password', 'key password of secret shop/database'));
    // Had it been written, the next apply of whoever keeps the Secret would delete the keys that are not theirs.
    expect(cluster.client.get('secrets', 'shop', 'checkout-secrets')?.metadata.annotations).toEqual({ 'kubectl.kubernetes.io/last-applied-configuration': '{}' });
  });

  test('a secret key from the only other key it has; refused where there are several', async () => {
    const action = { kind: 'kubectl.secret_key', ...place, name: 'checkout-secrets', key: 'renamed', from: { source: 'only other key' } } as const;
    const data = () => cluster.client.get('secrets', 'shop', 'checkout-secrets')?.data;
    const before = data();
    await expect(prepared(action)).rejects.toThrow(/2 other keys/);
    cluster.client.modify('secrets', 'shop', 'checkout-secrets', (copy) => { copy.data = { password: before?.['password'] ?? '' }; });
    await expectThereAndBack(action, data, (some) => sentSecret(some, 'renamed', 'key password of secret shop/checkout-secrets, the only other one that it has'));
    cluster.client.modify('secrets', 'shop', 'checkout-secrets', (copy) => { copy.data = {}; });
    await expect(prepared(action)).rejects.toThrow(/has no other key/);
    cluster.client.modify('secrets', 'shop', 'checkout-secrets', (copy) => { if (before) copy.data = before; });
  });

  test('a pod is deleted and replaced', async () => {
    const pod = cluster.client.list('pods', { namespace: 'shop', labels: { app: 'pod' } })[0]?.metadata.name ?? '';
    const change = await expectThereAndBack({ kind: 'kubectl.delete_pod', ...place, name: pod }, () => cluster.client.get('pods', 'shop', pod)?.metadata.deletionTimestamp ?? cluster.client.get('pods', 'shop', pod)?.metadata.uid);
    expect(change.undo.kind).toBe('not_needed');
  });

  test('a node is drained, and opened again', async () => {
    const open = () => cluster.client.get('nodes', undefined, 'node2')?.spec?.unschedulable ?? false;
    const before = cluster.client.list('pods', { namespace: 'shop' }).filter(({ spec }) => spec?.nodeName === 'node2');
    const change = await expectThereAndBack({ kind: 'kubectl.drain', target: 'production', name: 'node2' }, open);
    expect(change.command).toHaveLength(change.preview.split('\n').filter((line) => line.includes(' makes another')).length + 1);
    expect(change.preview).toMatch(/- shop\/daemonset-\w+: of a DaemonSet, which would put it back at once/);
    const left = new Set(cluster.client.list('pods', { namespace: 'shop' }).filter(({ spec }) => spec?.nodeName === 'node2').map(({ metadata }) => metadata.uid));
    expect(before.filter(({ metadata }) => left.has(metadata.uid)).every(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'DaemonSet')).toBe(true);
  });

  test('cordon and uncordon', async () => {
    const open = () => cluster.client.get('nodes', undefined, 'node2')?.spec?.unschedulable ?? false;
    await expectThereAndBack({ kind: 'kubectl.cordon', target: 'production', name: 'node2' }, open);
    cluster.client.modify('nodes', undefined, 'node2', (node) => { node.spec = { ...node.spec, unschedulable: true }; });
    await expectThereAndBack({ kind: 'kubectl.uncordon', target: 'production', name: 'node2' }, open);
  });

  test('an eviction asks the disruption budget, in the preview and again in the write', async () => {
    const action = { kind: 'kubectl.evict', ...place, name: podOf('pod') } as const;
    const change = await prepared(action);
    cluster.apply(budget);
    await until(async () => cluster.client.get('poddisruptionbudgets.policy', 'shop', 'pods')?.status?.desiredHealthy === 1, 'the budget is counted');
    await expect(kindOf(action).execute(change, context)).rejects.toMatchObject({ effect: 'none', message: expect.stringMatching(/^Nothing was evicted: disruption budget pods allows 0 away now/) as string });
    await expect(prepared(action)).rejects.toThrow(/can't be evicted now: disruption budget pods allows 0 away now \(1 pods are healthy, it wants 1\)/);
    cluster.client.delete('poddisruptionbudgets.policy', 'shop', 'pods');
    const uidOf = () => cluster.client.get('pods', 'shop', action.name)?.metadata.deletionTimestamp ?? cluster.client.get('pods', 'shop', action.name)?.metadata.uid;
    await expectThereAndBack(action, uidOf);
    await expect(kindOf(action).execute(change, context)).rejects.toMatchObject({ effect: 'none' });
  });

  test('a label and an annotation of a pod, which its controller keeps', async () => {
    const name = podOf('scale');
    const metadata = () => [cluster.client.get('pods', 'shop', name)?.metadata.labels, cluster.client.get('pods', 'shop', name)?.metadata.annotations];
    await expectThereAndBack({ kind: 'kubectl.metadata', ...place, resource: 'pod', name, field: 'label', key: 'team', value: 'orders' }, metadata);
    await expectThereAndBack({ kind: 'kubectl.metadata', ...place, resource: 'pod', name, field: 'annotation', key: 'note', value: 'looked at; "quoted" -n' }, metadata);
    await expect(prepared({ kind: 'kubectl.metadata', ...place, resource: 'pod', name, field: 'label', key: 'app', value: 'env' })).rejects.toThrow(/deployment\/env would select pod/);
    const { facts } = await prepared({ kind: 'kubectl.metadata', ...place, resource: 'pod', name, field: 'label', key: 'app', value: null });
    expect(facts.powers).toContain('deployment/scale no longer selects it (owns it)');
  });

  test('a Job again, and a CronJob now', async () => {
    cluster.apply(jobs);
    await until(async () => cluster.client.get('jobs.batch', 'shop', 'migrate')?.status?.succeeded === 1, 'the job is complete', 90_000);
    const ended = (name: string) => () => cluster.client.get('jobs.batch', 'shop', name)?.metadata.uid ?? 'none';
    const change = await expectThereAndBack({ kind: 'kubectl.rerun_job', ...place, source: 'job', name: 'migrate' }, ended('migrate-rerun-1'));
    expect(change.undo.kind).toBe('impossible');
    expect(cluster.client.get('jobs.batch', 'shop', 'migrate-rerun-1')?.status?.succeeded).toBe(1);
    const scheduled = await expectThereAndBack({ kind: 'kubectl.rerun_job', ...place, source: 'cronjob', name: 'report' }, ended('report-rerun-1'));
    // The server's own defaults are no change by admission.
    for (const { facts } of [change, scheduled]) expect(facts.alsoChanged).toBeUndefined();
    expect(scheduled.equivalent).toBe('kubectl -n shop create job report-rerun-1 --from=cronjob/report');
  });

  test('the API server refuses a write for a version that is gone, and one from an identity that may not', async () => {
    const action = { kind: 'kubectl.set_env', ...workload('scale'), container: 'web', variable: 'MODE', value: 'fast' } as const;
    const change = await prepared(action);
    cluster.client.modify('deployments.apps', 'shop', 'scale', (copy) => { if (copy.spec) copy.spec.minReadySeconds = 1; });
    const error = await kindOf(action).execute(change, context).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ExecutionError);
    expect(error).toMatchObject({ effect: 'none', message: expect.stringMatching(/moved just before the write/) as string });
    await expect(prepared({ kind: 'kubectl.patch', ...place, resource: 'ingress', name: 'none', type: 'merge', patch: '{"spec":{}}' })).rejects.toThrow(/There is no ingress none/);
    await expect(prepared({ kind: 'kubectl.secret_key', ...place, name: 'other', key: 'a', from: { source: 'secret', name: 'database', key: 'password' } })).rejects.toThrow(/forbidden[\s\S]*executor's identity in cluster production lacks this right/);
  });

  describe.skipIf(!requirement('helm'))('a Helm release of two revisions', () => {
    const helm = async (...argv: string[]): Promise<string> => {
      const ended = await runProcess({ file: findProgram('helm') ?? '', argv: [...argv, '-n', 'shop', `--kubeconfig=${cluster.adminKubeconfig}`], environment: helmEnvironment(privateHome(), cluster.adminKubeconfig), timeoutMilliseconds: 60_000, maxBytes: 1_000_000 });
      if (ended.exitCode !== 0) throw new Error(ended.stderr);
      return ended.stdout;
    };
    const action = { kind: 'helm.rollback', ...place, release: 'promotions', to_revision: 1 } as const;

    beforeAll(async () => {
      const folder = path.join(directory, 'promotions');
      mkdirSync(path.join(folder, 'templates'), { recursive: true });
      for (const [name, text] of Object.entries(chart)) writeFileSync(path.join(folder, name), text);
      cluster.apply(shipped('write-helm'));
      await helm('install', 'promotions', folder);
      await helm('upgrade', 'promotions', folder, '--set', 'tag=1.2,level=debug,password=omega-value,extra=true');
      await rolledOut('promotions');
    });

    test('goes back to the pinned one and forward again; its secrets are seen by nobody', async () => {
      const state = () => [
        cluster.client.get('deployments.apps', 'shop', 'promotions')?.spec?.template.spec?.containers[0]?.image, cluster.client.get('configmaps', 'shop', 'promotions')?.data,
        cluster.client.get('secrets', 'shop', 'promotions')?.data, cluster.client.get('configmaps', 'shop', 'promotions-extra')?.data,
      ];
      const change = await expectThereAndBack(action, state);
      expect(change.preview).toContain('  - registry.local/busybox:1.2\n  + registry.local/busybox:1\n');
      expect(change.preview).toContain('- ConfigMap/shop/promotions-extra is deleted');
      expect(change.preview).toMatch(/Secret\/shop\/promotions\n[^\n]*password\n {2}- \(hidden\)\n {2}\+ \(hidden\)/);
      expect(JSON.stringify(change)).not.toMatch(/alpha|omega|YWxwaGE|b21lZ2E/);
      expect(change.facts).toMatchObject({ removedObjects: 1 });
      expect(change.command).toEqual(['helm -n shop rollback promotions 1']);
      expect(change.undo.command).toEqual(['helm -n shop rollback promotions 2']);
    });

    test('that is not named is the last one deployed before, pinned by the preview; after a rollback a person must name it', async () => {
      await helm('upgrade', 'promotions', path.join(directory, 'promotions'), '--set', 'level=warn,tag=1.3');
      const [, before] = (JSON.parse(await helm('history', 'promotions', '--output=json')) as { revision: number }[]).reverse();
      const { to_revision: _revision, ...unnamed } = action;
      const change = await prepared(unnamed);
      expect(change).toMatchObject({ command: [`helm -n shop rollback promotions ${before?.revision}`], resolved: { wanted: before?.revision } });
      expect(change.preview).toContain(`back to revision ${before?.revision},`);
      await kindOf(unnamed).execute(change, context);
      await expect(prepared(unnamed)).rejects.toThrow(/is a rollback itself \(Rollback to \d+\): name the revision/);
    });

    test('somebody else was quicker: nothing is run', async () => {
      const change = await prepared(action);
      await helm('upgrade', 'promotions', path.join(directory, 'promotions'), '--set', 'level=warn');
      expect(kindOf(action).drift(change, await kindOf(action).prepare(action, context))).toMatch(/^revision was \d+ when this was approved and is \d+ now/);
      const first = started.length;
      await expect(kindOf(action).execute(change, context)).rejects.toMatchObject({ effect: 'none' });
      expect(sentBy(started.slice(first))).not.toContain('rollback');
      await expect(prepared({ ...action, to_revision: 99 })).rejects.toThrow(/has no revision 99/);
      await expect(prepared({ ...action, release: 'nothing' })).rejects.toThrow(/no Helm release nothing/);
    });

    test('hooks are those that helm stored, with the events that it goes by', async () => {
      const [folder, file] = [path.join(directory, 'promotions'), path.join(directory, 'promotions', 'templates', 'hook.yaml')];
      writeFileSync(file, 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: before, annotations: { helm.sh/hook: "post-rollback,test" } }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: installing, annotations: { helm.sh/hook: pre-install } }\n');
      await helm('upgrade', 'promotions', folder);
      const { preview } = await prepared(action);
      expect(preview).toContain('An undo runs these: ConfigMap/before (post-rollback,test).');
    });
  });
});
