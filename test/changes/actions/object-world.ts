/** One playground cluster with real kubectl for all kinds that act on objects, as the executor's service account of deploy/kubernetes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Cluster } from '../../../playground/cluster/cluster.ts';
import { busyboxImages } from '../../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../../playground/cluster/start.ts';
import type { KindContext } from '../../../src/changes/actions/kind.ts';
import { runProcess } from '../../../src/process/run.ts';
import type { RunOptions } from '../../../src/process/run.ts';
import { manifestOf } from '../../support/deploy.ts';
import { findProgram } from '../../support/requirements.ts';
import { clusterContext, clusterTarget, sentBy } from './cluster-world.ts';

export interface ObjectWorld {
  cluster: Cluster;
  context: KindContext;
  started: RunOptions[];
  /** Removed in the end. */
  directory: string;
  /** Each as typed, and with what is only known when it runs left out, as cards have it. */
  sent(): string;
  close(): Promise<void>;
}

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget, listKind: WidgetList }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, x-kubernetes-preserve-unknown-fields: true }, status: { type: object, x-kubernetes-preserve-unknown-fields: true } } } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: sre-write-custom }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sre-write-custom }
subjects: [{ kind: ServiceAccount, name: sre-write, namespace: shop }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: sre-write-widgets, namespace: shop }
rules: [{ apiGroups: [example.com], resources: [widgets], verbs: [get, list, patch, create, delete] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: sre-write-widgets, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: sre-write-widgets }
subjects: [{ kind: ServiceAccount, name: sre-write, namespace: shop }]
`;

export async function openObjectWorld(): Promise<ObjectWorld> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sre-agent-objects-'));
  const cluster = await startCluster({ directory: path.join(directory, 'cluster'), port: 0, images: busyboxImages(), nodes: [{ name: 'node1' }], bare: true });
  cluster.apply('{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }');
  cluster.apply(manifestOf('write', 'shop'));
  cluster.apply(`${manifestOf('write-custom', 'shop')}---${definition}`);
  const kubeconfig = await cluster.kubeconfigFor({ namespace: 'shop', name: 'sre-write' }, path.join(directory, 'write.kubeconfig'));
  const started: RunOptions[] = [];
  const context = clusterContext(clusterTarget(kubeconfig), {
    programs: { kubectl: findProgram('kubectl'), helm: findProgram('helm') },
    run: (options) => {
      started.push(options);
      return runProcess(options);
    },
  });
  return {
    cluster, context, started, directory,
    sent: () => started.map((one) => {
      const text = sentBy([one]);
      const versionless = text.replaceAll(/"resourceVersion":"\d+"/g, '"resourceVersion":"<as read then>"');
      return [text, versionless, versionless.replaceAll(/"uid":"[0-9a-f-]{36}"/g, '"uid":"<as it was created with>"')].join('\n');
    }).join('\n'),
    async close() {
      await cluster.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export const place = { target: 'production', namespace: 'shop' } as const;
