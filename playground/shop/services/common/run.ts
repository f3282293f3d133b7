/** A service's life: read the environment, serve, end with the parent or on SIGTERM. */
import { createDatabase, type Database } from './database.ts';
import { InvalidEnvironmentError, readDatabaseUrl, readInteger, readUrl } from './environment.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startServer, type Route } from './server.ts';
import { createUpstream, type Upstream } from './upstream.ts';
import { createWorkQueue } from './work-queue.ts';

export interface ServiceParts {
  log: Log;
  /** Reads the database variables; only for services that have a database. */
  database(): Database;
  /** The upstream behind the URL in `variable`. */
  upstream(name: string, variable: string): Upstream;
}

export function runService(service: string, routesOf: (parts: ServiceParts) => Route[]): void {
  const log = createLog(service);
  start(service, log, routesOf).catch((error: unknown) => {
    const fields = error instanceof InvalidEnvironmentError ? { code: error.code, variable: error.variable, value: error.value } : {};
    log('error', error instanceof Error ? error.message : String(error), fields);
    process.exitCode = 1;
    setTimeout(() => process.exit(1), 50);
  });
}

async function start(service: string, log: Log, routesOf: (parts: ServiceParts) => Route[]): Promise<void> {
  const environment = process.env;
  log('info', 'starting', { pid: process.pid, node: process.version });
  const port = readInteger(environment, 'PORT', 1, 65_535);
  const slowRequestMilliseconds = readInteger(environment, 'SLOW_REQUEST_MS', 1, 60_000);
  const metrics = createMetrics(service);
  const queue = createWorkQueue();
  const routes = routesOf({
    log,
    database: () => openDatabase(service, environment, log, metrics),
    upstream: (name, variable) => createUpstream({
      name, baseUrl: readUrl(environment, variable), timeoutMilliseconds: readInteger(environment, 'UPSTREAM_TIMEOUT_MS', 1, 60_000), log, metrics,
    }),
  });
  const server = await startServer({ port, slowRequestMilliseconds, routes, log, metrics, queue });

  process.once('SIGTERM', () => {
    log('info', 'stopping', { signal: 'SIGTERM' });
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), 300);
  });
  process.on('message', (message: unknown) => {
    const job = readJob(message);
    if (!job) return;
    log('info', `job ${job.name} started`, { job: job.name });
    queue.runJob(job.sliceMilliseconds, job.slices);
  });
  process.once('disconnect', () => process.exit(0));
}

function openDatabase(service: string, environment: NodeJS.ProcessEnv, log: Log, metrics: Metrics): Database {
  return createDatabase({
    service,
    url: readDatabaseUrl(environment),
    poolSize: readInteger(environment, 'POOL_SIZE', 1, 50),
    acquireTimeoutMilliseconds: readInteger(environment, 'POOL_TIMEOUT_MS', 1, 60_000),
    lockTimeoutMilliseconds: readInteger(environment, 'LOCK_TIMEOUT_MS', 1, 60_000),
    log,
    metrics,
  });
}

function readJob(message: unknown): { name: string; sliceMilliseconds: number; slices: number } | null {
  if (typeof message !== 'object' || message === null) return null;
  const { job, sliceMilliseconds, slices } = message as Record<string, unknown>;
  if (typeof job !== 'string' || typeof sliceMilliseconds !== 'number' || typeof slices !== 'number') return null;
  return { name: job, sliceMilliseconds, slices };
}
