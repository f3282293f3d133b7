/** Between kubectl and the API server: counts writes that are real, loses their answers, or changes them as an admission webhook would. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parse, stringify } from 'yaml';

export interface ApiProxy {
  /** A kubeconfig like the other one, through the proxy. */
  kubeconfig: string;
  /** Real writes of objects whose path has this word in it: the most often that one and the same write came. */
  repeats(word: string, since: number): number;
  /** Real writes so far: method, path, hash, path with query and body, with spaces between. */
  writes(): readonly string[];
  loseAnswers(word: string): void;
  mutate(word: string): void;
  calm(word: string): void;
  close(): Promise<void>;
}

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[];
  users: { user: { token?: string } }[];
}

export async function openApiProxy(kubeconfig: string, file: string): Promise<ApiProxy> {
  const settings = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const { cluster } = settings.clusters[0] as Kubeconfig['clusters'][number];
  const upstream = new URL(cluster.server);
  const ca = Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString();
  // kubectl sends no token where there is no TLS.
  const authorization = `Bearer ${settings.users[0]?.user.token ?? ''}`;
  const writes: string[] = [];
  const [lost, mutated] = [new Set<string>(), new Set<string>()];
  const touches = (words: ReadonlySet<string>, text: string): boolean => [...words].some((word) => text.includes(word));

  const server = createServer((incoming, outgoing) => {
    const forward = (received: Buffer): void => {
      const path = incoming.url ?? '/';
      const real = isRealWrite(incoming.method ?? 'GET', path, received);
      const about = `${path} ${received.toString('utf8')}`;
      if (real) writes.push(`${incoming.method} ${path.split('?')[0]} ${createHash('sha256').update(received).digest('hex')} ${about}`);
      const body = real && touches(mutated, about) ? mutation(path, received) : received;
      const headers = { ...incoming.headers, host: upstream.host, authorization, 'content-length': String(body.length) };
      delete (headers as Record<string, unknown>)['transfer-encoding'];
      const forwarded = request({ host: upstream.hostname, port: upstream.port, path, method: incoming.method, headers, ca }, (answer) => {
        // It was done; nobody hears of it.
        if (real && touches(lost, about)) return void answer.resume().on('end', () => outgoing.destroy());
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      forwarded.on('error', () => outgoing.destroy());
      outgoing.on('close', () => forwarded.destroy());
      forwarded.end(body);
    };
    bodyOf(incoming).then(forward).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  delete cluster['certificate-authority-data'];
  cluster.server = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(file, stringify(settings), { mode: 0o600 });
  return {
    kubeconfig: file,
    writes: () => writes,
    repeats(word, since) {
      const counts = new Map<string, number>();
      for (const write of writes.slice(since).filter((one) => one.includes(word))) counts.set(write, (counts.get(write) ?? 0) + 1);
      return Math.max(0, ...counts.values());
    },
    loseAnswers: (word) => void lost.add(word),
    mutate: (word) => void mutated.add(word),
    calm(word) {
      lost.delete(word);
      mutated.delete(word);
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => { server.close(() => resolve()); });
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function isRealWrite(method: string, path: string, body: Buffer): boolean {
  if (!['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) || path.includes('authorization.k8s.io')) return false;
  return !/[?&]dryRun=All/.test(path) && !body.includes('"dryRun":["All"]');
}

/** Something that the object may well have and that nobody asked for. */
function mutation(path: string, body: Buffer): Buffer {
  // What Helm stores of a release comes as protobuf.
  if (!/^[{[]/.test(body.toString('utf8'))) return body;
  const [pointer, value]: [string, unknown] = path.includes('/deployments/') ? ['/spec/minReadySeconds', 7] : path.includes('/widgets/') ? ['/spec/injected', 7] : path.includes('/configmaps') || path.includes('/secrets') ? ['/data/INJECTED', 'eA=='] : ['/metadata/labels', { injected: 'yes' }];
  const parsed = JSON.parse(body.toString('utf8')) as unknown;
  if (Array.isArray(parsed)) return Buffer.from(JSON.stringify([...parsed, { op: 'add', path: pointer, value }]));
  const [, outer = '', inner = ''] = pointer.split('/');
  const object = parsed as Record<string, Record<string, unknown> | undefined>;
  return Buffer.from(JSON.stringify({ ...object, [outer]: { ...object[outer], [inner]: value } }));
}
