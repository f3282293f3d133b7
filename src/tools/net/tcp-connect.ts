import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Targets } from '../../config/targets.ts';
import { hostsInValue } from '../../rules/hosts.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { RequestRefusedError, assertAddressAllowed } from '../http/allowed-url.ts';
import type { Tool } from '../tool.ts';
import { connectAddress, describeAttempts } from './connect-address.ts';

const timeoutMilliseconds = 3_000;
const mostAddresses = 8;

/** Undefined when configuration names no endpoint. */
export function tcpConnect(targets: Targets, addressesOf: (host: string) => Promise<string[]> = lookedUp): Tool | undefined {
  const endpoints = knownEndpoints(targets);
  if (endpoints.length === 0) return undefined;
  return defineTool({
    name: 'tcp_connect',
    description: 'Opens TCP connections to an endpoint of a configured target, several to each address of its name, and closes them again, sending nothing: shows for each address how many were open, how long they took (least, median, p95), and tells refused, timeout, reset and unreachable apart. One bad address of several shows.',
    specialists: ['network'],
    input: z.strictObject({ endpoint: oneOf(endpoints).describe('host:port'), times: z.number().int().min(1).max(20).default(5).describe('Connections to each address') }),
    async run({ endpoint, times }, { signal }) {
      const [host, port] = splitEndpoint(endpoint);
      const command = `nc -vz -w ${timeoutMilliseconds / 1000} ${host} ${port}  # ${times} times`;
      try {
        const addresses = isIP(host) === 0 ? await addressesOf(host) : [host];
        for (const address of addresses) assertAddressAllowed(address);
        const tried = await Promise.all(addresses.slice(0, mostAddresses).map(async (address) => ({ address, attempts: await connectAddress(address, { port, times, signal, timeoutMilliseconds }) })));
        const good = tried.filter(({ attempts }) => attempts.some(({ ending }) => ending === 'open'));
        const notes = [
          ...(addresses.length > mostAddresses ? [`(${addresses.length - mostAddresses} more addresses were not tried)`] : []),
          ...(good.length > 0 && good.length < tried.length ? [`${good.length} of ${tried.length} addresses work: whoever is given another fails, now and then.`] : []),
        ];
        return { command, output: [...tried.map(({ address, attempts }) => describeAttempts(address, port, attempts)), ...notes].join('\n'), failed: good.length === 0 };
      } catch (error) {
        if (error instanceof RequestRefusedError) return { command, output: `Refused: ${error.message}.`, failed: true };
        const code = (error as { code?: unknown }).code;
        if (typeof code !== 'string') throw error;
        return { command, output: `${host} could not be looked up: ${code}. Try dns_lookup.`, failed: true };
      }
    },
  });
}

/** `host:port` of services, their status documents, operations, agents of hosts, databases and resolvers; sorted. A database without its URL in this process has none. */
export function knownEndpoints(targets: Targets): string[] {
  const urls = [
    ...targets.services.flatMap(({ url, status }) => [url, ...(status === undefined ? [] : [status])]),
    ...targets.operations.map(({ read }) => read.url),
    ...targets.hosts.flatMap(({ url }) => (url === undefined ? [] : [url])),
    ...targets.databases.flatMap(({ read }) => revealed(read)),
  ];
  const found = urls.flatMap((url) => hostsInValue(url)).flatMap(({ host, port }) => (port === undefined ? [] : [isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`]));
  const resolvers = targets.resolvers.map((resolver) => (isIP(resolver) === 4 ? `${resolver}:53` : isIP(resolver) === 6 ? `[${resolver}]:53` : resolver));
  return [...new Set([...found, ...resolvers])].sort();
}

async function lookedUp(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function revealed(secret: { reveal(): string }): string[] {
  try {
    return [secret.reveal()];
  } catch {
    return [];
  }
}

function splitEndpoint(endpoint: string): [host: string, port: number] {
  const colon = endpoint.lastIndexOf(':');
  return [endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), Number(endpoint.slice(colon + 1))];
}
