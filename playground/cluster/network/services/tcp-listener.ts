/** One TCP port of a service: accepts, asks the policies, connects to an endpoint as the client that came. */
import net from 'node:net';
import { createChooser } from './choose-backend.ts';
import type { ServicePort } from './service-ports.ts';
import type { Listener, ProxyParts } from './service-proxy.ts';

/** How long a forbidden connection hangs before it is given up. */
const droppedMilliseconds = 130_000;

export async function listenTcp(parts: ProxyParts, current: () => ServicePort): Promise<Listener> {
  const { relocation } = parts;
  const chooser = createChooser();
  const sockets = new Set<net.Socket>();
  const { address, port } = current();
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    keep(sockets, socket);
    forward(parts, current(), chooser.choose(current(), socket.remoteAddress ?? ''), socket, sockets);
  });
  const moves = relocation.needed(port);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: relocation.bindAddress(address), port: moves ? 0 : port }, resolve);
  });
  server.on('error', () => undefined);
  const bound = server.address();
  if (moves && typeof bound === 'object' && bound !== null) relocation.record(address, port, bound.port);
  return {
    close: async () => {
      if (moves) relocation.forget(address, port);
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function forward({ policies, pods, relocation }: ProxyParts, service: ServicePort, backend: { address: string; port: number } | undefined, socket: net.Socket, sockets: Set<net.Socket>): void {
  if (backend === undefined) return void socket.resetAndDestroy();
  const from = pods.get(socket.remoteAddress ?? '');
  const to = pods.get(backend.address);
  if (!policies.allows({ from, to, toAddress: backend.address, port: backend.port, protocol: service.protocol })) {
    socket.resume();
    socket.on('data', () => undefined);
    socket.setTimeout(droppedMilliseconds, () => socket.destroy());
    return;
  }
  const place = relocation.locate(backend.address, backend.port);
  // The endpoint sees the client's own address, as behind kube-proxy.
  const source = from?.status?.podIP !== undefined && relocation.bindAddress(from.status.podIP) === from.status.podIP ? { localAddress: from.status.podIP } : {};
  const upstream = net.connect({ host: place.address, port: place.port, allowHalfOpen: true, ...source });
  keep(sockets, upstream);
  upstream.once('connect', () => {
    socket.pipe(upstream);
    upstream.pipe(socket);
  });
  upstream.once('error', () => socket.resetAndDestroy());
  upstream.once('close', () => socket.destroySoon());
  socket.once('error', () => upstream.resetAndDestroy());
  socket.once('close', () => upstream.destroySoon());
}

function keep(sockets: Set<net.Socket>, socket: net.Socket): void {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => sockets.delete(socket));
}
