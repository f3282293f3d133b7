/** The shape of sre-agent.yaml. docs/configuration.md explains it; sre-agent.example.yaml is tested against it. */
import { z } from 'zod';
import { policySchema } from '../changes/policy.ts';
import { severities, specialistNames } from '../incident/types.ts';
import { absolutePath, pingTarget, unitName } from '../host-facts/settings.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and dashes, 63 at most');
const secret = z.string().regex(/^\$\{[A-Z][A-Z0-9_]*\}$/, 'is a secret: write ${NAME} here and put the value into the environment variable NAME');
const channel = z.string().regex(/^([CG][A-Z0-9]{4,}|\$\{[A-Z][A-Z0-9_]*\})$/, 'must be a channel id such as C0123456789 ("Copy link" on the channel ends in it)');
const httpUrl = z.string().regex(/^(https?:\/\/|\$\{)/, 'must start with http:// or https://');
const tenant = z.string().regex(/^[A-Za-z0-9!._*'()|-]{1,150}$/, 'must be a tenant id, as it goes into X-Scope-OrgID');

const database = z.strictObject({
  name,
  kind: z.enum(['postgres', 'mysql']).default('postgres'),
  read: secret,
  write: secret.optional(),
  /** Start although the read identity can do more than read. */
  allow_powerful_read: z.boolean().default(false),
});

const service = z.strictObject({
  name,
  url: httpUrl,
  checks: z.array(z.strictObject({ name: z.string().min(1).max(60), path: z.string().startsWith('/') })).min(1),
  latency_budget_ms: z.number().int().positive().default(1000),
  depends_on: z.array(name).default([]),
  databases: z.array(name).default([]),
  status: httpUrl.optional(),
  status_token: secret.optional(),
});

const cluster = z.strictObject({
  name,
  kubeconfig: secret,
  write: secret.optional(),
  /** May run probes of a fixed menu in pods. */
  probes: secret.optional(),
  secrets: z.record(name, secret).default({}),
  context: z.string().optional(),
  /** Start although the read identity can do more than read. */
  allow_powerful_read: z.boolean().default(false),
  namespaces: z.array(z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)).min(1),
  coredns: z.strictObject({ namespace: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/).max(63).default('kube-system'), name: z.string().regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/).max(253).default('coredns') }).prefault({}),
});

const host = z.strictObject({
  name,
  /** Of the agent that runs on it. */
  url: httpUrl.optional(),
  read_token: secret.optional(),
  write_token: secret.optional(),
  /** The machine that looks, without an agent; what may be read of others is in their agents' settings. */
  local: z.literal(true).optional(),
  units: z.array(unitName).optional(),
  certificates: z.array(absolutePath).optional(),
  ping: z.array(pingTarget).optional(),
  deploys: absolutePath.optional(),
}).superRefine((one, { addIssue }) => {
  const [agents, own] = [(['read_token', 'write_token'] as const).filter((key) => one[key] !== undefined), (['units', 'certificates', 'ping', 'deploys'] as const).filter((key) => one[key] !== undefined)];
  if ((one.url === undefined) === (one.local === undefined)) addIssue({ code: 'custom', message: 'needs either url (of the agent that runs on it) or local: true (the machine that sre-agent itself runs on)' });
  else if (one.local && agents.length > 0) addIssue({ code: 'custom', message: `${agents.join(', ')} is for the agent of another host: leave it out with local` });
  else if (!one.local && own.length > 0) addIssue({ code: 'custom', message: `${own.join(', ')} is for local: true; what may be read of another host is in the settings of its agent (HOST_AGENT_*)` });
});

const operation = z.strictObject({
  name,
  description: z.string().min(1),
  effect: z.enum(['set-environment', 'restart', 'other']).default('other'),
  parameters: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), z.strictObject({ enum: z.array(z.string()).min(1).optional(), pattern: z.string().optional() })
    .refine((parameter) => parameter.enum !== undefined || parameter.pattern !== undefined, 'needs enum or pattern: an unlimited parameter is refused')).default({}),
  read: z.strictObject({ url: httpUrl, value: z.string() }),
  change: z.strictObject({ method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']), url: httpUrl, body: z.record(z.string(), z.string()).optional() }),
  check: z.strictObject({ url: httpUrl, value: z.string(), equals: z.string().max(2_000) }).optional(),
  undo: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('restore'), parameter: z.string() }),
    z.strictObject({ kind: z.literal('operation'), operation: name }),
    z.strictObject({ kind: z.literal('not_needed') }),
    z.strictObject({ kind: z.literal('impossible') }),
  ]),
  read_token: secret.optional(),
  write_token: secret.optional(),
});

/** Who reads in an investigation with a model; all but `team` are there to be measured against. */
export const layouts = ['team', 'sequential', 'generic', 'alone', 'single'] as const;
export type Layout = (typeof layouts)[number];

/** A model's id, or several: the next one is asked when one can't go on. */
const model = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(5)]);
const agentNames = ['orchestrator', 'answer', ...specialistNames] as const;

const price = z.strictObject({ input: z.number().nonnegative(), output: z.number().nonnegative(), cache_write: z.number().nonnegative(), cache_read: z.number().nonnegative(), long: z.strictObject({ above: z.number().int().positive(), times: z.number().min(1) }).optional() });

export const fileSchema = z.strictObject({
  channels: z.strictObject({
    /** Where webhooks open their threads. */
    alerts: channel,
    /** Where the audit's digest is posted every day. */
    audit: channel.optional(),
  }),
  policy: policySchema,
  budgets: z.strictObject({
    dollars: z.number().positive().default(3),
    seconds: z.number().int().positive().default(600),
    specialist_seconds: z.number().int().positive().default(180),
    /** For one reply of the model; the SDK tries three times. */
    reply_seconds: z.number().int().positive().default(120),
    specialist_steps: z.number().int().positive().default(14),
    orchestrator_turns: z.number().int().positive().default(16),
    delegations: z.number().int().positive().default(12),
  }).prefault({}),
  models: z.strictObject({
    /** Whose API: all but Anthropic's own need a package, which is named when it is missing. */
    provider: z.enum(['anthropic', 'bedrock', 'bedrock-invoke', 'vertex', 'foundry']).default('anthropic'),
    region: z.string().regex(/^[a-z0-9-]{1,40}$/, 'is a region such as eu-central-1').optional(),
    project: z.string().regex(/^[a-z0-9:.-]{1,80}$/, 'is the id of a project').optional(),
    resource: z.string().regex(/^[A-Za-z0-9-]{1,80}$/, 'is the name of a resource').optional(),
    orchestrator: model.default('claude-opus-5-5'),
    specialist: model.default('claude-haiku-5-5'),
    /** Per agent name, where one earns another model. */
    overrides: z.partialRecord(z.enum(agentNames), model).default({}),
    /** Per severity, where an incident earns others. */
    by_severity: z.partialRecord(z.enum(severities), z.partialRecord(z.enum([...agentNames, 'specialist']), model)).default({}),
    /** US dollars per million tokens, beside those built in (src/agents/prices.ts). */
    prices: z.record(z.string(), price).default({}),
    /** The day those were read. */
    prices_read: z.string().regex(/^\d{4}-\d\d-\d\d$/, 'write it as 2026-01-31').optional(),
  }).prefault({}),
  /** For measurements. */
  experiments: z.strictObject({
    layout: z.enum(layouts).default('team'),
    /** false: what a finding blames is not heard, so the loudest one is the cause. Of the rules. */
    causal: z.boolean().default(true),
  }).prefault({}),
  targets: z.strictObject({
    databases: z.array(database).default([]),
    services: z.array(service).default([]),
    clusters: z.array(cluster).default([]),
    operations: z.array(operation).default([]),
    hosts: z.array(host).default([]),
    deploys: z.array(z.strictObject({ name, url: httpUrl, token: secret.optional() })).default([]),
    /** Prometheus, or what answers its query API; Loki. Read only. */
    prometheus: z.strictObject({ url: httpUrl, token: secret.optional(), tenant: tenant.optional() }).optional(),
    loki: z.strictObject({ url: httpUrl, token: secret.optional(), tenant: tenant.optional() }).optional(),
    resolvers: z.array(z.string()).default([]),
    dns_search: z.strictObject({ domains: z.array(z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i, 'a domain such as svc.example.net')).min(1).max(6), ndots: z.number().int().min(0).max(15).default(1) }).optional(),
  }).prefault({}),
});
export type ConfigurationFile = z.infer<typeof fileSchema>;
