/** The contract over the kinds that create, delete and patch objects as wholes, with the real kubectl on one playground cluster. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action } from '../../../src/changes/action.ts';
import { formOf } from '../../../src/changes/actions/objects/manifest.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import type { Change } from '../../../src/changes/change.ts';
import { RefusedError } from '../../../src/changes/errors.ts';
import { helmEnvironment, privateHome } from '../../../src/process/environment.ts';
import { runProcess } from '../../../src/process/run.ts';
import { manifestOf } from '../../support/deploy.ts';
import { findProgram, requirement } from '../../support/requirements.ts';
import { changeFrom, riskOf, until } from '../../support/changes.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import type { ObjectWorld } from './object-world.ts';
import { openObjectWorld, place } from './object-world.ts';

interface Case {
  action: Action;
  impossible: Action;
  /** `configmaps`, as the cluster's client has it. */
  resource: string;
  name: string;
  /** What is there before; undefined: nothing. */
  before: object | undefined;
  move(world: ObjectWorld): void;
  moveAfter(world: ObjectWorld): void;
}

const metadata = (name: string, more: object = {}) => ({ name, namespace: 'shop', ...more });
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('limits', { labels: { app: 'checkout' } }), data: { LEVEL: 'info' } };
const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: metadata('deny-all', { annotations: { note: 'during the audit' } }), spec: { podSelector: {}, policyTypes: ['Ingress'] } };
const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: metadata('gear'), spec: { size: 3, teeth: { count: 12 } } };

const deployment = {
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata('checkout'),
  spec: {
    replicas: 0, selector: { matchLabels: { app: 'checkout' } },
    template: { metadata: { labels: { app: 'checkout' } }, spec: { containers: [{ name: 'sidecar', image: 'registry.local/busybox:1', command: ['sleep', '9'] }, { name: 'web', image: 'registry.local/busybox:1', command: ['sleep', '9'], env: [{ name: 'POOL', value: '5' }, { name: 'MODE', value: 'slow' }] }] } },
  },
};

const editing = (resource: string, name: string, change: (copy: JsonObject) => void) => ({ cluster }: ObjectWorld) => void cluster.client.modify(resource as 'configmaps', 'shop', name, (copy) => change(copy as unknown as JsonObject));
const appearing = (object: object) => ({ cluster }: ObjectWorld) => void cluster.apply(JSON.stringify(object));

const cases: Case[] = [
  {
    action: { kind: 'kubectl.create_object', ...place, manifest: JSON.stringify(configMap) }, impossible: { kind: 'kubectl.create_object', ...place, manifest: JSON.stringify({ ...configMap, apiVersion: 'v9.example.com/v1', kind: 'Nothing' }) },
    resource: 'configmaps', name: 'limits', before: undefined,
    move: appearing({ ...configMap, data: { LEVEL: 'theirs' } }),
    moveAfter: editing('configmaps', 'limits', (copy) => { copy['data'] = { LEVEL: 'theirs' }; }),
  },
  {
    action: { kind: 'kubectl.delete_object', ...place, resource: 'networkpolicy', name: 'deny-all' }, impossible: { kind: 'kubectl.delete_object', ...place, resource: 'networkpolicy', name: 'missing' },
    resource: 'networkpolicies.networking.k8s.io', name: 'deny-all', before: policy,
    move: editing('networkpolicies.networking.k8s.io', 'deny-all', (copy) => { (copy['spec'] as JsonObject)['policyTypes'] = ['Egress']; }),
    moveAfter: appearing({ ...policy, spec: { podSelector: { matchLabels: { app: 'theirs' } } } }),
  },
];

describe.skipIf(!requirement('kubectl'))('on one playground cluster', () => {
  let world: ObjectWorld;
  beforeAll(async () => { world = await openObjectWorld(); }, 120_000);
  afterAll(() => world?.close());

  for (const { action, impossible, resource, name, before, move, moveAfter } of cases) {
    describeActionKind(kindOf(action), async () => {
      const { cluster: { client }, context, started } = world;
      const read = () => client.get(resource as 'configmaps', 'shop', name);
      started.length = 0;
      if (read() !== undefined) client.delete(resource as 'configmaps', 'shop', name);
      await until(async () => read() === undefined, `${name} is gone`);
      if (before !== undefined) world.cluster.apply(JSON.stringify(before));
      return {
        context, action, impossibleAction: impossible,
        snapshot: async () => {
          const object = read();
          return object === undefined ? 'absent' : formOf(JSON.parse(JSON.stringify(object)) as JsonObject);
        },
        settle: async () => {
          await until(async () => {
            const { metadata: { deletionTimestamp, generation } = {}, status } = (read() ?? {}) as { metadata?: { deletionTimestamp?: string; generation?: number }; status?: { observedGeneration?: number } };
            return deletionTimestamp === undefined && (status?.observedGeneration === undefined || status.observedGeneration === generation);
          }, `controllers have seen ${name}`);
        },
        sent: world.sent,
        move: async () => move(world),
        moveAfter: async () => moveAfter(world),
        close: async () => undefined,
      };
    });
  }

  const read = (resource: string, name: string) => {
    const object = world.cluster.client.get(resource as 'configmaps', 'shop', name);
    return object === undefined ? undefined : formOf(JSON.parse(JSON.stringify(object)) as JsonObject);
  };

  /** Preview, run, check, undo: everything is as it was. */
  async function thereAndBack(action: Action, snapshot: () => unknown, between?: (change: Change) => Promise<void>): Promise<Change> {
    const kind = kindOf(action);
    const before = snapshot();
    let change = changeFrom(action, await kind.prepare(action, world.context));
    expect(snapshot()).toEqual(before);
    const { written } = await kind.execute(change, world.context);
    change = { ...change, ...(written && { written }) };
    expect(snapshot()).not.toEqual(before);
    await until(async () => (await kind.check(change, world.context)).ok, `${action.kind} shows`);
    await between?.(change);
    if (change.undo.kind !== 'automatic') return change;
    await kind.undo(change, world.context);
    await until(async () => (await kind.checkUndone(change, world.context)).ok, `${action.kind} is undone`);
    expect(snapshot()).toEqual(before);
    return change;
  }

  const all = {
    'services': { apiVersion: 'v1', kind: 'Service', metadata: metadata('every'), spec: { selector: { app: 'every' }, ports: [{ port: 80, targetPort: 8080 }] } },
    'ingresses.networking.k8s.io': { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: metadata('every'), spec: { rules: [{ host: 'shop.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'every', port: { number: 80 } } } }] } }] } },
    'poddisruptionbudgets.policy': { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: metadata('every'), spec: { minAvailable: 1, selector: { matchLabels: { app: 'every' } } } },
    'horizontalpodautoscalers.autoscaling': { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: metadata('every'), spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'every' }, minReplicas: 1, maxReplicas: 3 } },
    'widgets.example.com': { ...widget, metadata: metadata('every') },
  } as const;

  test.each(Object.entries(all))('one of %s is created, deleted, and comes back just as it was, addresses too', async (resource, manifest) => {
    const create = { kind: 'kubectl.create_object', ...place, manifest: JSON.stringify(manifest) } as const;
    const change = changeFrom(create, await kindOf(create).prepare(create, world.context));
    const { written = {} } = await kindOf(create).execute(change, world.context);
    expect(await kindOf(create).check({ ...change, written }, world.context)).toMatchObject({ ok: true });
    // As after a death of the executor.
    expect(await kindOf(create).check(change, world.context)).toMatchObject({ ok: false, details: [expect.stringMatching(/is there, but nobody noted whether this change created it/)] });
    // Another at the same address: else it might be given back to whoever hands them out.
    if (manifest.kind === 'Ingress') world.cluster.apply(JSON.stringify({ ...manifest, metadata: metadata('other') }));
    const addressed = (name: string) => world.cluster.client.get('ingresses.networking.k8s.io', 'shop', name)?.status?.loadBalancer?.ingress;
    if (manifest.kind === 'Ingress') await until(async () => addressed('every') !== undefined && addressed('other') !== undefined, 'both have an address');
    const word = manifest.kind === 'Widget' ? 'widgets.v1.example.com' : manifest.kind.toLowerCase();
    await thereAndBack({ kind: 'kubectl.delete_object', ...place, resource: word, name: 'every' }, () => read(resource, 'every'));
    world.cluster.client.delete(resource as 'services', 'shop', 'every');
  });

  test('a custom resource is patched', async () => {
    world.cluster.apply(JSON.stringify(widget));
    const change = await thereAndBack({ kind: 'kubectl.patch_custom', ...place, group: 'example.com', version: 'v1', plural: 'widgets', name: 'gear', patch: '{"spec":{"teeth":{"count":14}}}' }, () => read('widgets.example.com', 'gear'));
    expect(change.preview).toContain('spec.teeth.count\n- 12\n+ 14');
  });

  test('a strategic patch finds its container by name, and what runs is the guarded difference', async () => {
    world.cluster.apply(JSON.stringify(deployment));
    const patch = { spec: { template: { spec: { containers: [{ name: 'web', env: [{ name: 'MODE', value: 'fast' }] }] } } } };
    const change = await thereAndBack({ kind: 'kubectl.patch', ...place, resource: 'deployment', name: 'checkout', type: 'strategic', patch: JSON.stringify(patch) }, () => read('deployments.apps', 'checkout'));
    expect(change.command[0]).toContain('{"op":"replace","path":"/spec/template/spec/containers/1/env/1/value","value":"fast"}');
    expect(change.facts).not.toHaveProperty('alsoChanged');
    for (const refused of [{ spec: { template: { spec: { $patch: 'replace', containers: [{ name: 'web', image: 'evil', command: ['sh'] }] } } } }, { spec: { template: { spec: { hostNetwork: true } } } }, { spec: { template: { spec: { containers: [{ name: 'web', $patch: 'delete' }] } } } }]) {
      await expect(kindOf(change.action).prepare({ ...change.action, patch: JSON.stringify(refused) } as Action, world.context)).rejects.toThrow(RefusedError);
    }
  });

  test('the Corefile is repaired in the place that is configured, with the rights that are shipped', async () => {
    const corefile = (zone: string) => `.:53 {\n    kubernetes ${zone}\n    forward . /etc/resolv.conf\n    reload\n}\n`;
    world.cluster.apply(`${manifestOf('write-coredns', 'kube-system')}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: sre-write-coredns, namespace: kube-system }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: sre-write-coredns }
subjects: [{ kind: ServiceAccount, name: sre-write, namespace: shop }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: coredns, namespace: kube-system }
data: { Corefile: ${JSON.stringify(corefile('cluster.locale'))} }
---
apiVersion: v1
kind: Pod
metadata: { name: coredns, namespace: kube-system, labels: { k8s-app: kube-dns } }
spec: { terminationGracePeriodSeconds: 1, containers: [{ name: dns, image: 'registry.local/busybox:1', command: [sleep, '100000'] }] }
`);
    const change = await thereAndBack({ kind: 'coredns.corefile', target: 'production', value: corefile('cluster.local') }, () => world.cluster.client.get('configmaps', 'kube-system', 'coredns')?.data);
    expect(change.lockKey).toBe('cluster/production');
  });

  describe.skipIf(!requirement('helm'))('a Helm release', () => {
    const helm = async (...argv: string[]): Promise<void> => {
      const ended = await runProcess({ file: findProgram('helm') ?? '', argv: [...argv, '-n', 'shop', `--kubeconfig=${world.cluster.adminKubeconfig}`], environment: helmEnvironment(privateHome(), world.cluster.adminKubeconfig), timeoutMilliseconds: 60_000, maxBytes: 1_000_000 });
      if (ended.exitCode !== 0) throw new Error(ended.stderr);
    };
    const action = { kind: 'helm.upgrade_value', ...place, release: 'promotions', key: 'settings.level', value: 'debug' } as const;
    const level = () => world.cluster.client.get('configmaps', 'shop', 'promotions')?.data;

    beforeAll(async () => {
      const folder = path.join(world.directory, 'promotions');
      mkdirSync(path.join(folder, 'templates'), { recursive: true });
      const files = {
        'Chart.yaml': 'apiVersion: v2\nname: promotions\nversion: 1.0.0\nappVersion: "1"\nkeywords: [shop]\n',
        'values.yaml': '# a comment\nsettings:\n  level: info\n  more: [a, b]\npassword: alpha-value\nextra: 1\n',
        'values.schema.json': '{"type":"object"}',
        'templates/_helpers.tpl': '{{- define "level" -}}{{ .Values.settings.level }}{{- end -}}\n',
        'templates/NOTES.txt': 'The password is {{ .Values.password }}\n',
        'templates/all.yaml': `${JSON.stringify(deployment).replaceAll('checkout', 'promotions').replace('"metadata":{', '"metadata":{"labels":{"chart":"{{ .Chart.Name }}"},')}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: promotions }\ndata: { LEVEL: '{{ include "level" . }}', FILE: {{ .Files.Get "extra.txt" | quote }} }\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: promotions }\nstringData: { password: '{{ .Values.password }}' }\n`,
        'extra.txt': 'from a file',
      };
      for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
      world.cluster.apply(manifestOf('write-helm', 'shop'));
      await helm('install', 'promotions', folder, '--set', 'password=omega-value');
    }, 60_000);

    test('one value is changed, its chart taken from what helm stored; nobody sees the others', async () => {
      const change = await thereAndBack(action, level, async (done) => {
        expect(level()).toEqual({ LEVEL: 'debug', FILE: 'from a file' });
        const undo = await kindOf(action).previewUndo?.(done, world.context);
        expect(undo?.preview).toContain('ConfigMap/promotions\n  data.LEVEL\n  - debug\n  + info');
      });
      expect(change.preview).toContain('ConfigMap/promotions\n  data.LEVEL\n  - info\n  + debug');
      expect(world.cluster.client.get('secrets', 'shop', 'promotions')?.data).toEqual({ password: Buffer.from('omega-value').toString('base64') });
      expect(JSON.stringify(change)).not.toMatch(/alpha|omega|YWxwaGE|b21lZ2E/);
    });

    test('a workload that was deleted is created again, word for word as the release has it, and no other', async () => {
      const annotations = { 'meta.helm.sh/release-name': 'promotions', 'meta.helm.sh/release-namespace': 'shop' };
      const manifest = { ...(JSON.parse(JSON.stringify(deployment).replaceAll('checkout', 'promotions')) as typeof deployment), metadata: { name: 'promotions', labels: { chart: 'promotions', 'app.kubernetes.io/managed-by': 'Helm' }, annotations } };
      world.cluster.client.delete('deployments.apps', 'shop', 'promotions');
      await until(async () => world.cluster.client.get('deployments.apps', 'shop', 'promotions') === undefined, 'the deployment is gone');
      const create = { kind: 'kubectl.create_object', ...place, manifest: JSON.stringify(manifest) } as const;
      const other = JSON.stringify(manifest).replaceAll('sleep', 'sh');
      await expect(kindOf(create).prepare({ ...create, manifest: other }, world.context)).rejects.toThrow(/runs code/);
      const change = await thereAndBack(create, () => read('deployments.apps', 'promotions'));
      expect(change.preview).toContain('The deployed revision 3 of Helm release promotions holds it just so.');
      expect(riskOf(create, change, true)).toMatchObject({ level: 'high' });
    });
  });
});
