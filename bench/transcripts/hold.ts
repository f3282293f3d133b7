/** Starts a playground cluster and holds it against one folder of transcripts. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { busyboxImages } from '../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../playground/cluster/start.ts';
import { compareTranscripts } from './compare.ts';
import type { Comparison } from './compare.ts';

export interface HoldSettings {
  folder: string;
  /** Path of the program. */
  kubectl: string;
  /** Back-offs run so many times as fast as on the recorded cluster. */
  speed: number;
  progress?: (comparison: Comparison) => void;
  listed?: (comparison: Comparison) => boolean;
  patienceMilliseconds?: number;
}

/** An account that the recording made just before it asked as it. */
const reader = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: reader, namespace: shop}]
`;

export async function holdAgainstTranscripts({ folder, kubectl, speed, ...comparison }: HoldSettings): Promise<Comparison[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sre-agent-transcripts-'));
  const cluster = await startCluster({ directory, port: 0, images: busyboxImages(), nodes: [{ name: 'node1' }], timing: { speed }, bare: true });
  try {
    cluster.apply('apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n');
    const { token, certificateAuthority } = credentials(await readFile(cluster.adminKubeconfig, 'utf8'));
    const readerToken = async (): Promise<string> => {
      cluster.apply(reader);
      return credentials(await readFile(await cluster.kubeconfigFor({ namespace: 'shop', name: 'reader' }, join(directory, 'reader.yaml')), 'utf8')).token;
    };
    return await compareTranscripts(folder, { cluster, kubectl, readerToken, adminToken: token, certificateAuthority, ...comparison });
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Kubeconfig {
  clusters: { cluster: { 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
}

function credentials(text: string): { token: string; certificateAuthority: string } {
  const { clusters, users } = parse(text) as Kubeconfig;
  return { token: users[0]?.user.token ?? '', certificateAuthority: Buffer.from(clusters[0]?.cluster['certificate-authority-data'] ?? '', 'base64').toString('utf8') };
}
