/** The Kubernetes API from inside a pod: service account token, JSON, watch. */
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { createInterface } from 'node:readline';
import type { Environment } from './environment.ts';

export interface KubernetesObject {
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion?: string; generation?: number };
  [field: string]: unknown;
}

export interface Kubernetes {
  namespace: string;
  get(path: string): Promise<KubernetesObject | undefined>;
  list(path: string): Promise<{ items: KubernetesObject[]; resourceVersion: string }>;
  post(path: string, body: unknown): Promise<KubernetesObject>;
  put(path: string, body: unknown): Promise<KubernetesObject>;
  mergePatch(path: string, body: unknown): Promise<KubernetesObject>;
  /** Server-side apply that takes over fields of others. */
  apply(path: string, manager: string, body: unknown): Promise<KubernetesObject>;
  /** Resolves when the server ends the stream; throws KubernetesError, or what an aborted request throws. */
  watch(path: string, resourceVersion: string, onEvent: (type: string) => void, signal: AbortSignal): Promise<void>;
}

export class KubernetesError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
const timeoutMilliseconds = 10_000;
const watchSeconds = 300;

/** `SERVICE_ACCOUNT_DIRECTORY` is for running it outside a pod. */
export function connectKubernetes(environment: Environment): Kubernetes {
  const directory = environment.text('SERVICE_ACCOUNT_DIRECTORY', mounted);
  const authority = readFileSync(`${directory}/ca.crt`);
  const agent = new https.Agent({ keepAlive: true, ca: authority, maxSockets: 4 });
  const host = environment.text('KUBERNETES_SERVICE_HOST');
  const port = environment.integer('KUBERNETES_SERVICE_PORT', { minimum: 1, maximum: 65_535 });
  // Tokens are replaced while we run: read it each time.
  const headers = (type?: string): Record<string, string> => ({
    authorization: `Bearer ${readFileSync(`${directory}/token`, 'utf8').trim()}`, accept: 'application/json', ...(type === undefined ? {} : { 'content-type': type }),
  });

  const send = async (method: string, path: string, body?: unknown, type = 'application/json'): Promise<unknown> => {
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const request = https.request({ host, port, path, method, agent, headers: headers(payload === undefined ? undefined : type), timeout: timeoutMilliseconds }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
      });
      request.on('timeout', () => request.destroy(Object.assign(new Error('the Kubernetes API did not answer'), { code: 'ETIMEDOUT' })));
      request.on('error', reject);
      request.end(payload);
    });
    if (status >= 400) throw problem(status, text);
    return JSON.parse(text);
  };

  return {
    namespace: readFileSync(`${directory}/namespace`, 'utf8').trim(),
    get: (path) => send('GET', path).then((object) => object as KubernetesObject, (error: unknown) => {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    }),
    list: async (path) => {
      const list = await send('GET', path) as { items: KubernetesObject[]; metadata: { resourceVersion: string } };
      return { items: list.items, resourceVersion: list.metadata.resourceVersion };
    },
    post: async (path, body) => await send('POST', path, body) as KubernetesObject,
    put: async (path, body) => await send('PUT', path, body) as KubernetesObject,
    mergePatch: async (path, body) => await send('PATCH', path, body, 'application/merge-patch+json') as KubernetesObject,
    apply: async (path, manager, body) => await send('PATCH', `${path}?fieldManager=${manager}&force=true`, body, 'application/apply-patch+yaml') as KubernetesObject,
    watch: (path, resourceVersion, onEvent, signal) => new Promise((resolve, reject) => {
      const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${watchSeconds}&resourceVersion=${resourceVersion}`;
      const request = https.request({ host, port, path: `${path}?${query}`, headers: headers(), ca: authority, agent: false, signal }, (response) => {
        if (response.statusCode !== 200) {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => reject(problem(response.statusCode ?? 0, text)));
          return;
        }
        const lines = createInterface({ input: response });
        // It passes the response's errors on, under Node 20 as its own.
        response.on('error', reject);
        lines.on('error', reject);
        lines.on('line', (line) => {
          const { type, object } = JSON.parse(line) as { type: string; object: KubernetesObject };
          if (type === 'ERROR') request.destroy(problem(Number(object['code']), JSON.stringify(object)));
          else onEvent(type);
        });
        lines.on('close', resolve);
      });
      request.on('error', reject);
      request.end();
    }),
  };
}

function problem(status: number, text: string): KubernetesError {
  try {
    const { message, reason } = JSON.parse(text) as { message?: string; reason?: string };
    return new KubernetesError(status, reason ?? String(status), message ?? text);
  } catch {
    return new KubernetesError(status, String(status), text.slice(0, 300));
  }
}
