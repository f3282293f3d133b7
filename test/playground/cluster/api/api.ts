/** An API server with nothing behind it, and how tests talk to it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from '../../../../playground/cluster/api-server.ts';
import type { RunningApiServer } from '../../../../playground/cluster/api-server.ts';
import { clusterAddresses } from '../../../../playground/cluster/network/addresses.ts';

export interface Answer {
  code: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Parsed, when it is JSON. */
  body: Record<string, never> & { [field: string]: unknown };
}

export interface TestApi {
  server: RunningApiServer;
  directory: string;
  lines: string[];
  /** As cluster-admin unless `headers` say otherwise. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The parsed lines of a watch until `enough` of them came or it ended. `begun` is called once it follows. */
  watch(path: string, enough: number, begun?: () => void): Promise<{ type: string; object: { kind: string; metadata: { name: string; resourceVersion: string }; code?: number; reason?: string } }[]>;
  stop(): Promise<void>;
}

export async function startTestApi(): Promise<TestApi> {
  const directory = await mkdtemp(join(tmpdir(), 'cluster-api-'));
  const lines: string[] = [];
  const server = await startApiServer({ directory, port: 0, addresses: clusterAddresses(0), log: (line) => lines.push(line) });
  const token = server.plane.tokens.issue({ username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] });
  const agent = new Agent({ ca: server.certificateAuthority, keepAlive: true });
  const open = (method: string, path: string, headers: Record<string, string>) => httpsRequest(`${server.url}${path}`, {
    method, agent, headers: { authorization: `Bearer ${token}`, 'user-agent': 'tester/1.0', ...headers },
  });
  return {
    server, directory, lines,
    call: (method, path, body, headers = {}) => new Promise((resolve, reject) => {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const request = open(method, path, { ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }), ...headers });
      request.on('error', reject);
      request.on('response', (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (received += chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ code: response.statusCode ?? 0, headers: response.headers, text: received, body: parsed(received) });
        });
      });
      request.end(text);
    }),
    watch: (path, enough, begun) => new Promise((resolve, reject) => {
      const request = open('GET', path, {});
      request.on('error', reject);
      request.on('response', (response) => {
        let received = '';
        const done = (): void => {
          request.off('error', reject);
          request.on('error', () => undefined);
          request.destroy();
          resolve(received.split('\n').slice(0, -1).slice(0, enough).map((line) => JSON.parse(line)));
        };
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          received += chunk;
          if (received.split('\n').length > enough) done();
        });
        response.on('end', done);
        begun?.();
      });
      request.end();
    }),
    stop: async () => {
      agent.destroy();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A watch is several documents: those that want it take the text. */
function parsed(text: string): Answer['body'] {
  try {
    return JSON.parse(text) as Answer['body'];
  } catch {
    return {};
  }
}

/** Runs a program to its end, whatever its exit code. */
export function run(program: string, parameters: readonly string[], options: { environment?: Record<string, string>; input?: string } = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(program, parameters, { env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...options.environment }, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}
