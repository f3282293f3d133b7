/** HTTP and TCP as kubelets ask: with Go's words for what goes wrong. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { ObjectOf } from '../../objects/object.ts';
import type { HTTPGetAction } from '../../objects/types.ts';

const longestBody = 10 * 1_024;

/** Undefined when a name belongs to no port. */
export function portOf(port: number | string, pod: ObjectOf<'pods'>, containerName?: string): number | undefined {
  if (typeof port === 'number' || /^\d+$/.test(port)) return Number(port);
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].filter(({ name }) => containerName === undefined || name === containerName);
  return containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === port)?.containerPort;
}

export type Locate = (address: string, port: number) => { address: string; port: number };

/** `address`: the pod's, unless the action names another host. */
export function httpGet(action: HTTPGetAction, address: string, port: number | undefined, timeout: number, locate: Locate): Promise<{ status?: number; problem?: string }> {
  if (port === undefined) return Promise.resolve({ problem: `couldn't find port: ${action.port}` });
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const path = action.path === undefined || action.path === '' ? '/' : action.path.startsWith('/') ? action.path : `/${action.path}`;
  const host = action.host === undefined || action.host === '' ? address : action.host;
  const url = `${scheme}://${host}:${port}${path}`;
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const real = locate(host, port);
  return new Promise((resolve) => {
    const request = (scheme === 'https' ? httpsRequest : httpRequest)(
      { host: real.address, port: real.port, path, method: 'GET', agent: false, rejectUnauthorized: false, headers: { 'User-Agent': 'kube-probe/1.36', Accept: '*/*', Connection: 'close', Host: `${host}:${port}`, ...headers } },
      (response) => {
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > longestBody) response.destroy();
        });
        response.on('close', () => done({ status: response.statusCode ?? 0 }));
        response.on('error', () => undefined);
      },
    );
    const timer = setTimeout(() => {
      const connecting = request.socket?.connecting ?? true;
      done({ problem: `Get "${url}": ${connecting ? `dial tcp ${host}:${port}: i/o timeout (Client.Timeout exceeded while awaiting headers)` : 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'}` });
      request.destroy();
    }, timeout);
    const done = (answer: { status?: number; problem?: string }): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    request.on('error', (error: NodeJS.ErrnoException) => done({ problem: `Get "${url}": ${goError(error, host, port)}` }));
    request.end();
  });
}

/** Undefined when a connection was made. */
export function tcpOpen(host: string, port: number | undefined, timeout: number, locate: Locate): Promise<string | undefined> {
  if (port === undefined) return Promise.resolve("couldn't find port");
  return new Promise((resolve) => {
    const real = locate(host, port);
    const socket = connect({ host: real.address, port: real.port });
    const done = (problem: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(problem);
    };
    const timer = setTimeout(() => done(`dial tcp ${host}:${port}: i/o timeout`), timeout);
    socket.once('connect', () => done(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => done(goError(error, host, port)));
  });
}

function goError(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`;
  if (error.code === 'ECONNRESET') return error.message.includes('socket hang up') ? 'EOF' : `read tcp ${host}:${port}: read: connection reset by peer`;
  if (error.code === 'EHOSTUNREACH') return `dial tcp ${host}:${port}: connect: no route to host`;
  if (error.code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`;
  return error.code?.startsWith('HPE_') === true ? `net/http: HTTP/1.x transport connection broken: malformed HTTP response` : error.message;
}
