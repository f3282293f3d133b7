import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import { defineTool } from '../define-tool.ts';
import type { Tool } from '../tool.ts';
import { queryNameProblem } from './query-name.ts';

const recordTypes = ['A', 'AAAA', 'CNAME', 'SRV', 'TXT', 'PTR'] as const;
type RecordType = (typeof recordTypes)[number];

const timeoutMilliseconds = 2_000;
const mostRecords = 50;

/** `resolvers`: `ip` or `ip:port`; empty for what the system uses. */
export function dnsLookup(resolvers: readonly string[]): Tool {
  return defineTool({
    name: 'dns_lookup',
    description: 'Looks up one name (A, AAAA, CNAME, SRV, TXT) or address (PTR) with the configured resolvers. Without configured ones, A and AAAA go the way that programs on this host go, hosts file included.',
    specialists: ['network'],
    input: z.strictObject({
      name: z.string().min(1).max(253).describe('Host name, or an IP address for PTR'),
      type: z.enum(recordTypes).default('A'),
    }),
    async run({ name, type }, { signal }) {
      const server = resolvers[0] === undefined ? '' : ` @${resolvers[0]}`;
      const command = `dig${server} ${type === 'PTR' ? '-x ' : ''}${name}${type === 'PTR' ? '' : ` ${type}`}`;
      const problem = type === 'PTR' ? (isIP(name) === 0 ? 'PTR takes an IP address' : undefined) : queryNameProblem(name);
      if (problem !== undefined) return { command: `dig ${type}`, output: `Refused: ${problem}.`, failed: true };
      const started = performance.now();
      try {
        const records = await query(name, type, resolvers, signal);
        const shown = records.slice(0, mostRecords).map((record) => `${name} ${type} ${record}`);
        const rest = records.length > mostRecords ? [`(${records.length - mostRecords} more)`] : [];
        return { command, output: [...shown, ...rest, `${records.length} record${records.length === 1 ? '' : 's'} in ${Math.round(performance.now() - started)} ms`].join('\n') };
      } catch (error) {
        const code = String((error as { code?: unknown }).code ?? 'UNKNOWN');
        return { command, output: `${name} ${type}: ${code} after ${Math.round(performance.now() - started)} ms. ${meanings[code] ?? 'The resolver did not give an answer.'}`, failed: true };
      }
    },
  });
}

async function query(name: string, type: RecordType, resolvers: readonly string[], signal: AbortSignal): Promise<string[]> {
  if (signal.aborted) throw Object.assign(new Error('stopped'), { code: 'ABORTED' });
  if (resolvers.length === 0 && (type === 'A' || type === 'AAAA')) return (await withDeadline(lookup(name, { all: true, family: type === 'A' ? 4 : 6 }), signal)).map(({ address }) => address);
  const resolver = new Resolver({ timeout: timeoutMilliseconds, tries: 2 });
  if (resolvers.length > 0) resolver.setServers(resolvers);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await ask(resolver, name, type);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function ask(resolver: Resolver, name: string, type: RecordType): Promise<string[]> {
  if (type === 'A') return (await resolver.resolve4(name, { ttl: true })).map(({ address, ttl }) => `${address} (TTL ${ttl})`);
  if (type === 'AAAA') return (await resolver.resolve6(name, { ttl: true })).map(({ address, ttl }) => `${address} (TTL ${ttl})`);
  if (type === 'CNAME') return resolver.resolveCname(name);
  if (type === 'SRV') return (await resolver.resolveSrv(name)).map(({ priority, weight, port, name: target }) => `${priority} ${weight} ${port} ${target}`);
  if (type === 'TXT') return (await resolver.resolveTxt(name)).map((parts) => JSON.stringify(parts.join('')));
  return resolver.reverse(name);
}

/** The system's own lookup can't be cancelled; it is left behind. */
function withDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (code: string): void => reject(Object.assign(new Error(code), { code }));
    const timer = setTimeout(() => fail('ETIMEOUT'), 2 * timeoutMilliseconds);
    const abort = (): void => fail('ABORTED');
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
  });
}

const meanings: Record<string, string> = {
  ENOTFOUND: 'The name does not exist (NXDOMAIN). Check its spelling against the configuration that uses it.',
  ENODATA: 'The name exists, but has no record of this type. Try another type.',
  ESERVFAIL: 'The resolver failed (SERVFAIL). Its upstream or zone is in trouble.',
  EREFUSED: 'The resolver refuses to answer for this name.',
  ETIMEOUT: 'The resolver did not answer in time. Try tcp_connect, and look at the resolver itself.',
  EAI_AGAIN: 'The resolver did not answer. Look at the resolver itself.',
  ECONNREFUSED: 'Nothing listens at the resolver.',
  EBADRESP: 'The resolver answered nonsense.',
  ECANCELLED: 'Stopped.',
  ABORTED: 'Stopped.',
};
