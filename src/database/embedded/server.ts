/** One run of the postgres program: started, watched, stopped with us. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Logger } from '../../telemetry/log.ts';
import type { Binaries } from './binaries.ts';
import { childEnvironment } from './child-environment.ts';
import { identity, spawnError } from './cluster.ts';
import { EmbeddedStartError } from './errors.ts';
import type { Location } from './location.ts';
import { startedIn } from './location.ts';

export interface Server {
  pid: number;
  stop(): Promise<void>;
}

/** @throws EmbeddedStartError with PostgreSQL's last words */
export async function startServer(location: Location, binaries: Binaries, options: { port: number; flags: string[] }, log: Logger): Promise<Server> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    log_min_error_statement: 'panic',
    // Means nothing to PostgreSQL: it names the cluster in the process list, for people and for the next start.
    'sre_agent.directory': location.cluster,
  };
  const child = spawn(
    binaries.postgres,
    ['-D', location.closedAbove ? startedIn : location.cluster, '-p', String(options.port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]), ...options.flags],
    // Its own process group: Ctrl-C in a terminal reaches us first, and we stop it last.
    { env: childEnvironment(), cwd: location.cluster, stdio: ['ignore', 'ignore', 'pipe'], detached: process.platform !== 'win32', ...identity(location) },
  );
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let stopping = false;
  const release = endWithProcess(child);
  await untilReady(child, location, log);
  child.once('exit', (exitCode, signal) => {
    release();
    if (!stopping) log.error({ exitCode, signal }, 'The embedded PostgreSQL ended by itself');
  });
  return {
    pid: child.pid ?? 0,
    async stop() {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      await closed;
      release();
    },
  };
}

function untilReady(child: ChildProcess, location: Location, log: Logger): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      output = (output + text).slice(-4000);
      for (const line of text.split('\n')) if (line.trim() !== '') report(line, log);
      if (output.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', (error) => reject(spawnError(location, error)));
    child.once('close', () => reject(new EmbeddedStartError(location.cluster, output)));
  });
}

function report(line: string, log: Logger): void {
  if (/\b(?:FATAL|PANIC):/.test(line)) log.warn({ postgres: line }, 'PostgreSQL says');
  else log.debug({ postgres: line }, 'PostgreSQL says');
}

/** Stops the server when Node ends. Returns the function that forgets it. */
function endWithProcess(child: ChildProcess): () => void {
  const onExit = (): void => void child.kill('SIGINT');
  const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];
  const onSignal = (signal: NodeJS.Signals): void => {
    // A program with its own handler decides when to end; 'exit' is then our moment.
    if (process.listeners(signal).some((listener) => !ours.has(listener))) return;
    child.kill('SIGINT');
    child.once('close', () => {
      release();
      process.kill(process.pid, signal);
    });
  };
  const release = (): void => {
    process.off('exit', onExit);
    for (const signal of signals) process.off(signal, onSignal);
    ours.delete(onSignal);
  };
  ours.add(onSignal);
  process.on('exit', onExit);
  for (const signal of signals) process.on(signal, onSignal);
  return release;
}

const ours = new Set<unknown>();
