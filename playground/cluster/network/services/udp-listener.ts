/** One UDP port of a service: a socket towards the endpoint for each client, for as long as they talk. */
import dgram from 'node:dgram';
import { createChooser } from './choose-backend.ts';
import type { ServicePort } from './service-ports.ts';
import type { Listener, ProxyParts } from './service-proxy.ts';

const idleMilliseconds = 30_000;
const manyClients = 2_000;

export async function listenUdp(parts: ProxyParts, current: () => ServicePort): Promise<Listener> {
  const { relocation, policies, pods } = parts;
  const chooser = createChooser();
  const { address, port } = current();
  const moves = relocation.needed(port);
  const server = dgram.createSocket('udp4');
  const clients = new Map<string, { upstream: dgram.Socket; timer: NodeJS.Timeout }>();

  const end = (key: string): void => {
    const client = clients.get(key);
    clients.delete(key);
    clearTimeout(client?.timer);
    client?.upstream.close();
  };
  server.on('message', (message, client) => {
    const key = `${client.address}:${client.port}`;
    const known = clients.get(key);
    if (known !== undefined) {
      known.timer.refresh();
      known.upstream.send(message);
      return;
    }
    const service = current();
    const backend = chooser.choose(service, client.address);
    if (backend === undefined || clients.size >= manyClients) return;
    if (!policies.allows({ from: pods.get(client.address), to: pods.get(backend.address), toAddress: backend.address, port: backend.port, protocol: 'UDP' })) return;
    const place = relocation.locate(backend.address, backend.port, 'UDP');
    const upstream = dgram.createSocket('udp4');
    upstream.on('error', () => end(key));
    upstream.on('message', (answer) => server.send(answer, client.port, client.address));
    const timer = setTimeout(() => end(key), idleMilliseconds);
    timer.unref();
    clients.set(key, { upstream, timer });
    upstream.connect(place.port, place.address, () => clients.has(key) && upstream.send(message));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.bind({ address: relocation.bindAddress(address), port: moves ? 0 : port }, resolve);
  });
  server.on('error', () => undefined);
  if (moves) relocation.record(address, port, server.address().port, 'UDP');
  return {
    close: async () => {
      if (moves) relocation.forget(address, port, 'UDP');
      for (const key of clients.keys()) end(key);
      await new Promise<void>((resolve) => { server.close(resolve); });
    },
  };
}
