/** One question to one DNS server, in the words of the protocol: over UDP, and over TCP when the answer does not fit. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIP } from 'node:net';
import packet from 'dns-packet';
import type { Packet } from 'dns-packet';

export interface Server {
  address: string;
  port: number;
}

export const queryTypes = ['A', 'AAAA', 'CNAME', 'SRV', 'TXT', 'MX', 'PTR'] as const;
export type QueryType = (typeof queryTypes)[number];

export interface DnsRecord {
  /** Without the final dot. */
  name: string;
  type: string;
  /** Seconds. */
  ttl: number;
  data: string;
}

/** An answer with its RCODE (NOERROR, NXDOMAIN, SERVFAIL, REFUSED), or why none came. */
export type Reply = { milliseconds: number; overTcp?: boolean } & (
  | { rcode: string; records: DnsRecord[]; authoritative: boolean }
  /** TIMEOUT, ECONNREFUSED, EHOSTUNREACH, BAD_ANSWER, STOPPED, or another errno. */
  | { failure: string }
);

export interface AskOptions {
  signal: AbortSignal;
  /** For one try; there are two over UDP, as programs do it. Default 2000. */
  timeoutMilliseconds?: number;
}

/** Never throws. */
export async function ask(server: Server, name: string, type: QueryType, { signal, timeoutMilliseconds = 2_000 }: AskOptions): Promise<Reply> {
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  const id = randomInt(65_536);
  let overTcp = false;
  try {
    const query = packet.encode({ type: 'query', id, flags: packet.RECURSION_DESIRED, questions: [{ name, type, class: 'IN' }] });
    const belongs = (message: Buffer): boolean => message.length >= 12 && message.readUInt16BE(0) === id && isReplyTo(message, name, type);
    let answer = await overUdp(server, query, { belongs, tries: 2, signal, timeoutMilliseconds });
    if ((answer.readUInt16BE(2) & packet.TRUNCATED_RESPONSE) !== 0) {
      overTcp = true;
      answer = await overStream(server, query, { signal, timeoutMilliseconds });
      if (!belongs(answer)) throw failure('BAD_ANSWER');
    }
    return { milliseconds: took(), ...(overTcp && { overTcp }), ...read(decode(answer)) };
  } catch (error) {
    return { milliseconds: took(), ...(overTcp && { overTcp }), failure: String((error as { code?: unknown }).code ?? 'BAD_ANSWER') };
  }
}

/** `ip` or `ip:port` or `[ip]:port`. */
export function serverOf(text: string): Server {
  if (isIP(text) !== 0) return { address: text, port: 53 };
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** The name that PTR asks about. */
export function reverseName(address: string): string {
  if (isIP(address) === 4) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '').map((group) => group.padStart(4, '0'));
  const [first, last] = [groups(left), groups(right ?? '')];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0000'), ...last];
  return `${[...all.join('')].reverse().join('.')}.ip6.arpa`;
}

const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE'];

function read({ answers = [], flags = 0 }: Packet): { rcode: string; records: DnsRecord[]; authoritative: boolean } {
  const records = answers.flatMap((answer): DnsRecord[] => {
    if (answer.type === 'OPT' || !('ttl' in answer)) return [];
    return [{ name: plainName(answer.name), type: answer.type, ttl: answer.ttl ?? 0, data: dataOf(answer) }];
  });
  return { rcode: rcodes[flags & 15] ?? `RCODE ${flags & 15}`, records, authoritative: (flags & packet.AUTHORITATIVE_ANSWER) !== 0 };
}

function dataOf(answer: NonNullable<Packet['answers']>[number]): string {
  switch (answer.type) {
    case 'A':
    case 'AAAA': return answer.data;
    case 'CNAME':
    case 'DNAME':
    case 'NS':
    case 'PTR': return plainName(answer.data);
    case 'SRV': return `${answer.data.priority ?? 0} ${answer.data.weight ?? 0} ${answer.data.port} ${plainName(answer.data.target)}`;
    case 'MX': return `${answer.data.preference ?? 0} ${plainName(answer.data.exchange)}`;
    case 'TXT': return JSON.stringify([answer.data].flat().map(String).join(''));
    default: return '(not shown)';
  }
}

/** A label may hold any bytes; a line of ours may not. */
function plainName(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?').replace(/(?<=.)\.$/, '');
}

function isReplyTo(message: Buffer, name: string, type: QueryType): boolean {
  try {
    const { type: kind, questions } = packet.decode(message);
    return kind === 'response' && questions?.[0]?.type === type && questions[0].name.toLowerCase() === (name.replace(/\.$/, '') || '.').toLowerCase();
  } catch {
    // It bears our number: nobody else's, and nonsense.
    return true;
  }
}

function decode(message: Buffer): Packet {
  try {
    return packet.decode(message);
  } catch {
    throw failure('BAD_ANSWER');
  }
}

interface Exchange {
  signal: AbortSignal;
  timeoutMilliseconds: number;
}

function overUdp({ address, port }: Server, query: Buffer, { belongs, tries, signal, timeoutMilliseconds }: Exchange & { belongs(message: Buffer): boolean; tries: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return void reject(failure('STOPPED'));
    // Connected: the kernel drops what comes from elsewhere, and says when nothing listens there.
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    let left = tries;
    let timer: NodeJS.Timeout;
    const end = (then: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket.close();
      then();
    };
    const stop = (): void => end(() => reject(failure('STOPPED')));
    const send = (): void => {
      left -= 1;
      socket.send(query);
      timer = setTimeout(() => (left > 0 ? send() : end(() => reject(failure('TIMEOUT')))), timeoutMilliseconds);
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.once('error', (error) => end(() => reject(error)));
    socket.on('message', (message) => {
      if (belongs(message)) end(() => resolve(message));
    });
    socket.connect(port, address, send);
  });
}

function overStream({ address, port }: Server, query: Buffer, { signal, timeoutMilliseconds }: Exchange): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const socket = connect({ host: address, port });
    const end = (then: () => void): void => {
      signal.removeEventListener('abort', stop);
      clearTimeout(timer);
      socket.destroy();
      then();
    };
    const timer = setTimeout(() => end(() => reject(failure('TIMEOUT'))), timeoutMilliseconds);
    const stop = (): void => end(() => reject(failure('STOPPED')));
    signal.addEventListener('abort', stop, { once: true });
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('close', () => end(() => reject(failure('ECONNRESET'))));
    socket.once('connect', () => socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query])));
    socket.on('data', (chunk) => {
      seen = Buffer.concat([seen, chunk]);
      const length = seen.length < 2 ? Infinity : seen.readUInt16BE(0);
      if (seen.length >= 2 + length) end(() => resolve(seen.subarray(2, 2 + length)));
    });
  });
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
