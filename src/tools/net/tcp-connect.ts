import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { z } from 'zod';
import type { Targets } from '../../config/targets.ts';
import { hostsInValue } from '../../rules/hosts.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { RequestRefusedError, assertAddressAllowed } from '../http/allowed-url.ts';
import type { Tool } from '../tool.ts';

const timeoutMilliseconds = 3_000;

/** Undefined when configuration names no endpoint. */
export function tcpConnect(targets: Targets): Tool | undefined {
  const endpoints = knownEndpoints(targets);
  if (endpoints.length === 0) return undefined;
  return defineTool({
    name: 'tcp_connect',
    description: 'Opens a TCP connection to an endpoint of a configured target and closes it again, sending nothing: shows which address was tried, whether it is open, and how long it took.',
    specialists: ['network'],
    input: z.strictObject({ endpoint: oneOf(endpoints).describe('host:port') }),
    async run({ endpoint }, { signal }) {
      const [host, port] = splitEndpoint(endpoint);
      const command = `nc -vz -w ${timeoutMilliseconds / 1000} ${host} ${port}`;
      try {
        const addresses = isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
        for (const address of addresses) assertAddressAllowed(address);
        const lines = await Promise.all(addresses.slice(0, 8).map((address) => tryAddress(address, port, signal)));
        return { command, output: lines.map(({ text }) => text).join('\n'), failed: lines.every(({ open }) => !open) };
      } catch (error) {
        if (error instanceof RequestRefusedError) return { command, output: `Refused: ${error.message}.`, failed: true };
        const code = (error as { code?: unknown }).code;
        if (typeof code !== 'string') throw error;
        return { command, output: `${host} could not be looked up: ${code}. Try dns_lookup.`, failed: true };
      }
    },
  });
}

/** `host:port` of services, their status documents, operations, databases and resolvers; sorted. A database without its URL in this process has none. */
export function knownEndpoints(targets: Targets): string[] {
  const urls = [
    ...targets.services.flatMap(({ url, status }) => [url, ...(status === undefined ? [] : [status])]),
    ...targets.operations.map(({ read }) => read.url),
    ...targets.databases.flatMap(({ read }) => revealed(read)),
  ];
  const found = urls.flatMap((url) => hostsInValue(url)).flatMap(({ host, port }) => (port === undefined ? [] : [isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`]));
  const resolvers = targets.resolvers.map((resolver) => (isIP(resolver) === 4 ? `${resolver}:53` : isIP(resolver) === 6 ? `[${resolver}]:53` : resolver));
  return [...new Set([...found, ...resolvers])].sort();
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

function tryAddress(address: string, port: number, signal: AbortSignal): Promise<{ open: boolean; text: string }> {
  return new Promise((resolve) => {
    const started = performance.now();
    const socket = connect({ host: address, port });
    const end = (open: boolean, what: string): void => {
      socket.destroy();
      signal.removeEventListener('abort', abort);
      resolve({ open, text: `${address} port ${port}: ${what} after ${Math.round(performance.now() - started)} ms` });
    };
    const abort = (): void => end(false, 'stopped');
    socket.setTimeout(timeoutMilliseconds, () => end(false, 'no answer (a firewall drops it, or the host is down)'));
    socket.once('connect', () => end(true, 'open'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(false, `${error.code ?? error.message}${error.code === 'ECONNREFUSED' ? ' (the host is up, and nothing listens)' : ''}`));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
