/** A Slack that speaks Socket Mode on loopback: auth.test and apps.connections.open over HTTP, envelopes over one WebSocket. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface SocketSlack {
  /** Ends in /api/. */
  apiUrl: string;
  /** Web API methods called, with their bearer token. */
  calls: { method: string; token: string }[];
  /** What the app sent over the socket, parsed: acknowledgements. */
  received: { envelope_id?: string; payload?: unknown }[];
  /** How many sockets were opened. */
  connections(): number;
  send(envelope: unknown): void;
  close(): Promise<void>;
}

export async function startSocketSlack(): Promise<SocketSlack> {
  const calls: SocketSlack['calls'] = [];
  const received: SocketSlack['received'] = [];
  const sockets: Duplex[] = [];
  const server = createServer((request, response) => {
    const method = request.url?.split('/').at(-1) ?? '';
    request.resume();
    calls.push({ method, token: (request.headers.authorization ?? '').replace('Bearer ', '') });
    const { port } = server.address() as AddressInfo;
    const answers: Record<string, unknown> = {
      'auth.test': { ok: true, user_id: 'U0BOT', bot_id: 'B0BOT', team_id: 'T0TEAM', team: 'team', user: 'sre-agent', url: 'https://team.slack.invalid/' },
      'apps.connections.open': { ok: true, url: `ws://127.0.0.1:${port}/link` },
    };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answers[method] ?? { ok: true, ts: '1.1', channel: 'C0' }));
  });
  server.on('upgrade', (request, socket: Duplex) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    sockets.push(socket);
    socket.on('error', () => undefined);
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let frame = readFrame(rest); frame; frame = readFrame(rest)) {
        rest = rest.subarray(frame.length);
        if (frame.opcode === 1) received.push(JSON.parse(frame.text) as SocketSlack['received'][number]);
        if (frame.opcode === 9) socket.write(Buffer.from([0x8a, 0]));
        if (frame.opcode === 8) socket.end(Buffer.from([0x88, 0]));
      }
    });
    socket.write(textFrame({ type: 'hello', num_connections: 1, debug_info: { approximate_connection_time: 3600 }, connection_info: { app_id: 'A0APP' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    calls,
    received,
    connections: () => sockets.length,
    send: (envelope) => void sockets.at(-1)?.write(textFrame(envelope)),
    close: () => new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function textFrame(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const head = body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.from([0x81, 126, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([head, body]);
}

/** One masked frame from a client; undefined until it is whole. */
function readFrame(data: Buffer): { opcode: number; text: string; length: number } | undefined {
  if (data.length < 6) return undefined;
  const short = (data[1] ?? 0) & 0x7f;
  const start = short === 126 ? 4 : 2;
  const size = short === 126 ? data.readUInt16BE(2) : short;
  const length = start + 4 + size;
  if (data.length < length) return undefined;
  const mask = data.subarray(start, start + 4);
  const body = Buffer.from(data.subarray(start + 4, length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return { opcode: (data[0] ?? 0) & 0x0f, text: body.toString('utf8'), length };
}
