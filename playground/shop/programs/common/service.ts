/** A program's life: read the environment, serve, tell when it is ready, end gracefully on SIGTERM. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidEnvironmentError, readEnvironment, type Environment } from './environment.ts';
import { errorCode, errorMessage } from './failure.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startServer, type Route } from './server.ts';
import { createUpstream, upstreamMetrics, type Upstream } from './upstream.ts';

export interface ServiceParts {
  log: Log;
  environment: Environment;
  metrics: Metrics;
  /** The upstream behind the URL in `variable`. */
  upstream(name: string, variable: string): Upstream;
  /** Not ready until it resolves. */
  readyAfter(what: string, wait: Promise<unknown>): void;
  /** Run after the last answer. */
  onStop(work: () => Promise<unknown> | unknown): void;
  /** True from SIGTERM on. */
  stopping(): boolean;
}

const milliseconds = { minimum: 1, maximum: 60_000 };

/** `createRoutes` throws what makes a start pointless: the process ends with 1. */
export function runService(name: string, createRoutes: (parts: ServiceParts) => Route[] | Promise<Route[]>): void {
  const log = createLog({ service: name, version: process.env['APP_VERSION'] ?? 'dev', pod: process.env['HOSTNAME'] });
  start(name, log, createRoutes).catch((error: unknown) => {
    log('error', `start failed: ${errorMessage(error)}`, { code: errorCode(error), ...(error instanceof InvalidEnvironmentError ? { variable: error.variable } : {}) });
    process.exitCode = 1;
    setTimeout(() => process.exit(1), 50);
  });
}

async function start(name: string, log: Log, createRoutes: (parts: ServiceParts) => Route[] | Promise<Route[]>): Promise<void> {
  const environment = readEnvironment(process.env);
  log('info', 'starting', { pid: process.pid, node: process.version });
  for (const variable of environment.text('REQUIRED_ENVIRONMENT', '').split(',')) if (variable !== '') environment.text(variable);
  const metrics = createMetrics();
  metrics.gauge('app_info', 'The version that runs', () => [{ labels: { service: name, version: process.env['APP_VERSION'] ?? 'dev' }, value: 1 }]);
  metrics.gauge('process_resident_memory_bytes', 'Memory of the process', () => process.memoryUsage.rss());
  metrics.gauge('process_start_time_seconds', 'When the process began', () => Math.round(performance.timeOrigin / 1000));
  const measuredUpstreams = upstreamMetrics(metrics);
  const waiting = new Set<string>();
  const endings: (() => Promise<unknown> | unknown)[] = [];
  let stopping = false;
  const routes = await createRoutes({
    log, environment, metrics,
    upstream: (upstream, variable) => createUpstream({
      name: upstream,
      baseUrl: environment.url(variable),
      timeoutMilliseconds: environment.integer('UPSTREAM_TIMEOUT_MS', milliseconds, 2000),
      retries: environment.integer('UPSTREAM_RETRIES', { minimum: 0, maximum: 5 }, 1),
      connections: environment.integer('UPSTREAM_CONNECTIONS', { minimum: 1, maximum: 1000 }, 32),
      log,
      metrics: measuredUpstreams,
    }),
    readyAfter: (what, wait) => {
      waiting.add(what);
      void wait.then(() => waiting.delete(what), (error: unknown) => log('error', `${what}: ${errorMessage(error)}`));
    },
    onStop: (work) => void endings.push(work),
    stopping: () => stopping,
  });
  const server = await startServer({
    address: environment.text('LISTEN_ADDRESS', '0.0.0.0'),
    port: environment.integer('PORT', { minimum: 0, maximum: 65_535 }, 8080),
    slowRequestMilliseconds: environment.integer('SLOW_REQUEST_MS', milliseconds, 400),
    routes, log, metrics,
    notReady: () => (stopping ? 'stopping' : waiting.size === 0 ? undefined : `waiting for ${[...waiting].join(', ')}`),
  });
  const end = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log('info', 'stopping', { signal });
    setTimeout(() => process.exit(0), 10_000).unref();
    // Whoever routes to us needs a moment to see that we are not ready.
    await sleep(environment.integer('SHUTDOWN_DELAY_MS', { minimum: 0, maximum: 60_000 }, 1000));
    await server.close();
    for (const work of endings) await work();
    log('info', 'stopped');
    process.exit(0);
  };
  process.once('SIGTERM', () => void end('SIGTERM'));
  process.once('SIGINT', () => void end('SIGINT'));
}
