/**
 * The words of the product, as data. What crosses a process boundary (a model's reply, a queue, a
 * JSON column) has a zod schema here or beside its module; the rest are plain interfaces.
 */
import { z } from 'zod';
import type { Action } from '../changes/action.ts';
import { actionSchema } from '../changes/action.ts';

export const specialistNames = ['kubernetes', 'service', 'database', 'network', 'generic'] as const;
export type SpecialistName = (typeof specialistNames)[number];

export const severities = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** What a webhook or a person told us, normalised by its intake source. */
export interface Alert {
  source: 'slack' | 'pagerduty' | 'alertmanager';
  /** Equal for the same problem reported again; alerts with one fingerprint share an incident. */
  fingerprint: string;
  status: 'firing' | 'resolved';
  title: string;
  description: string;
  severity: Severity;
  /** The service the source named, when it named one. Untrusted text like all the rest. */
  service?: string;
  url?: string;
  labels: Record<string, string>;
  /** ISO 8601. */
  startedAt: string;
}

export type IncidentStatus = 'open' | 'investigating' | 'diagnosed' | 'mitigating' | 'resolved' | 'stopped';

/** One problem, one thread, one budget. */
export interface Incident {
  /** `INC-12`; also what people type and read. */
  id: string;
  title: string;
  status: IncidentStatus;
  severity: Severity;
  fingerprint: string;
  /** Slack channel id of its thread. */
  channel: string;
  /** Slack user id of the person who asked; absent for webhooks. */
  requestedBy?: string;
  createdAt: string;
}

/** One tool result. `text` is redacted and capped: it is what models, Slack and quotes see. The full text is stored. */
export interface Evidence {
  /** `E7`, numbered within the incident. */
  id: string;
  specialist: SpecialistName;
  tool: string;
  /** The exact command, statement or request, as an engineer would type it. */
  command: string;
  text: string;
  failed: boolean;
  /** SHA-256 (hex) of the full redacted text. */
  hash: string;
  at: string;
}

export const quoteSchema = z.object({
  evidence: z.string().describe('Evidence id, for example E7'),
  quote: z.string().describe('Verbatim text found in that evidence'),
});
export type Quote = z.infer<typeof quoteSchema>;

/** A claim about one resource, with the evidence that supports it. */
export const findingSchema = z.object({
  severity: z.enum(severities),
  /** `kind/name`: service/checkout, database/shop, table/shop/public.orders, session/shop/4711, workload/checkout. */
  resource: z.string(),
  /** What is wrong, as a mechanism in kebab-case: missing-index, blocked-by-idle-transaction, probe-failing. */
  mechanism: z.string(),
  title: z.string(),
  explanation: z.string(),
  /** 0 to 1. */
  confidence: z.number(),
  quotes: z.array(quoteSchema),
  /** The resource this symptom points at as its cause; absent on a root cause. */
  blames: z.string().optional(),
  /** The change that follows from the mechanism, when one does. */
  remedy: actionSchema.optional(),
});
export type FindingBody = z.infer<typeof findingSchema>;

export interface Finding extends FindingBody {
  /** `F3`, numbered within the incident. */
  id: string;
  specialist: SpecialistName;
  /** The rule's id, or `model`. */
  source: string;
  /** False when a quote is not found verbatim in its evidence: shown as unsupported, never carries a change. */
  supported: boolean;
}

/** Stable over re-runs of the rules; verification compares sets of these. */
export function findingKey(finding: Pick<FindingBody, 'mechanism' | 'resource'>): string {
  return `${finding.mechanism}@${finding.resource}`;
}

/** What the orchestrator asks of a specialist. */
export const briefSchema = z.object({
  objective: z.string(),
  known_facts: z.array(z.string()),
  time_window: z.string().describe('For example "last 30 minutes"'),
  expected_output: z.string(),
});
export type Brief = z.infer<typeof briefSchema>;

/** What a specialist returns; all that the orchestrator ever sees of its work. */
export interface Report {
  specialist: SpecialistName;
  /** At most 300 words. */
  summary: string;
  findings: Finding[];
  /** What could not be seen, and why. */
  gaps: string[];
  /** Evidence ids gathered. */
  evidence: string[];
  outcome: 'complete' | 'partial' | 'failed';
  seconds: number;
}

/** What one agent's use of one model came to, over an incident. */
export interface AgentUsage {
  agent: string;
  model: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** null: the model has no price in the table. */
  dollars: number | null;
  seconds: number;
}

export const hypothesisStatuses = ['open', 'supported', 'ruled_out'] as const;

/** What could be the cause, and what speaks for and against it. */
export interface Hypothesis {
  /** `H2`, by its place in the list. */
  id: string;
  text: string;
  status: (typeof hypothesisStatuses)[number];
  /** Ids of evidence and findings. */
  for: string[];
  against: string[];
  reason?: string;
}

export interface Diagnosis {
  summary: string;
  /** Finding ids: root first. */
  rootCause: { title: string; resource: string; mechanism: string; findings: string[]; confidence: number } | null;
  /** From cause to symptom, one step a line. */
  chain: string[];
  ruledOut: string[];
  unseen: string[];
  /** Whom nobody asked, and why. */
  notAsked?: { specialist: SpecialistName; reason: string }[];
  /** What code found missing for it, and the model did not mend: shown as unsupported, no change rests on it. */
  doubts?: string[];
}

/** A remediation the investigator proposes; the executor's role turns it into a previewed Change. */
export interface ChangeDraft {
  action: Action;
  title: string;
  rationale: string;
  /** Findings (ids) it is for, and their keys, which verification expects gone. */
  findings: string[];
  findingKeys: string[];
  proposedBy: 'rules' | 'claude' | 'person';
  /** The person who typed the fields, or asked for the undo. */
  askedBy?: Actor;
  /** The change it takes back. */
  undoOf?: string;
}

export const planTaskStatuses = ['pending', 'in_progress', 'complete', 'error'] as const;
export interface PlanTask {
  id: string;
  title: string;
  specialist?: SpecialistName;
  status: (typeof planTaskStatuses)[number];
  /** One short line: what it found or is doing. */
  detail?: string;
}

/** Who did something in Slack. */
export interface Actor {
  userId: string;
  teamId: string;
}
