/** Just enough of a Kubernetes API on loopback for the real kubectl and helm: two lists, one object, and each way to say no. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface ApiStub {
  kubeconfig: string;
  requests: { method: string; url: string; accept: string; authorization: string }[];
  close(): Promise<void>;
}

export type Answers = (url: URL, accept: string) => { status?: number; body: unknown } | undefined;

export async function startApiStub(answers: Answers): Promise<ApiStub> {
  const requests: ApiStub['requests'] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stub');
    const accept = request.headers.accept ?? '';
    requests.push({ method: request.method ?? '', url: `${url.pathname}${url.search}`, accept, authorization: request.headers.authorization ?? '' });
    const { status = 200, body }: { status?: number; body: unknown } = answers(url, accept) ?? discovery(url) ?? failure(404, 'NotFound', 'the server could not find the requested resource');
    response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const files = kubeconfigFor(`http://127.0.0.1:${port}`);
  return {
    requests,
    kubeconfig: files.kubeconfig,
    async close() {
      files.remove();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function kubeconfigFor(server: string): { kubeconfig: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'sre-agent-kubeconfig-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'other',
    clusters: [{ name: 'stub', cluster: { server } }, { name: 'other', cluster: { server: 'http://127.0.0.1:9' } }],
    users: [{ name: 'reader', user: {} }],
    contexts: [{ name: 'stub', context: { cluster: 'stub', user: 'reader' } }, { name: 'other', context: { cluster: 'other', user: 'reader' } }],
  }));
  return { kubeconfig, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function failure(code: number, reason: string, message: string, details: object = {}): { status: number; body: unknown } {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code } };
}

function discovery({ pathname }: URL): { body: unknown } | undefined {
  const resource = (name: string, kind: string, namespaced = true): unknown => ({ name, singularName: name.slice(0, -1), namespaced, kind, verbs: ['get', 'list'] });
  if (pathname === '/version') return { body: { major: '1', minor: '32', gitVersion: 'v1.32.4' } };
  if (pathname === '/api') return { body: { kind: 'APIVersions', versions: ['v1'] } };
  if (pathname === '/apis') return { body: { kind: 'APIGroupList', apiVersion: 'v1', groups: [] } };
  if (pathname === '/api/v1') return { body: { kind: 'APIResourceList', groupVersion: 'v1', resources: [resource('pods', 'Pod'), resource('events', 'Event'), resource('secrets', 'Secret'), resource('configmaps', 'ConfigMap'), resource('nodes', 'Node', false), { ...(resource('pods/log', 'Pod') as object), name: 'pods/log' }] } };
  return undefined;
}
