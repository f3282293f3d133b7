/** pods/exec and pods/attach over WebSockets: one channel per stream, the outcome in a channel of its own. */
import type { IncomingMessage } from 'node:http';
import { PassThrough, Writable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Authorizer, UserInfo } from '../../access/user.ts';
import type { PodRuntime } from '../../kubelet/runtime.ts';
import type { ObjectOf } from '../../objects/object.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError, badRequest, notFound } from '../status.ts';
import { containerOf } from '../subresources/container.ts';
import type { Verbs } from '../verbs.ts';
import { authenticate, demandResource } from './access.ts';
import { routeOf } from './route.ts';

const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 };

export interface UpgradeParts {
  machinery: Machinery;
  verbs: Verbs;
  authorizer: Authorizer;
  runtime: PodRuntime;
  verifyToken(token: string): UserInfo | undefined;
  log(line: string): void;
}

interface Session {
  pod: ObjectOf<'pods'>;
  container: string;
  attach: boolean;
  query: URLSearchParams;
}

export function createUpgrade(parts: UpgradeParts): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false });
  return (request, socket, head) => {
    try {
      const session = sessionOf(parts, request);
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        serve(parts, session, webSocket).catch((error: unknown) => {
          parts.log(`exec: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
          webSocket.close();
        });
      });
    } catch (error) {
      const status = error instanceof StatusError ? error.status : { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: String(error), code: 500 };
      const body = JSON.stringify(status);
      socket.end(`HTTP/1.1 ${status.code} ${status.reason ?? 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
    }
  };
}

/** Who, what, may they: everything that can be refused before the connection changes hands. */
function sessionOf({ machinery, verbs, authorizer, verifyToken }: UpgradeParts, request: IncomingMessage): Session {
  const url = new URL(request.url ?? '/', 'https://cluster');
  const user = authenticate(request, verifyToken, authorizer);
  const route = routeOf(url.pathname, machinery.registry);
  const door = route?.subresource?.name;
  if (route === undefined || route.definition.plural !== 'pods' || door === undefined) throw notFound({ group: '', plural: 'pods' }, '');
  demandResource(authorizer, user, route, request.method === 'POST' ? 'create' : 'get');
  demandResource(authorizer, user, route, 'create');
  const pod = verbs.get(route) as ObjectOf<'pods'>;
  if (door !== 'exec' && door !== 'attach') throw badRequest(`${door} is not offered by the playground cluster`);
  if (door === 'exec' && url.searchParams.getAll('command').length === 0) throw badRequest('you must specify at least one command for the container');
  if (['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')) {
    throw new StatusError({ code: 400, reason: 'BadRequest', message: `cannot exec into a container in a completed pod; current phase is ${pod.status?.phase ?? ''}` });
  }
  if ((pod.spec?.nodeName ?? '') === '') throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  const container = containerOf(pod, url.searchParams.get('container'));
  if ((request.headers.upgrade ?? '').toLowerCase() !== 'websocket') throw badRequest('only WebSocket connections are offered: use a newer kubectl');
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  if (!offered.some((protocol) => protocols.includes(protocol))) throw badRequest(`none of the protocols is known: ${offered.join(', ')}`);
  return { pod, container, attach: door === 'attach', query: url.searchParams };
}

async function serve({ runtime }: UpgradeParts, { pod, container, attach, query }: Session, webSocket: WebSocket): Promise<void> {
  const gone = new AbortController();
  const stdin = wants(query, 'stdin') && !attach ? new PassThrough() : undefined;
  webSocket.on('close', () => gone.abort());
  webSocket.on('error', () => gone.abort());
  webSocket.on('message', (data: Buffer) => {
    const [first, ...rest] = data;
    if (first === channel.stdin) stdin?.write(data.subarray(1));
    // Version 5 says so when an input ends.
    if (first === channel.close && rest[0] === channel.stdin) stdin?.end();
  });
  stdin?.on('error', () => undefined);
  const to = (number: number): Writable => new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (webSocket.readyState !== webSocket.OPEN) return done();
      webSocket.send(Buffer.concat([Buffer.from([number]), chunk]), () => done());
    },
  });
  const stdout = to(channel.stdout);
  const stderr = wants(query, 'tty') ? stdout : to(channel.stderr);
  const outcome = await settle(async () => {
    if (attach) {
      await runtime.logs(pod, container, { follow: true, previous: false, timestamps: false, tailLines: 0 }, stdout, gone.signal);
      return 0;
    }
    return runtime.exec(pod, container, query.getAll('command'), { ...(stdin === undefined ? {} : { stdin }), stdout, stderr }, gone.signal);
  });
  await Promise.all([...new Set([stdout, stderr])].map((stream) => new Promise<void>((resolve) => stream.end(resolve))));
  if (webSocket.readyState !== webSocket.OPEN) return;
  webSocket.send(Buffer.concat([Buffer.from([channel.error]), Buffer.from(JSON.stringify(outcome))]), () => webSocket.close(1000));
}

const wants = (query: URLSearchParams, name: string): boolean => query.get(name) === 'true' || query.get(name) === '1';

async function settle(run: () => Promise<number>): Promise<unknown> {
  try {
    const code = await run();
    if (code === 0) return { metadata: {}, status: 'Success' };
    return {
      metadata: {}, status: 'Failure', reason: 'NonZeroExitCode', message: `command terminated with non-zero exit code: exit status ${code}`,
      details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
    };
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    const message = error instanceof Error ? error.message : String(error);
    return { metadata: {}, status: 'Failure', reason: 'InternalError', message: `Internal error occurred: ${message}`, details: { causes: [{ message }] }, code: 500 };
  }
}
