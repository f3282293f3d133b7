/**
 * Where a cluster's addresses are. Linux owns all of 127.0.0.0/8, so that every pod and service gets an address of its
 * own on which every port works, without privileges.
 */
import net from 'node:net';
import { anybodyListens, shareNote } from './left-over.ts';
import { addressMode } from './relocation.ts';

/** One cluster's share. Several clusters run beside each other on one machine, each with another `index` (0 to 31). */
export interface ClusterAddresses {
  index: number;
  /** Second bytes, for createAddressPool. */
  pods: number;
  services: number;
  podNetwork: string;
  serviceNetwork: string;
  node(index: number): string;
  /** `kubernetes.default`. */
  apiService: string;
  /** `kube-dns.kube-system`, port 53: what resolv.conf of pods names. */
  dnsService: string;
  /** Where ingresses answer, on ingressPort. */
  ingress: string;
}

export const ingressPort = 8080;

export function clusterAddresses(index: number): ClusterAddresses {
  const [services, pods, nodes] = [96 + index, 208 + index, secondOfNodes(index)];
  return {
    index, pods, services, podNetwork: `127.${pods}.0.0/16`, serviceNetwork: `127.${services}.0.0/16`, node: (node) => `127.${nodes}.0.${2 + node}`,
    apiService: `127.${services}.0.1`, dnsService: `127.${services}.0.10`, ingress: `127.${nodes}.1.10`,
  };
}

const secondOfNodes = (index: number): number => 160 + index;
const claimPort = 16_443;
const shares = 32;

/**
 * A share that no other cluster on this machine has, until it is released or the process ends. What the last cluster that
 * had it left running is ended; a share in which somebody still listens is passed over.
 * @param directory the cluster's, where it is to be found should it be killed
 */
export async function claimAddresses(directory?: string): Promise<{ addresses: ClusterAddresses; release(): Promise<void> }> {
  if (addressMode() === 'ports') return { addresses: clusterAddresses(0), release: async () => undefined };
  for (let index = 0; index < shares; index += 1) {
    const claim = await claimShare(index);
    if (claim === undefined) continue;
    const addresses = clusterAddresses(index);
    const note = shareNote(index);
    await note.clear(directory);
    if (anybodyListens([addresses.pods, addresses.services, secondOfNodes(index)], claimPort)) {
      await claim();
      continue;
    }
    if (directory === undefined) note.remove();
    else note.write(directory);
    return { addresses, release: async () => { note.remove(); await claim(); } };
  }
  throw new Error(`All ${shares} shares of the loopback network are taken: stop a playground cluster that still runs.`);
}

/** Gives it back; undefined when somebody has it. */
async function claimShare(index: number): Promise<(() => Promise<void>) | undefined> {
  const server = net.createServer((socket) => socket.destroy());
  const claimed = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: `127.${secondOfNodes(index)}.255.254`, port: claimPort, exclusive: true }, () => resolve(true));
  });
  server.unref();
  return claimed ? () => new Promise((resolve) => { server.close(() => resolve()); }) : undefined;
}

/** Hands out addresses of 127.<second>.0.0/16 in turn, from .0.20 on; one that was released comes back last. */
export interface AddressPool {
  take(): string;
  /** Undefined when it is outside the network or taken. */
  takeExact(address: string): string | undefined;
  release(address: string): void;
}

export function createAddressPool(second: number): AddressPool {
  const taken = new Set<string>();
  let next = 20;
  const at = (index: number): string => `127.${second}.${index >> 8}.${index & 255}`;
  return {
    take: () => {
      for (let tries = 0; tries < 65_536; tries += 1) {
        const address = at(next);
        next = next >= 65_000 ? 20 : next + 1;
        const last = Number(address.split('.')[3]);
        if (last === 0 || last === 255 || taken.has(address)) continue;
        taken.add(address);
        return address;
      }
      throw new Error(`Every address of 127.${second}.0.0/16 is taken.`);
    },
    takeExact: (address) => {
      if (!new RegExp(`^127\\.${second}\\.\\d{1,3}\\.\\d{1,3}$`).test(address) || taken.has(address)) return undefined;
      taken.add(address);
      return address;
    },
    release: (address) => void taken.delete(address),
  };
}
