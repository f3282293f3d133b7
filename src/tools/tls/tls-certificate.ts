import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Targets } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { RequestRefusedError, assertAddressAllowed } from '../http/allowed-url.ts';
import { knownEndpoints } from '../net/tcp-connect.ts';
import type { Tool } from '../tool.ts';
import { handshakeText } from './certificate-text.ts';
import { readCertificate } from './read-certificate.ts';

const timeoutMilliseconds = 5_000;
const mostAddresses = 4;

/** Undefined when configuration names no endpoint. */
export function tlsCertificate(targets: Targets, clock: () => Date = () => new Date()): Tool | undefined {
  const endpoints = knownEndpoints({ ...targets, resolvers: [] });
  if (endpoints.length === 0) return undefined;
  return defineTool({
    name: 'tls_certificate',
    description: 'Reads the certificates of an endpoint of a configured target by a TLS handshake, sending nothing after it: problems (expired, name does not match, not trusted, chain incomplete), each certificate of the chain with names, issuer, validity and days left, protocol and cipher; of every address of the name, since one of several may have an old one.',
    specialists: ['service', 'network'],
    input: z.strictObject({ endpoint: oneOf(endpoints).describe('host:port') }),
    async run({ endpoint }, { signal }) {
      const { host, port } = split(endpoint);
      const command = `openssl s_client -connect ${endpoint}${isIP(host) === 0 ? ` -servername ${host}` : ''} -showcerts </dev/null`;
      try {
        const addresses = isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
        for (const address of addresses) assertAddressAllowed(address);
        const seen = await Promise.all(addresses.slice(0, mostAddresses).map((address) => look(address)));
        const notes = [
          ...(new Set(seen.flatMap(({ fingerprint }) => fingerprint ?? [])).size > 1 ? ['The addresses show different certificates.'] : []),
          ...(addresses.length > mostAddresses ? [`(${addresses.length - mostAddresses} more addresses were not asked)`] : []),
        ];
        return { command, output: [...notes, ...seen.map(({ text }) => text)].join('\n'), failed: seen.every(({ fingerprint }) => fingerprint === undefined) };
      } catch (error) {
        if (error instanceof RequestRefusedError) return { command, output: `Refused: ${error.message}.`, failed: true };
        const code = (error as { code?: unknown }).code;
        if (typeof code !== 'string') throw error;
        return { command, output: `${host} could not be looked up: ${code}. See whether the name is right and DNS is well.`, failed: true };
      }

      async function look(address: string): Promise<{ text: string; fingerprint?: string }> {
        try {
          const handshake = await readCertificate({ address, port, host, timeoutMilliseconds, signal });
          return { text: handshakeText(handshake, { host, port, now: clock() }), fingerprint: handshake.chain[0]?.fingerprint ?? '' };
        } catch (error) {
          const { code, message } = error as { code?: unknown; message: string };
          if (typeof code !== 'string') throw error;
          return { text: `${address} port ${port}: no TLS handshake: ${code}, ${message.replaceAll(/\s+/g, ' ').slice(0, 200)}${advice(code)}` };
        }
      }
    },
  });
}

function split(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(':');
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) };
}

function advice(code: string): string {
  if (code === 'ECONNREFUSED') return ' (the host is up and nothing listens on that port)';
  if (code === 'TIMEOUT') return ' (packets are dropped, or what listens does not speak TLS and waits)';
  if (/WRONG_VERSION|PACKET_LENGTH|UNKNOWN_PROTOCOL|HTTP_REQUEST|ECONNRESET|EPROTO/.test(code)) return ' (it does not speak TLS on that port, or asks for TLS in its own protocol first, as databases do; or it refused every version offered)';
  if (/ALERT/.test(code)) return ' (the server refused: it may want a client certificate or another name)';
  return '';
}
