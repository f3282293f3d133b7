/** A Corefile and a Helm release on the playground cluster, for the matrix of faults. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Cluster } from '../../../playground/cluster/cluster.ts';
import { helmEnvironment, privateHome } from '../../../src/process/environment.ts';
import { runProcess } from '../../../src/process/run.ts';
import { until } from '../changes.ts';
import { findProgram } from '../requirements.ts';

export const corefile = (zone = 'cluster.local', seconds = 30): string => `.:53 {\n    errors\n    ready\n    kubernetes ${zone} in-addr.arpa ip6.arpa {\n       pods insecure\n    }\n    forward . /etc/resolv.conf\n    cache ${seconds}\n    loop\n    reload\n}\n`;

const dns = { name: 'coredns', namespace: 'kube-system' };
const container = { name: 'web', image: 'registry.local/busybox:1', command: ['sleep', '100000'] };

export function writeCorefile(cluster: Cluster, text: string): void {
  cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: dns, data: { Corefile: text } }));
}

/** Pods that are ready and wear the label of CoreDNS; they answer nobody. */
export async function startDns(cluster: Cluster): Promise<void> {
  const labels = { 'k8s-app': 'kube-dns' };
  cluster.apply(JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: dns, spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } } } }));
  await until(async () => cluster.client.get('deployments.apps', dns.namespace, dns.name)?.status?.readyReplicas === 1, 'the pods of CoreDNS are ready', 90_000);
}

async function helm(cluster: Cluster, ...argv: string[]): Promise<void> {
  const ended = await runProcess({ file: findProgram('helm') ?? '', argv: [...argv, '-n', 'shop', `--kubeconfig=${cluster.adminKubeconfig}`], environment: helmEnvironment(privateHome(), cluster.adminKubeconfig), timeoutMilliseconds: 60_000, maxBytes: 1_000_000 });
  if (ended.exitCode !== 0) throw new Error(ended.stderr);
}

const folderOf = (cluster: Cluster, name: string): string => path.join(path.dirname(cluster.adminKubeconfig), `chart-${name}`);

/** Two revisions of a release: level info, then level debug. */
export async function installRelease(name: string, cluster: Cluster): Promise<void> {
  const folder = folderOf(cluster, name);
  mkdirSync(path.join(folder, 'templates'), { recursive: true });
  writeFileSync(path.join(folder, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
  writeFileSync(path.join(folder, 'values.yaml'), 'level: info\n');
  writeFileSync(path.join(folder, 'templates', 'all.yaml'), `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { LEVEL: '{{ .Values.level }}' }\n`);
  await helm(cluster, 'install', name, folder);
  await helm(cluster, 'upgrade', name, folder, '--set', 'level=debug');
}

export const upgradeRelease = (name: string, cluster: Cluster): Promise<void> => helm(cluster, 'upgrade', name, folderOf(cluster, name), '--set', 'level=warn');

/** How often one and the same upgrade or rollback of a release was begun: each stores a revision of its own, which says what it is. */
export function helmRuns(writes: readonly string[], name: string, says: RegExp): number {
  return writes.filter((write) => {
    if (!write.startsWith('POST ') || !write.includes(`sh.helm.release.v1.${name}.v`)) return false;
    // Base64 of gzip, in a body that is protobuf.
    const [packed] = /H4sI[\w+/]+=*/.exec(write) ?? [];
    return packed !== undefined && says.test((JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as { info: { description: string } }).info.description);
  }).length;
}
