/** dns.lookup as a container's C library does it: /etc/hosts, then the cluster's DNS with search domains and ndots. */
import dns from 'node:dns';
import net from 'node:net';
import type { Relocation } from '../relocation.ts';
import type { Sandbox } from '../sandbox.ts';
import { isLocalhost } from './addresses.ts';

export type Lookup = (host: string) => Promise<string[]>;

/** Replaces dns.lookup and the servers of dns.resolve*; returns the lookup. It fails as the original does: ENOTFOUND, EAI_AGAIN. */
export function resolveNames(sandbox: Sandbox, relocation: Relocation, familyOf: (host: string) => number): Lookup {
  const hosts = new Map(sandbox.hosts.flatMap(({ address, names }) => names.map((name) => [name, address] as const)));
  hosts.set(sandbox.hostname, sandbox.podAddress);
  const servers = () => sandbox.dns.nameservers.map((address) => relocation.locate(address, 53, 'UDP')).map(({ address, port }) => `${address}:${port}`);

  const lookup: Lookup = async (host) => {
    if (familyOf(host) !== 0) return [host];
    if (isLocalhost(host)) return [sandbox.podAddress];
    const fixed = hosts.get(host);
    if (fixed !== undefined) return [fixed];
    const resolver = new dns.promises.Resolver({ timeout: 2500, tries: 2 });
    resolver.setServers(servers());
    if (sandbox.podAddress !== '' && relocation.bindAddress(sandbox.podAddress) === sandbox.podAddress) resolver.setLocalAddress(sandbox.podAddress);
    let again = false;
    for (const name of candidates(host, sandbox.dns)) {
      try {
        return await resolver.resolve4(name);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (code !== 'ENOTFOUND' && code !== 'ENODATA') again = true;
        if (code === 'ETIMEOUT' || code === 'ECONNREFUSED') break;
      }
    }
    throw lookupError(again ? 'EAI_AGAIN' : 'ENOTFOUND', host);
  };

  dns.lookup = compatible(lookup) as typeof dns.lookup;
  dns.promises.lookup = (async (host: string, options?: dns.LookupAllOptions | dns.LookupOneOptions) => {
    const found = (await lookup(host)).map((address) => ({ address, family: net.isIP(address) }));
    return options?.all === true ? found : found[0];
  }) as typeof dns.promises.lookup;
  dns.setServers(servers());
  return lookup;
}

/** Every name to ask for, in resolv.conf's order: with fewer dots than `ndots` the search domains come first. */
export function candidates(host: string, { search, ndots }: Sandbox['dns']): string[] {
  if (host.endsWith('.')) return [host.slice(0, -1)];
  const dots = host.split('.').length - 1;
  const searched = search.map((domain) => `${host}.${domain}`);
  return dots >= ndots ? [host, ...searched] : [...searched, host];
}

type Callback = (error: Error | null, address?: string | dns.LookupAddress[], family?: number) => void;

/** The callback form that net.connect and http use. */
export function compatible(lookup: Lookup) {
  return (host: string, options: { all?: boolean } | number | Callback | undefined, callback?: Callback): void => {
    const done = typeof options === 'function' ? options : callback;
    const all = typeof options === 'object' && options.all === true;
    void answer(lookup(host), all, done ?? (() => undefined));
  };
}

async function answer(found: Promise<string[]>, all: boolean, done: Callback): Promise<void> {
  let addresses: string[];
  try {
    addresses = await found;
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  if (all) done(null, addresses.map((address) => ({ address, family: net.isIP(address) })));
  else done(null, addresses[0], net.isIP(addresses[0] ?? ''));
}

function lookupError(code: string, host: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, errno: code === 'ENOTFOUND' ? -3008 : -3001, syscall: 'getaddrinfo', hostname: host });
}
