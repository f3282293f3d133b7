/** HTTPS to a playground cluster with what its kubeconfig says. */
import { readFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { parse } from 'yaml';

export interface Api {
  /** The answer's length in bytes, once all of it came. Throws for anything but 2xx. */
  call(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<number>;
  /** A watch: `line` for each event. Resolves when it follows. */
  watch(path: string, line: (text: string) => void): Promise<ClientRequest>;
  close(): void;
}

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
}

export async function connectApi(kubeconfig: string): Promise<Api> {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  const { server = '', 'certificate-authority-data': authority = '' } = clusters[0]?.cluster ?? {};
  const agent = new Agent({ ca: Buffer.from(authority, 'base64'), keepAlive: true });
  const open = (method: string, path: string, headers: Record<string, string>): ClientRequest => httpsRequest(`${server}${path}`, {
    method, agent, headers: { authorization: `Bearer ${users[0]?.user.token ?? ''}`, 'user-agent': 'bench', ...headers },
  });
  return {
    call: (method, path, body, headers = {}) => new Promise((resolve, reject) => {
      const request = open(method, path, body === undefined ? headers : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...headers });
      request.on('error', reject);
      request.on('response', (response: IncomingMessage) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => (bytes += chunk.length));
        response.on('end', () => ((response.statusCode ?? 500) < 300 ? resolve(bytes) : reject(new Error(`${method} ${path}: ${response.statusCode}`))));
      });
      request.end(body);
    }),
    watch: (path, line) => new Promise((resolve, reject) => {
      const request = open('GET', path, {});
      request.on('error', reject);
      request.on('response', (response: IncomingMessage) => {
        let rest = '';
        response.setEncoding('utf8');
        response.on('error', () => undefined);
        response.on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const each of lines) line(each);
        });
        resolve(request);
      });
      request.end();
    }),
    close: () => agent.destroy(),
  };
}
