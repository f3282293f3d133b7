/** IP addresses and networks, as iptables writes them. */
import { isIP } from 'node:net';

export type Family = 'ipv4' | 'ipv6';

export interface Network {
  family: Family;
  first: bigint;
  /** Leading bits that are fixed. */
  prefix: number;
  /** As iptables lists it: always with the prefix. */
  canonical: string;
}

/** An address or a network. Undefined for anything else: a bad one, a mapped one, or bits set beyond the prefix. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  if (rest.length > 0 || version === 0 || address.includes('%') || (length !== undefined && !/^(0|[1-9][0-9]{0,2})$/.test(length))) return undefined;
  const width = version === 4 ? 32 : 128;
  const prefix = length === undefined ? width : Number(length);
  if (prefix > width) return undefined;
  const first = version === 4 ? numberOf(address.split('.').map(Number), 8n) : numberOf(groupsOf(address), 16n);
  const host = (1n << BigInt(width - prefix)) - 1n;
  if ((first & host) !== 0n || (version === 6 && first >> 32n === 0xffffn)) return undefined;
  return { family: version === 4 ? 'ipv4' : 'ipv6', first, prefix, canonical: `${version === 4 ? address : shortened(address)}/${prefix}` };
}

/** Whether an address can be in both. */
export function overlaps(one: Network, other: Network): boolean {
  if (one.family !== other.family) return false;
  const width = one.family === 'ipv4' ? 32 : 128;
  const shift = BigInt(width - Math.min(one.prefix, other.prefix));
  return one.first >> shift === other.first >> shift;
}

function numberOf(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((sum, part) => (sum << bits) | BigInt(part), 0n);
}

function shortened(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function groupsOf(address: string): number[] {
  const [left = '', right] = shortened(address).split('::');
  const groups = (text: string): number[] => text.split(':').filter((group) => group !== '').map((group) => Number.parseInt(group, 16));
  if (right === undefined) return groups(left);
  return [...groups(left), ...Array.from({ length: 8 - groups(left).length - groups(right).length }, () => 0), ...groups(right)];
}
