/** Looks up and connects to the hosts that the services' configuration names, and to no others: an error may name the port of one, never a new one. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { HostReading, Observed, ServiceReading } from '../../rules/readings.ts';
import { configuredHosts } from '../../rules/configured-hosts.ts';
import { hostsInError, hostsInValue } from '../../rules/hosts.ts';
import { logErrors } from '../../rules/service/errors.ts';
import { earlierValue } from '../../rules/service/revisions.ts';
import { assertAddressAllowed } from '../http/allowed-url.ts';
import { ask, serverOf } from '../dns/dns-client.ts';
import { queryNameProblem } from '../dns/query-name.ts';
import type { ReaderContext, ReadingFocus } from './reader.ts';

interface Wanted {
  host: string;
  usedBy: string;
  ports: Set<number>;
}

const mostHosts = 24;
const mostPorts = 4;
const mostResolvers = 3;
const lookupMilliseconds = 3_000;
const connectMilliseconds = 2_000;
/** For one of two tries. */
const resolverMilliseconds = 1_000;

/** Never throws. Each host once per service that uses it; one evidence for all lookups and connects of a service. */
export async function readHosts(services: readonly ServiceReading[], extra: ReadingFocus['hosts'], context: ReaderContext): Promise<HostReading[]> {
  const wanted = wantedHosts(services, extra ?? [], context).slice(0, mostHosts);
  const results = await Promise.all(wanted.map((one) => look(one, context.targets.resolvers, context.signal)));
  const users = [...new Set(results.map((result) => result.usedBy))];
  const readings = await Promise.all(
    users.map(async (user): Promise<HostReading[]> => {
      const own = results.filter((result) => result.usedBy === user);
      const evidence = await context.record('network', 'lookup_and_connect', {
        command: own.flatMap(({ host, ports }) => [`getent hosts ${host}`, ...ports.map(({ port }) => `nc -zv ${host} ${port}`)]).join('; '),
        output: own.flatMap(textOf).join('\n'),
        failed: own.every((result) => result.lookup.error !== undefined),
      });
      return own.map(({ host, usedBy, lookup: found, ports }) => ({ host, usedBy, lookup: { value: found, evidence }, ports: ports.map((value): HostReading['ports'][number] => ({ value, evidence })) }));
    }),
  );
  return readings.flat();
}

function formerValue({ workload }: ServiceReading, variable: string): string | undefined {
  return workload === undefined ? undefined : earlierValue(workload.value, variable);
}

interface Looked {
  host: string;
  usedBy: string;
  lookup: HostReading['lookup']['value'];
  ports: HostReading['ports'][number] extends Observed<infer P> ? P[] : never;
}

function wantedHosts(services: readonly ServiceReading[], extra: NonNullable<ReadingFocus['hosts']>, { targets }: ReaderContext): Wanted[] {
  const wanted = new Map<string, Wanted>();
  const add = (host: string, port: number | undefined, usedBy: string): void => {
    const key = `${usedBy} ${host}`;
    const one = wanted.get(key) ?? { host, usedBy, ports: new Set() };
    if (port !== undefined && one.ports.size < mostPorts) one.ports.add(port);
    wanted.set(key, one);
  };
  const configured = configuredHosts(services, targets);
  for (const { host, port, usedBy } of extra) add(host, port, usedBy);
  for (const service of services) {
    const newest = service.workload?.value.revisions.at(-1)?.environment ?? {};
    for (const value of Object.values(newest)) for (const { host, port } of hostsInValue(value)) add(host, port, service.name);
    // Where it was before: to go back there, it must answer.
    for (const [variable, value] of Object.entries(newest)) if (hostsInValue(value).length > 0) for (const { host, port } of hostsInValue(formerValue(service, variable) ?? '')) add(host, port, service.name);
    for (const line of logErrors(service).slice(-20)) for (const { host, port } of hostsInError(line)) if (configured.has(host.toLowerCase())) add(host, port, service.name);
    const url = targets.services.find((target) => target.name === service.name)?.url;
    if (url !== undefined) for (const { host, port } of hostsInValue(url)) add(host, port, service.name);
  }
  return [...wanted.values()];
}

async function look({ host, usedBy, ports }: Wanted, resolvers: readonly string[], signal: AbortSignal): Promise<Looked> {
  const here = await resolveName(host);
  const found = here.error === undefined || here.error === 'REFUSED' ? here : ((await askResolvers(host, resolvers, signal)) ?? here);
  const address = found.addresses[0];
  if (address === undefined) return { host, usedBy, lookup: found, ports: [] };
  // Without an error: not tried.
  if (signal.aborted) return { host, usedBy, lookup: found, ports: [...ports].map((port) => ({ port, open: false })) };
  return { host, usedBy, lookup: found, ports: await Promise.all([...ports].map((port) => tryPort(address, port, signal))) };
}

async function resolveName(host: string): Promise<HostReading['lookup']['value']> {
  if (isIP(host) !== 0) return allowed(host) ? { addresses: [host] } : { addresses: [], error: 'REFUSED' };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), lookupMilliseconds)));
  try {
    const answer = await Promise.race([lookup(host, { all: true }), late]);
    if (answer === 'late') return { addresses: [], error: 'EAI_AGAIN' };
    const addresses = answer.map((one) => one.address);
    return addresses.every(allowed) ? { addresses } : { addresses: [], error: 'REFUSED' };
  } catch (error) {
    return { addresses: [], error: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN' };
  } finally {
    clearTimeout(timer);
  }
}

/** The names of the programs that are looked after may be known to the configured resolvers alone. Undefined: none of them has it. */
async function askResolvers(host: string, resolvers: readonly string[], signal: AbortSignal): Promise<HostReading['lookup']['value'] | undefined> {
  if (resolvers.length === 0 || queryNameProblem(host) !== undefined) return undefined;
  const replies = await Promise.all(resolvers.slice(0, mostResolvers).map((resolver) => ask(serverOf(resolver), host, 'A', { signal, timeoutMilliseconds: resolverMilliseconds })));
  const addresses = [...new Set(replies.flatMap((reply) => ('failure' in reply ? [] : reply.records.filter(({ type }) => type === 'A').map(({ data }) => data))))];
  if (addresses.length === 0) return undefined;
  return addresses.every(allowed) ? { addresses } : { addresses: [], error: 'REFUSED' };
}

/** Metadata and link-local addresses are never contacted, whatever a log or a variable says. */
function allowed(address: string): boolean {
  try {
    assertAddressAllowed(address);
    return true;
  } catch {
    return false;
  }
}

function tryPort(address: string, port: number, signal: AbortSignal): Promise<HostReading['ports'][number]['value']> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (result: { port: number; open: boolean; error?: string }): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => end({ port, open: false });
    socket.setTimeout(connectMilliseconds, () => end({ port, open: false, error: 'ETIMEDOUT' }));
    socket.on('connect', () => end({ port, open: true }));
    socket.on('error', (error: NodeJS.ErrnoException) => end({ port, open: false, error: error.code ?? 'UNKNOWN' }));
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function textOf({ host, usedBy, lookup: found, ports }: Looked): string[] {
  const name = `${usedBy} -> ${host}: ${found.error === undefined ? `resolves to ${found.addresses.join(', ')}` : found.error === 'REFUSED' ? 'not contacted: a metadata or link-local address' : `lookup failed: ${found.error}`}`;
  return [name, ...ports.map(({ port, open, error }) => `${usedBy} -> ${host}:${port}: ${open ? 'accepts connections' : `no connection: ${error ?? 'stopped'}`}`)];
}
