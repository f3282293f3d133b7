#!/usr/bin/env node
/** The composition root: configuration, adapters, roles. Everything outside comes in here and nowhere else. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError } from './config/configuration-error.ts';
import { readEnvironment } from './config/environment.ts';
import type { Environment } from './config/environment.ts';
import { loadConfiguration } from './config/load.ts';
import { startEmbeddedPostgres } from './database/embedded.ts';
import { migrate } from './database/migrate.ts';
import { createStore } from './database/store.ts';
import type { Store } from './incident/store.ts';
import { openSandbox } from './process/open-sandbox.ts';
import { useSandbox } from './process/run.ts';
import { createQueueBackend } from './queue/bullmq.ts';
import { createRedactor } from './redaction/redactor.ts';
import { startExecutor } from './roles/executor.ts';
import { startGateway } from './roles/gateway.ts';
import { startInvestigator } from './roles/investigator.ts';
import type { RoleParts } from './roles/role.ts';
import { separationProblems } from './roles/separation.ts';
import { databaseError, listenError, startMessage } from './start-error.ts';
import { healthRoutes, serveRoutes } from './telemetry/health.ts';
import type { Route } from './telemetry/health.ts';
import { createLogger } from './telemetry/log.ts';
import type { Logger } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';

type Variables = Readonly<Record<string, string | undefined>>;
type Stop = () => Promise<void>;

const graceMilliseconds = 20_000;
/** For a start that is under way when the end comes. */
const startingMilliseconds = 3_000;

/** What is up by now is in `stops`, the newest last, also while it is still starting. */
async function start(variables: Variables, stops: Stop[], ending: AbortSignal): Promise<Logger> {
  const environment = readEnvironment(variables);
  const configuration = loadConfiguration(environment.CONFIG_FILE, variables);
  const problems = separationProblems(environment, configuration.targets, variables);
  if (problems.length > 0) throw new ConfigurationError(problems);
  const own = [environment.SLACK_BOT_TOKEN, environment.SLACK_SIGNING_SECRET, environment.SLACK_APP_TOKEN, environment.ANTHROPIC_API_KEY, variables['ANTHROPIC_FOUNDRY_API_KEY'], variables['AWS_BEARER_TOKEN_BEDROCK'], variables['AWS_SECRET_ACCESS_KEY'], variables['AWS_SESSION_TOKEN'], environment.PAGERDUTY_WEBHOOK_SECRET, environment.ALERTMANAGER_TOKEN, environment.DATABASE_URL, environment.REDIS_URL];
  const redactor = createRedactor({ knownSecrets: () => [...own.filter((secret) => secret !== undefined), ...configuration.secretValues()] });
  const log = createLogger({ level: environment.LOG_LEVEL, redact: redactor.redactSync });

  useSandbox(await openSandbox(environment.SANDBOX, log));

  const databaseUrl = await openDatabase(environment, log, stops);
  const store = await openStore(databaseUrl, log);
  stops.push(() => store.close());
  const queue = await createQueueBackend({ databaseUrl, redisUrl: environment.REDIS_URL, log });
  stops.push(() => queue.close(graceMilliseconds));
  const metrics = createMetrics(queue);
  const parts: RoleParts = { environment, configuration, store, queue, redactor, metrics, log, ending };
  const health = healthRoutes(async () => {
    await store.incidents.list({ limit: 1 });
    await queue.depth('changes');
  }, metrics, log);

  if (environment.ROLES.includes('executor')) stops.push(await startExecutor(parts));
  if (environment.ROLES.includes('investigator')) stops.push(await startInvestigator(parts));
  if (environment.ROLES.includes('gateway')) stops.push(await startGateway(parts, health));
  else stops.push(await serveHealth(health, environment));
  log.info({ roles: environment.ROLES }, 'sre-agent is up');
  return log;
}

async function openDatabase(environment: Environment, log: Logger, stops: Stop[]): Promise<string> {
  if (environment.DATABASE_URL) return environment.DATABASE_URL;
  const embedded = await startEmbeddedPostgres({ directory: environment.DATA_DIR, log });
  stops.push(() => embedded.stop());
  await embedded.createDatabase('sre_agent');
  return embedded.url('sre_agent');
}

async function openStore(databaseUrl: string, log: Logger): Promise<Store> {
  try {
    await migrate(databaseUrl, log);
    return await createStore({ url: databaseUrl, log });
  } catch (error) {
    throw databaseError(error);
  }
}

async function serveHealth(health: Route[], { HOST: host, PORT: port }: Environment): Promise<Stop> {
  const server = await serveRoutes(health, { host, port }).catch((error: unknown) => {
    throw listenError(error, { host, port });
  });
  return server.close;
}

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env'); // what the environment already has stays
  const stops: Stop[] = [];
  let log: Logger | undefined;
  let starting: Promise<Logger> | undefined;
  const ending = new AbortController();
  const end = async (code: number): Promise<void> => {
    if (ending.signal.aborted) return;
    ending.abort();
    setTimeout(() => process.exit(code || 1), graceMilliseconds + 10_000).unref();
    // What is still starting has no stop of its own yet.
    await Promise.race([starting?.catch(() => undefined), sleep(startingMilliseconds)]);
    for (const step of stops.splice(0).toReversed()) await step().catch((error: unknown) => log?.warn({ error }, 'a part did not stop cleanly'));
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(0));
  try {
    starting = start(process.env, stops, ending.signal);
    log = await starting;
  } catch (error) {
    if (ending.signal.aborted) return;
    process.stderr.write(`${startMessage(error)}\n`);
    return end(1);
  }
  process.on('uncaughtException', (error) => {
    log?.fatal({ error }, 'unexpected error; ending');
    void end(1);
  });
}

await main();
