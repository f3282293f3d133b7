/** `ss -tanH` or the kernel's own tables -> SocketFacts. Pure; linear in the text. */
import type { ListenQueue, SocketFacts } from '../rules/machine-readings.ts';
import type { HostAnswer, Section } from './request.ts';
import { textOf } from './request.ts';

interface Socket {
  state: string;
  received: number;
  sent: number;
  address: string;
  port: number;
  peer: string;
  peerPort: number;
}

const mostListed = 20;
/** Of /proc/net/netstat and snmp: what tells of connections that were turned away or of a bad way. */
const watched = ['ListenOverflows', 'ListenDrops', 'TCPReqQFullDrop', 'TCPReqQFullDoCookies', 'TCPAbortOnMemory', 'TCPTimeouts', 'RetransSegs', 'OutSegs', 'AttemptFails', 'EstabResets', 'OutRsts', 'TCPBacklogDrop', 'PruneCalled'];

export function parseSockets({ sections }: HostAnswer): SocketFacts {
  const listed = socketsOfSs(textOf(sections, 'ss ') ?? '');
  const sockets = listed.length > 0 ? listed : [...socketsOfKernel(textOf(sections, '/proc/net/tcp') ?? ''), ...socketsOfKernel(sections.find(({ source }) => source === '/proc/net/tcp6')?.text ?? '')];
  const [used, limit] = ['count', 'max'].map((name) => Number.parseInt(textOf(sections, `/proc/sys/net/netfilter/nf_conntrack_${name}`) ?? '', 10));
  return {
    ...summary(sockets, textOf(sections, '/proc/sys/net/ipv4/ip_local_port_range')),
    listeners: sockets.filter(({ state }) => state === 'LISTEN').map(({ address, port, received, sent }): ListenQueue => ({ address, port, waiting: received, ...(listed.length > 0 && { limit: sent }) })),
    ...(Number.isFinite(used) && Number.isFinite(limit) && { conntrack: { used: used ?? 0, limit: limit ?? 0 } }),
    counters: countersOf(sections),
  };
}

function summary(sockets: readonly Socket[], range: string | undefined): Pick<SocketFacts, 'states' | 'peers' | 'ports' | 'ephemeral'> {
  const states = new Map<string, number>();
  const peers = new Map<string, number>();
  const byPort = new Map<number, Map<string, number>>();
  const outward = new Map<string, number>();
  const own = new Set(sockets.filter(({ state }) => state === 'LISTEN').map(({ port }) => port));
  for (const { state, port, peer, peerPort } of sockets) {
    add(states, state);
    if (state === 'LISTEN') continue;
    if (own.has(port)) {
      const counts = byPort.get(port) ?? new Map<string, number>();
      byPort.set(port, counts);
      add(counts, state);
    } else {
      add(outward, `${peer}:${peerPort}`);
    }
    add(peers, `${own.has(port) ? `${peer} -> :${port}` : `-> ${peer}:${peerPort}`} ${state}`);
  }
  const [low, high] = (range ?? '').trim().split(/\s+/).map(Number);
  const [most] = sorted(outward);
  return {
    states: Object.fromEntries(sorted(states)),
    peers: sorted(peers).slice(0, mostListed).map(([key, count]) => ({ peer: key.slice(0, key.lastIndexOf(' ')), state: key.slice(key.lastIndexOf(' ') + 1), count })),
    ports: [...byPort].map(([port, counts]) => ({ port, count: [...counts.values()].reduce((sum, one) => sum + one, 0), states: Object.fromEntries(sorted(counts)) })).sort((left, right) => right.count - left.count).slice(0, mostListed),
    ...(low !== undefined && high !== undefined && high > low && most && { ephemeral: { ports: high - low + 1, peer: most[0], used: most[1] } }),
  };
}

export function socketsOfSs(text: string): Socket[] {
  return text.split('\n').flatMap((line) => {
    const [, state, received, sent, local, remote] = /^([A-Z][A-Z0-9-]*)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)/.exec(line) ?? [];
    if (state === undefined || local === undefined || remote === undefined) return [];
    const [[address, port], [peer, peerPort]] = [endOf(local), endOf(remote)];
    return [{ state, received: Number(received), sent: Number(sent), address, port, peer, peerPort }];
  });
}

const kernelStates: Record<string, string> = { '01': 'ESTAB', '02': 'SYN-SENT', '03': 'SYN-RECV', '04': 'FIN-WAIT-1', '05': 'FIN-WAIT-2', '06': 'TIME-WAIT', '07': 'UNCONN', '08': 'CLOSE-WAIT', '09': 'LAST-ACK', '0A': 'LISTEN', '0B': 'CLOSING', '0C': 'SYN-RECV' };

/** /proc/net/tcp and tcp6. */
export function socketsOfKernel(text: string): Socket[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', localPort = '', remote = '', remotePort = '', state = '', sent = '', received = ''] = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) ([0-9A-F]{8}):([0-9A-F]{8})/.exec(line) ?? [];
    const named = kernelStates[state];
    if (named === undefined) return [];
    const hex = (digits: string): number => Number.parseInt(digits, 16);
    return [{ state: named, received: hex(received), sent: hex(sent), address: kernelAddress(local), port: hex(localPort), peer: kernelAddress(remote), peerPort: hex(remotePort) }];
  });
}

/** Groups of four bytes, each in the byte order of the machine (little-endian on all that we know). */
export function kernelAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((group) => (group.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const mapped = /^0{20}ffff(.{8})$/i.exec(bytes.join(''))?.[1];
  if (mapped !== undefined) return (mapped.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = (bytes.join('').match(/.{4}/g) ?? []).join(':');
  return groups === '' ? '' : new URL(`http://[${groups}]`).hostname;
}

/** Totals, and how much they grew within the second between both looks. */
function countersOf(sections: readonly Section[]): SocketFacts['counters'] {
  const looks = ['/proc/net/netstat', '/proc/net/snmp'].map((file) => sections.filter(({ source }) => source === file).map(({ text }) => pairsOf(text)));
  return watched.flatMap((name) => {
    const [first, second] = looks.find(([one]) => one?.has(name)) ?? [];
    const total = first?.get(name);
    const later = second?.get(name);
    return total === undefined ? [] : [{ name, total: later ?? total, ...(later !== undefined && { perSecond: later - total }) }];
  });
}

/** A line of names, and a line of their values. */
function pairsOf(text: string): Map<string, number> {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const pairs = new Map<string, number>();
  for (const [index, words] of lines.entries()) {
    const values = lines[index + 1];
    // Only TCP: others have counters of the same names.
    if (!/^Tcp(?:Ext)?:$/.test(words[0] ?? '') || values === undefined || values[0] !== words[0] || !/^-?\d+$/.test(values[1] ?? '') || /^-?\d+$/.test(words[1] ?? '')) continue;
    for (const [at, word] of words.entries()) if (at > 0) pairs.set(word, Number(values[at]));
  }
  return pairs;
}

function endOf(text: string): [address: string, port: number] {
  const colon = text.lastIndexOf(':');
  return [text.slice(0, colon).replace(/%.*$/, ''), Number(text.slice(colon + 1)) || 0];
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted<K>(counts: Map<K, number>): [K, number][] {
  return [...counts].sort((left, right) => right[1] - left[1]);
}
