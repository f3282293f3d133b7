/** The environment: every variable the product reads, once. `.env.example` is tested against this file. */
import { z } from 'zod';
import { ConfigurationError } from './configuration-error.ts';

export const roles = ['gateway', 'investigator', 'executor'] as const;

const optional = z.string().trim().min(1).optional();
const url = (protocols: string[]) =>
  optional.refine((value) => value === undefined || protocols.some((protocol) => value.startsWith(`${protocol}://`)), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
  });

/** name -> schema with a description; the description is the documentation. */
export const variables = {
  ROLES: z
    .string()
    .default(roles.join(','))
    .transform((value) => value.split(',').map((role) => role.trim()).filter(Boolean))
    .pipe(z.array(z.enum(roles)).min(1))
    .describe('Which roles this process plays, comma-separated: gateway (Slack and webhooks), investigator (reads), executor (changes). Default: all three.'),
  CONFIG_FILE: z.string().default('sre-agent.yaml').describe('Path of the configuration file: targets, channels, policy, budgets, models.'),
  DATABASE_URL: url(['postgres', 'postgresql']).describe('PostgreSQL of the product itself. Without it an embedded PostgreSQL keeps its data in DATA_DIR; needed when roles run in separate processes.'),
  DATA_DIR: z.string().default('data').describe('Where the embedded PostgreSQL keeps its data.'),
  REDIS_URL: url(['redis', 'rediss']).describe('Redis for the queue. Without it the queue lives in the same PostgreSQL.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on: Slack requests, webhooks, /healthz, /readyz, /metrics.'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080).describe('Port to listen on.'),
  SLACK_BOT_TOKEN: optional.describe('Bot token (xoxb-...) of the Slack app. The gateway needs it.'),
  SLACK_SIGNING_SECRET: optional.describe('Signing secret of the Slack app. The gateway needs it in HTTP mode.'),
  SLACK_APP_TOKEN: optional.describe('App-level token (xapp-...) with connections:write. Set: Socket Mode, no public URL needed.'),
  SLACK_API_URL: url(['http', 'https']).describe('Another Slack Web API to talk to, for tests and the playground.'),
  PAGERDUTY_WEBHOOK_SECRET: optional.describe('Secret of the PagerDuty V3 webhook subscription. Unset: /webhooks/pagerduty is off.'),
  ALERTMANAGER_TOKEN: optional.describe('Bearer token that Alertmanager sends. Unset: /webhooks/alertmanager is off.'),
  ANTHROPIC_API_KEY: optional.describe('Key for Claude, for the investigator alone. Unset: investigations run on rules.'),
  ANTHROPIC_BASE_URL: url(['http', 'https']).describe('Another address of the Messages API.'),
  KUBECTL: optional.describe('Absolute path of kubectl. Default: found on PATH.'),
  HELM: optional.describe('Absolute path of helm. Default: found on PATH.'),
  SANDBOX: z.enum(['auto', 'require', 'off']).default('auto').describe('Whether kubectl and helm run in bubblewrap: auto (where it works), require (or not at all), off.'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info').describe('How much to log.'),
} as const;

const environmentSchema = z.object(variables);
export type Environment = z.infer<typeof environmentSchema>;

/** Reads the environment; empty variables count as unset. Throws ConfigurationError naming every wrong variable. */
export function readEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environmentSchema.safeParse(present);
  if (!parsed.success) {
    throw new ConfigurationError(parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}. ${describe(String(issue.path[0]))}`));
  }
  const problems = missingForRoles(parsed.data);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return parsed.data;
}

function missingForRoles(environment: Environment): string[] {
  const problems: string[] = [];
  if (environment.ROLES.includes('gateway')) {
    if (!environment.SLACK_BOT_TOKEN) problems.push(`SLACK_BOT_TOKEN is missing. ${describe('SLACK_BOT_TOKEN')} Copy it from your app's page, "OAuth & Permissions".`);
    if (!environment.SLACK_SIGNING_SECRET && !environment.SLACK_APP_TOKEN) {
      problems.push('SLACK_SIGNING_SECRET is missing. Copy it from your app\'s page, "Basic Information", or set SLACK_APP_TOKEN to use Socket Mode.');
    }
  }
  if (environment.ROLES.length < roles.length && !environment.DATABASE_URL) {
    problems.push(`DATABASE_URL is missing. ROLES is ${environment.ROLES.join(',')}: roles in separate processes meet in one PostgreSQL, so give all of them the same DATABASE_URL.`);
  }
  return problems;
}

function describe(name: string): string {
  return name in variables ? (variables[name as keyof typeof variables].description ?? '') : '';
}
