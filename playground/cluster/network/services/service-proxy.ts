/**
 * Services behind their addresses. One listener per address and port while there are endpoints; none, and so a refused
 * connection, while there are none. A connection that a NetworkPolicy forbids is left hanging, as dropped packets are.
 * Seen from a client it differs from a real one in two ways: a dropped connection is accepted first, and an endpoint that
 * refuses shows as a reset. Connections straight to a pod's address don't pass here and no policy stops them.
 */
import type { ClusterClient } from '../../client.ts';
import type { NetworkPolicies } from '../policies.ts';
import type { PodsByAddress } from '../pods-by-address.ts';
import type { Relocation } from '../relocation.ts';
import { servicePorts } from './service-ports.ts';
import type { ServicePort } from './service-ports.ts';
import { listenTcp } from './tcp-listener.ts';
import { listenUdp } from './udp-listener.ts';

export interface ProxyParts {
  client: ClusterClient;
  relocation: Relocation;
  pods: PodsByAddress;
  policies: NetworkPolicies;
  /** Of the n-th node, for node ports. */
  nodeAddress(index: number): string;
  log(line: string): void;
}

export interface Listener {
  close(): Promise<void>;
}

export interface ServiceProxy {
  stop(): Promise<void>;
}

export function startServiceProxy(parts: ProxyParts): ServiceProxy {
  const { client, log, nodeAddress } = parts;
  const listeners = new Map<string, { current: () => ServicePort; set: (port: ServicePort) => void; listener: Promise<Listener | undefined> }>();
  let scheduled = false;
  let stopped = false;

  const open = (port: ServicePort): void => {
    let state = port;
    const current = () => state;
    const listen = port.protocol === 'TCP' ? listenTcp : listenUdp;
    const listener = listen(parts, current).catch((error: unknown) => {
      log(`proxy: ${port.name} can't listen on ${port.address}:${port.port}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    });
    listeners.set(port.key, { current, set: (next) => { state = next; }, listener });
  };
  const synchronise = (): void => {
    scheduled = false;
    if (stopped) return;
    const nodes = client.list('nodes').map((_node, index) => nodeAddress(index));
    const wanted = new Map(servicePorts(client.list('services'), client.list('endpointslices.discovery.k8s.io'), nodes).map((port) => [port.key, port]));
    for (const [key, port] of wanted) {
      const present = listeners.get(key);
      if (present !== undefined) present.set(port);
      else if (port.backends.length > 0) open(port);
    }
    for (const [key, { listener }] of listeners) {
      if ((wanted.get(key)?.backends.length ?? 0) > 0) continue;
      listeners.delete(key);
      void closeWhenOpen(listener);
    }
  };
  const schedule = (): void => {
    if (scheduled || stopped) return;
    scheduled = true;
    setImmediate(synchronise);
  };
  const handler = { added: schedule, modified: schedule, deleted: schedule };
  const watches = [client.watch('services', handler), client.watch('endpointslices.discovery.k8s.io', handler), client.watch('nodes', { added: schedule, deleted: schedule })];
  return {
    stop: async () => {
      stopped = true;
      for (const end of watches) end();
      await Promise.all([...listeners.values()].map(({ listener }) => closeWhenOpen(listener)));
      listeners.clear();
    },
  };
}

async function closeWhenOpen(listener: Promise<Listener | undefined>): Promise<void> {
  await (await listener)?.close();
}
