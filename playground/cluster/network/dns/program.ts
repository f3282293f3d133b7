/**
 * The cluster's DNS: what the image `coredns` runs, in a pod as any other. It reads the Corefile that its ConfigMap mounts,
 * services and endpoints through the API, and answers on port 53, UDP and TCP.
 */
import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import packet from 'dns-packet';
import type { Packet } from 'dns-packet';
import { answerQuestion } from './answer.ts';
import type { Answer } from './answer.ts';
import { CorefileError, parseCorefile } from './corefile.ts';
import type { ServerBlock } from './corefile.ts';
import { follow } from './follow.ts';
import { forwardQuestion } from './forward.ts';
import { clusterZone } from './records.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const file = process.argv[process.argv.indexOf('-conf') + 1] ?? '/etc/coredns/Corefile';
const reloadMilliseconds = 2000;

type Services = Parameters<typeof clusterZone>[1];
type Slices = Parameters<typeof clusterZone>[2];

let services: Services = [];
let slices: Slices = [];
let namespaces: ReadonlySet<string> = new Set();
let zones = new Map<string, ReturnType<typeof clusterZone>>();
const loaded = new Set<string>();

let blocks = start();
watchWorld();
serve();
keepReloading();

function start(): ServerBlock[] {
  try {
    return parseCorefile(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof CorefileError)) throw error;
    say(error.message.replace(/^Corefile/, file));
    process.exit(1);
  }
}

function watchWorld(): void {
  const changed = (what: string, keep: () => void): void => {
    keep();
    zones = new Map();
    loaded.add(what);
  };
  const failed = (line: string): void => say(`[WARNING] plugin/kubernetes: Kubernetes API connection failure: ${line}`);
  follow<Services[number]>('/api/v1/services', (found) => changed('services', () => { services = found; }), failed);
  follow<Slices[number]>('/apis/discovery.k8s.io/v1/endpointslices', (found) => changed('slices', () => { slices = found; }), failed);
  follow<{ metadata: { name?: string } }>('/api/v1/namespaces', (found) => changed('namespaces', () => { namespaces = new Set(found.map(({ metadata }) => metadata.name ?? '')); }), failed);
}

function zone(name: string) {
  const found = zones.get(name) ?? clusterZone(name, services, slices, namespaces);
  zones.set(name, found);
  return found;
}

async function respond(query: Buffer): Promise<Buffer | undefined> {
  let asked: Packet;
  try {
    asked = packet.decode(query);
  } catch {
    return undefined;
  }
  const question = asked.questions?.[0];
  if (asked.type === 'response' || question === undefined) return undefined;
  const answer = await answerQuestion(blocks, { name: question.name, type: question.type }, { zone, forward: forwardQuestion, error: say });
  return packet.encode(responseTo(asked, answer));
}

const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

function responseTo(asked: Packet, { rcode, records, ttl, authority }: Answer): Packet {
  const authorities = authority === undefined ? [] : [{
    type: 'SOA' as const, name: authority || '.', ttl,
    data: { mname: `ns.dns.${authority}`, rname: `hostmaster.${authority}`, serial: 1, refresh: 7200, retry: 1800, expire: 86_400, minimum: 5 },
  }];
  return {
    type: 'response', id: asked.id ?? 0, questions: asked.questions ?? [],
    flags: packet.AUTHORITATIVE_ANSWER | ((asked.flags ?? 0) & packet.RECURSION_DESIRED) | rcodes[rcode],
    answers: records.map((record) => ({ ...record, ttl, class: 'IN' as const })) as NonNullable<Packet['answers']>,
    authorities,
  };
}

function serve(): void {
  const port = blocks[0]?.port ?? 53;
  const datagrams = dgram.createSocket('udp4');
  datagrams.on('message', (query, client) => void send(query, (answer) => datagrams.send(answer, client.port, client.address)));
  datagrams.bind(port);
  net.createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const query = rest.subarray(2, 2 + rest.readUInt16BE(0));
        rest = rest.subarray(2 + query.length);
        void send(query, (answer) => socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer])));
      }
    });
  }).listen(port);
  listenHttp(8080, '/health', () => true);
  listenHttp(8181, '/ready', () => loaded.size === 3);
  for (const block of blocks) say(`${block.zones.map((name) => `${name || '.'}`).join(' ')}:${block.port}`);
  say(`[INFO] plugin/reload: Running configuration SHA512 = ${createHash('sha512').update(readFileSync(file)).digest('hex')}`);
}

async function send(query: Buffer, write: (answer: Buffer) => void): Promise<void> {
  const answer = await respond(query);
  if (answer !== undefined) write(answer);
}

function listenHttp(port: number, path: string, good: () => boolean): void {
  http.createServer((request, response) => {
    if (request.url !== path) response.writeHead(404).end();
    else response.writeHead(good() ? 200 : 503).end(good() ? 'OK' : '');
  }).listen(port);
}

/** With the reload plugin a changed Corefile takes effect; a wrong one is refused and the old one stays. */
function keepReloading(): void {
  let seen = readFileSync(file, 'utf8');
  setInterval(() => {
    const text = readFileSync(file, 'utf8');
    if (text === seen || !blocks.some((block) => block.plugins.some(({ name }) => name === 'reload'))) return;
    seen = text;
    say('[INFO] Reloading');
    try {
      blocks = parseCorefile(text);
      say(`[INFO] plugin/reload: Running configuration SHA512 = ${createHash('sha512').update(text).digest('hex')}`);
      say('[INFO] Reloading complete');
    } catch (error) {
      say(`[ERROR] Restart failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }, reloadMilliseconds);
}

process.once('SIGTERM', () => {
  say('[INFO] SIGTERM: Shutting down servers then terminating');
  process.exit(0);
});
