/**
 * A program that its configuration makes into a gateway, a cache, an auth service, a consumer or a client. What it does
 * is a plan (component/plan.ts): the JSON of PLAN, or of the file PLAN_FILE, which is read again when it changes.
 *
 * SERVICE_NAME             as it calls itself
 * <NAME>_URL               of each upstream; UPSTREAM_TIMEOUT_MS, UPSTREAM_RETRIES, UPSTREAM_CONNECTIONS for all of them
 * DB_*                     as for the others, when the plan queries
 * FLAGS, FLAGS_FILE        JSON of names and values, `{flag.name}` in steps ("off" when absent); FLAGS: `name=on,other=off`
 * WORK_MS                  time each request takes besides
 * CONCURRENCY, QUEUE_LENGTH, RATE_LIMIT_RPS, CACHE_TTL_MS, CACHE_ENTRIES, TOKEN_KEY, TOKEN_LIFETIME_SECONDS
 * START_SECONDS            until it is ready; WAIT_FOR: upstreams that must be ready first; START_LINES: lines of its first log
 * ACCESS_LOG=on            a line for each request, with its path as it came
 * HISTORY_KIB, SPOOL_FILES of memory, of open files: kept for each request
 * OPEN_FILES_LIMIT         most open files of the process (read by the image's entrypoint)
 */
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from './component/cache.ts';
import { createRateLimit, createSlots } from './component/limits.ts';
import { startLoops } from './component/loops.ts';
import { readPlan, type Plan, type Step } from './component/plan.ts';
import { createSteps } from './component/steps.ts';
import { createTokens } from './component/tokens.ts';
import type { Database } from './common/database.ts';
import { RequestFailure, errorCode, errorMessage } from './common/failure.ts';
import { runService, type ServiceParts } from './common/service.ts';
import type { Route, ServiceRequest } from './common/server.ts';
import { watchFile } from './common/settings-file.ts';
import { logged } from './common/trace.ts';
import type { Upstream } from './common/upstream.ts';
import { openDatabase } from './common/with-database.ts';

const name = process.env['SERVICE_NAME'] ?? 'component';
const most = { minimum: 0, maximum: 1_000_000 };

runService(name, (parts) => {
  const { environment, log, metrics } = parts;
  for (const line of environment.text('START_LINES', '').split('\n')) if (line !== '') log('info', line);
  const plan = environment.has('PLAN_FILE') ? watchFile(environment.text('PLAN_FILE'), readPlan, log) : fixed(readPlan(JSON.parse(environment.text('PLAN'))));
  const flags = readFlags(parts);
  const database = environment.has('DB_HOST') ? openDatabase(name, parts) : undefined;
  const tokens = environment.has('TOKEN_KEY') ? createTokens(environment.secret('TOKEN_KEY'), environment.integer('TOKEN_LIFETIME_SECONDS', most, 3600)) : undefined;
  if (tokens) log('info', 'token key loaded', { key_id: tokens.keyId });
  const upstreams = new Map<string, Upstream>();
  const needed = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new RequestFailure(500, 'NOT_CONFIGURED', `no ${what} configured`);
    return value;
  };
  const getDatabase = (): Database => needed(database, 'database');
  const getUpstream = (called: string): Upstream => {
    const known = upstreams.get(called) ?? parts.upstream(called, variableOf(called));
    upstreams.set(called, known);
    return known;
  };
  // A missing address must be found at the start, not by the first request.
  for (const called of calledBy(plan())) getUpstream(called);
  const cache = createCache(environment.integer('CACHE_TTL_MS', most, 0), environment.integer('CACHE_ENTRIES', most, 10_000), metrics);
  reportCache(parts, cache.counts);
  const runSteps = createSteps({ log, cache, upstream: getUpstream, database: getDatabase, tokens: () => needed(tokens, 'token key') });
  const admit = createRateLimit(environment.integer('RATE_LIMIT_RPS', most, 0), log, metrics);
  const inSlot = createSlots(environment.integer('CONCURRENCY', most, 0), environment.integer('QUEUE_LENGTH', most, 200), log, metrics);
  const workMilliseconds = environment.integer('WORK_MS', most, 0);
  const leak = createLeak(parts);

  const handle = async (route: string, { trace, query, parameters, body }: ServiceRequest): Promise<unknown> => {
    admit();
    return inSlot(async () => {
      leak();
      if (workMilliseconds > 0) await sleep(workMilliseconds * (0.85 + Math.random() * 0.3));
      return runSteps(plan().routes[route] ?? [], { ...Object.fromEntries(query), ...parameters, body, flag: flags() }, trace);
    });
  };
  parts.readyAfter('start', becomeReady(parts));
  startLoops({ ...parts, plan, runSteps, database: getDatabase, scope: () => ({ flag: flags(), now: Date.now() }) });

  const accessLog = environment.flag('ACCESS_LOG');
  const compile = (): Route[] => Object.keys(plan().routes).map((route) => toRoute(route, async (request) => {
    if (accessLog) log('info', `access: ${route}`, { ...logged(request.trace), parameters: request.parameters, query: Object.fromEntries(request.query) });
    return handle(route, request);
  }));
  const routes = compile();
  let current = plan();
  setInterval(() => {
    if (plan() === current) return;
    current = plan();
    routes.splice(0, routes.length, ...compile());
  }, 250).unref();
  return routes;
});

function fixed<T>(value: T): () => T {
  return () => value;
}

function variableOf(upstream: string): string {
  return `${upstream.toUpperCase().replaceAll('-', '_')}_URL`;
}

function calledBy(plan: Plan): Set<string> {
  const within = (steps: readonly Step[]): string[] => steps.flatMap((step) => ('call' in step ? [step.call] : 'when' in step ? [...within(step.steps), ...within(step.otherwise ?? [])] : []));
  return new Set([...Object.values(plan.routes), plan.consume?.steps ?? [], ...(plan.every ?? []).map(({ steps }) => steps)].flatMap(within));
}

/** `/accounts/:customer` has the parameter `customer`. */
function toRoute(route: string, handle: Route['handle']): Route {
  const [method = '', path = ''] = route.split(' ');
  const pattern = path.split('/').map((part) => (part.startsWith(':') ? `(?<${part.slice(1)}>[^/]+)` : part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))).join('/');
  return { method: method as Route['method'], name: path, pattern: new RegExp(`^${pattern}$`), handle };
}

function readFlags({ environment, log }: ServiceParts): () => Record<string, unknown> {
  if (environment.has('FLAGS_FILE')) return watchFile(environment.text('FLAGS_FILE'), (value) => value as Record<string, unknown>, log);
  const pairs = environment.text('FLAGS', '').split(',').filter((pair) => pair !== '');
  return fixed(Object.fromEntries(pairs.map((pair) => pair.split('=').map((word) => word.trim()) as [string, string])));
}

async function becomeReady({ environment, log }: ServiceParts): Promise<void> {
  await sleep(environment.integer('START_SECONDS', most, 0) * 1000);
  for (const awaited of environment.text('WAIT_FOR', '').split(',').filter((upstream) => upstream !== '')) {
    const url = `${environment.url(variableOf(awaited))}/readyz`;
    for (let attempt = 1; ; attempt += 1) {
      const problem = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(({ ok, status }) => (ok ? undefined : `answered ${status}`), (error: unknown) => errorMessage(error instanceof Error && error.cause !== undefined ? error.cause : error));
      if (problem === undefined) break;
      if (attempt % 5 === 1) log('warn', `waiting for ${awaited}: ${problem}`, { upstream: awaited, url, attempt });
      await sleep(1000);
    }
  }
}

function reportCache({ environment, log, onStop }: ServiceParts, counts: () => { hits: number; misses: number }): void {
  let last = counts();
  const timer = setInterval(() => {
    const now = counts();
    const [hits, misses] = [now.hits - last.hits, now.misses - last.misses];
    last = now;
    if (hits + misses > 0) log('info', `cache: ${Math.round((100 * hits) / (hits + misses))}% hits`, { hits, misses, ttl_ms: environment.integer('CACHE_TTL_MS', most, 0) });
  }, 15_000);
  onStop(() => clearInterval(timer));
}

/** What a careless release keeps of each request. */
function createLeak({ environment, log, metrics }: ServiceParts): () => void {
  const kibibytes = environment.integer('HISTORY_KIB', most, 0);
  const files = environment.integer('SPOOL_FILES', most, 0);
  const kept: Buffer[] = [];
  const opened: number[] = [];
  metrics.gauge('process_open_fds', 'Open files of the process that it opened itself', () => (files > 0 ? opened.length : undefined));
  const limit = files > 0 ? openFilesLimit() : '';
  return () => {
    if (kibibytes > 0) kept.push(Buffer.alloc(kibibytes * 1024, kept.length % 251));
    for (let count = 0; count < files; count += 1) {
      try {
        opened.push(openSync('/dev/null', 'r'));
      } catch (error) {
        log('error', `can not open a spool file: ${errorMessage(error)}`, { code: errorCode(error), open: opened.length, limit });
        throw new RequestFailure(500, errorCode(error), errorMessage(error));
      }
    }
  };
}

function openFilesLimit(): string {
  try {
    return /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
