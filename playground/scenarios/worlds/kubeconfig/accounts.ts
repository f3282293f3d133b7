/** Kubeconfigs of service accounts: what agents get instead of the administrator's. */
import { writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { Kubectl } from './kubectl.ts';

interface Kubeconfig {
  clusters?: { name: string; cluster: Record<string, unknown> }[];
}

/** With a token for two hours, written for its owner alone. The account must exist. */
export async function kubeconfigOf(kubectl: Kubectl, account: { namespace: string; name: string }, file: string): Promise<string> {
  const [token, view] = await Promise.all([
    kubectl(['create', 'token', account.name, '--namespace', account.namespace, '--duration', '2h']),
    // Certificates as data, so that the file stands alone.
    kubectl(['config', 'view', '--minify', '--flatten', '--raw', '--output', 'yaml']),
  ]);
  const cluster = (parse(view) as Kubeconfig).clusters?.[0]?.cluster;
  if (!cluster) throw new Error(`${kubectl.kubeconfig} names no cluster for its current context: choose one with kubectl config use-context.`);
  await writeFile(file, stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': account.name,
    clusters: [{ name: 'cluster', cluster }],
    contexts: [{ name: account.name, context: { cluster: 'cluster', user: account.name } }],
    users: [{ name: account.name, user: { token: token.trim() } }],
  }), { mode: 0o600 });
  return file;
}
