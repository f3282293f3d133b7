/** Runs one recorded command with real kubectl, or one recorded request, on a cluster that has the recording's manifests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import type { Cluster } from '../../playground/cluster/cluster.ts';
import { words } from './parse.ts';
import type { Recorded } from './parse.ts';

export interface RunnerSettings {
  cluster: Cluster;
  /** Path of the program. */
  kubectl: string;
  /** With manifests.yaml in it. */
  folder: string;
  /** Makes the account `reader` in the recording's namespace and gives its bearer token. */
  readerToken(): Promise<string>;
  /** Bearer token and CA for raw requests. */
  adminToken: string;
  certificateAuthority: string;
}

const conflicting = JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'checkout', namespace: 'shop' }, spec: { replicas: 5 } });

export function createRunner({ cluster, kubectl, folder, readerToken, adminToken, certificateAuthority }: RunnerSettings) {
  const known = new Map<string, string>();
  let readerTokenKept: string | undefined;
  let runs = 0;
  /** Both streams go to one file, so that their lines keep the order they were written in. */
  const run = async (line: string[], input = ''): Promise<{ output: string; code: number }> => {
    runs += 1;
    const path = join(cluster.adminKubeconfig, '..', `output-${runs}`);
    const file = await open(path, 'a+');
    try {
      const child = spawn(kubectl, line, {
        cwd: folder, stdio: ['pipe', file.fd, file.fd], env: { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: cluster.adminKubeconfig, KUBECACHEDIR: join(cluster.adminKubeconfig, '..', 'cache') },
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
      const [code] = (await once(child, 'exit')) as [number | null];
      return { output: await readFile(path, 'utf8'), code: code ?? 1 };
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  };
  const here = (word: string): string => word.replace(/\b([a-z]+(?:-[a-z]+)*)-[a-z0-9]{8,10}-[a-z0-9]{5}\b/g, (name, base: string) => livePod(cluster, known, name, base));

  return {
    prepare: async () => {
      const { output, code } = await run(['apply', '-f', 'manifests.yaml']);
      if (code !== 0) throw new Error(`manifests.yaml was refused: ${output}`);
    },
    run: async (recorded: Recorded): Promise<{ output: string; code: number }> => {
      if (recorded.kind === 'command') {
        const token = recorded.line.includes('TOKEN') ? (readerTokenKept ??= await readerToken()) : '';
        const line = words(recorded.line).map((word) => here(word).replace('--token=TOKEN', `--token=${token}`));
        return run(line, recorded.line.endsWith('-f -') ? conflicting : '');
      }
      return request(recorded.line, { url: cluster.url, token: adminToken, certificateAuthority });
    },
  };
}

/** The pod here that stands for a recorded one: of the same owner, always the same one while it lives. */
function livePod(cluster: Cluster, known: Map<string, string>, recorded: string, base: string): string {
  const pods = cluster.client.list('pods').map(({ metadata }) => metadata.name).filter((name) => name.startsWith(`${base}-`)).toSorted();
  const kept = known.get(recorded);
  if (kept !== undefined && pods.includes(kept)) return kept;
  const found = pods.find((name) => ![...known.values()].includes(name)) ?? pods[0] ?? recorded;
  known.set(recorded, found);
  return found;
}

function request(line: string, { url, token, certificateAuthority }: { url: string; token: string; certificateAuthority: string }): Promise<{ output: string; code: number }> {
  const method = /-X (\w+)/.exec(line)?.[1] ?? 'GET';
  const body = /-d (\{.*\}) \//.exec(line)?.[1];
  const path = /(\/\S*)$/.exec(line)?.[1] ?? '/';
  const headers = Object.fromEntries([...line.matchAll(/-H ([\w-]+): (.*?)(?= -[A-Zd] | \/)/g)].map(([, name = '', value = '']) => [name.toLowerCase(), value]));
  return new Promise((resolve, reject) => {
    const call = https.request(`${url}${path}`, { method, ca: certificateAuthority, headers: { ...headers, 'user-agent': 'curl/7.88.1', authorization: `Bearer ${token}` } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ output: Buffer.concat(chunks).toString('utf8').trim(), code: response.statusCode ?? 0 }));
    });
    call.on('error', reject);
    call.end(body);
  });
}
