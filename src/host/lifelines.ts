/** Who is connected to this host's ssh and to its agent right now: nobody of them may be cut off. */
import { readFile } from 'node:fs/promises';
import type { Lifelines } from '../packet-filter/dangers.ts';
import type { Network } from '../packet-filter/network.ts';
import { parseNetwork } from '../packet-filter/network.ts';

const sshPort = 22;

/** `asker` is the address of whoever asks for the change. */
export async function lifelinesNow({ ports, networks, asker }: { ports: readonly number[]; networks: readonly Network[]; asker?: string | undefined }): Promise<Lifelines> {
  const all = [...new Set([sshPort, ...ports])];
  const listings = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'latin1').catch(() => '')));
  const connected = listings.flatMap((text) => connectionsIn(text, all));
  const asking = asker === undefined ? undefined : networkOf(asker);
  return { ports: all, peers: [...connected, ...(asking ? [{ network: asking }] : []), ...networks.map((network) => ({ network }))] };
}

/** Established connections to one of `ports`, from the kernel's own table; loopback is left out. */
export function connectionsIn(text: string, ports: readonly number[]): { network: Network; port: number }[] {
  return text.split('\n').flatMap((line) => {
    const [, , local, remote, remotePort, state] = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /.exec(line) ?? [];
    if (state !== '01' || !ports.includes(Number.parseInt(local ?? '', 16))) return [];
    const network = networkOf(addressOf(remote ?? ''));
    return network ? [{ network, port: Number.parseInt(remotePort ?? '', 16) }] : [];
  });
}

/** Groups of four bytes, each in the byte order of the machine (little-endian on all that we know). */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((group) => (group.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  return (bytes.join('').match(/.{4}/g) ?? []).join(':');
}

function networkOf(address: string): Network | undefined {
  const mapped = /^(?:::ffff:|0000:0000:0000:0000:0000:ffff:)(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{4}):([0-9a-f]{4}))$/i.exec(address);
  const network = parseNetwork(mapped ? (mapped[1] ?? dotted(`${mapped[2]}${mapped[3]}`)) : address);
  return network && !isLoopback(network) ? network : undefined;
}

function dotted(hex: string): string {
  return (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
}

function isLoopback({ family, canonical }: Network): boolean {
  return family === 'ipv4' ? canonical.startsWith('127.') : canonical === '::1/128';
}
