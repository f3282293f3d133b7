/** A host of its own: a network namespace with real iptables in it, the agent of the host inside, and a wire-tap before it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBinary } from '../../src/process/find-binary.ts';
import { runProcess } from '../../src/process/run.ts';
import { assertBuilt, root } from './product-process.ts';
import { waitFor } from './wait-for.ts';

export const readToken = 'read-token-of-a-host-0123456789abcdef';
export const writeToken = 'write-token-of-a-host-0123456789abcdef';

export interface HostWorld {
  /** Of the agent, through the wire-tap. */
  url: string;
  /** What clients sent, and what the agent logged. */
  sent(): string;
  /** What the agent logged. */
  logged(): string;
  /** iptables in the namespace: its output. Throws with what it said. */
  iptables(...argv: string[]): Promise<string>;
  /** Like `iptables -S CHAIN`, without the policy. */
  rules(chain?: string): Promise<string[]>;
  stateDirectory: string;
  /** Throws with the agent's own words when it does not come up. */
  start(environment?: Record<string, string>): Promise<void>;
  /** SIGKILL; nothing that it started ends with it. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** From now on a write of the agent waits: before iptables runs, or after it did. `held` says that one is there, and its pid. */
  hold(when: 'before' | 'after'): { held(): Promise<number>; release(): void };
  /** What the host keeps of a change. */
  record(id: string): { state: string; deadline: number; request: object };
  /** Its deadline is now, or what `instead` says: nobody waits for a clock. */
  expire(id: string, instead?: object): void;
  request(method: string, path: string, body?: unknown, token?: string): Promise<{ status: number; body: Record<string, unknown> }>;
  close(): Promise<void>;
}

export async function openHostWorld(): Promise<HostWorld> {
  const folder = mkdtempSync(path.join(tmpdir(), 'host-'));
  const stateDirectory = path.join(folder, 'state');
  const socket = path.join(folder, 'agent.sock');
  let agent: ChildProcess | undefined;
  const holder = spawn(findBinary('unshare'), ['-rn', 'sleep', '1200'], { stdio: 'ignore' });
  const inside = ['-t', String(holder.pid), '-U', '-n', '--preserve-credentials'];
  const kernelPath = '/usr/sbin:/usr/bin:/sbin:/bin';
  let log = '';
  let sent = '';
  const killHolder = (): void => {
    holder.kill('SIGKILL');
    agent?.kill('SIGKILL');
  };
  process.once('exit', killHolder);
  const tap = await openTap(socket, (text) => { sent += text; });

  async function iptables(...argv: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await runProcess({ file: findBinary('nsenter'), argv: [...inside, findBinary('iptables', { path: kernelPath }), '-w', '5', ...argv], environment: { PATH: kernelPath }, timeoutMilliseconds: 60_000, maxBytes: 1_000_000 });
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  }

  const recordFile = (id: string): string => path.join(stateDirectory, 'changes', `${id}.json`);
  const record = (id: string): { state: string; deadline: number; request: object } => JSON.parse(readFileSync(recordFile(id), 'utf8')) as { state: string; deadline: number; request: object };

  async function kill(): Promise<void> {
    if (!agent || agent.exitCode !== null || agent.signalCode !== null) return;
    const gone = once(agent, 'exit');
    agent.kill('SIGKILL');
    await gone;
  }

  await waitFor('the namespace', () => iptables('-S').then(() => true, () => false));

  const program = path.join(folder, 'iptables');
  /** Stands in for iptables: reads pass, and a write can be made to wait. */
  writeFileSync(program, `#!/bin/sh
real=${findBinary('iptables', { path: kernelPath })}
case " $* " in *" -I "*|*" -D "*) ;; *) exec "$real" "$@" ;; esac
wait_at() { if [ -e "${folder}/$1" ]; then echo $$ > "${folder}/held.new"; mv "${folder}/held.new" "${folder}/held"; while [ -e "${folder}/$1" ]; do sleep 0.05; done; fi; }
wait_at before
"$real" "$@"; code=$?
wait_at after
exit $code
`);
  chmodSync(program, 0o755);

  return {
    url: tap.url,
    sent: () => `${sent}\n${log}`,
    logged: () => log,
    iptables,
    async rules(chain = 'INPUT') {
      return (await iptables('-S', chain)).trim().split('\n').filter((line) => line.startsWith('-A'));
    },
    stateDirectory,
    async start(environment = {}) {
      const child = spawn(findBinary('nsenter'), [...inside, process.execPath, ...programOfAgent(), 'host'], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: kernelPath, HOST_AGENT_LISTEN: `unix:${socket}`, HOST_AGENT_READ_TOKEN: readToken, HOST_AGENT_WRITE_TOKEN: writeToken, HOST_AGENT_STATE_DIRECTORY: stateDirectory, IPTABLES: program, ...environment },
      });
      agent = child;
      const begins = log.length;
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { log += chunk.toString(); });
      await waitFor('the host agent', () => {
        if (child.exitCode !== null) throw new Error(`It ended before it was up:\n${log.slice(begins)}`);
        return log.slice(begins).includes('the host agent is up');
      }, 120);
    },
    kill,
    async stop() {
      if (!agent) return null;
      const gone = once(agent, 'exit') as Promise<[number | null]>;
      agent.kill('SIGTERM');
      return (await gone)[0];
    },
    hold(when) {
      const held = path.join(folder, 'held');
      rmSync(held, { force: true });
      writeFileSync(path.join(folder, when), '');
      return {
        held: () => waitFor('a write that waits', () => existsSync(held) && Number(readFileSync(held, 'utf8').trim()), 120),
        release: () => rmSync(path.join(folder, when), { force: true }),
      };
    },
    record,
    expire(id, instead = {}) {
      const file = recordFile(id);
      writeFileSync(`${file}.expired`, JSON.stringify({ ...record(id), deadline: Date.now(), ...instead }));
      renameSync(`${file}.expired`, file);
    },
    async request(method, where, body, token = writeToken) {
      const response = await fetch(`${tap.url}${where}`, { method, headers: { authorization: `Bearer ${token}`, connection: 'close' }, ...(body !== undefined && { body: JSON.stringify(body) }) });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    async close() {
      await kill();
      process.off('exit', killHolder);
      killHolder();
      await tap.close();
      // Guards that are left see that their record is gone, and end.
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The built product where it is up to date: it starts faster. */
function programOfAgent(): string[] {
  try {
    assertBuilt();
    return [path.join(root, 'dist/src/cli.js')];
  } catch {
    return ['--import', 'tsx', path.join(root, 'src/cli.ts')];
  }
}

async function openTap(socket: string, onSent: (text: string) => void): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(socket);
    for (const each of [client, upstream]) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => sockets.delete(each));
    }
    client.on('data', (chunk) => onSent(chunk.toString('utf8')));
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const each of sockets) each.destroy();
      await new Promise<void>((resolve) => { server.close(() => resolve()); });
    },
  };
}
