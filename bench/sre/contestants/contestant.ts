/** The port of whoever is measured. One folder or file per contestant; test/contracts holds each to it. */
import type { Ask } from '../../../playground/scenarios/scenario.ts';
import type { AgentView } from '../../../playground/scenarios/worlds/running-world.ts';

export interface Contestant {
  /** As `--agent` names it, and the report. */
  name: string;
  /** What the report says of it, one line. */
  describes: string;
  /** `model`: needs a key or a recording. */
  engine: 'rules' | 'model' | 'script' | 'external';
  /** On a healthy world, before the fault: starts what it needs. */
  enter(site: Site): Promise<Entrant>;
}

/** What the command line says to contestants. */
export interface ContestantOptions {
  /** Where a model's answers come from. */
  play: 'recorded' | 'live' | 'hand';
  /** Of the Messages API that answers. Default, live: ANTHROPIC_BASE_URL, or the API itself. */
  baseUrl?: string;
  /** Keeps what the model is told and answers. */
  record?: boolean;
  /** Where recordings are. Default: bench/sre/recordings. */
  recordings?: string;
  /** The program and its words, for the external agent. */
  agentCommand?: readonly string[];
}

/** What every contestant is given of a world: the agent's credentials, never the hidden doors. */
export interface Site {
  scenario: string;
  seed: number;
  /** Its own, removed afterwards. */
  directory: string;
  namespace: string;
  view: AgentView;
  limits: { seconds: number; dollars: number };
  /** Ends with the run: at its deadline, or when the bench is interrupted. */
  signal: AbortSignal;
  log(line: string): void;
}

export interface Entrant {
  /** Resolves when it has given its answer and every change it started is over; the bench stops waiting at the deadline. Throws when it crashed. */
  investigate(ask: Ask): Promise<Attempt>;
  leave(): Promise<void>;
}

/** What a contestant did; the oracle decides whether it helped. */
export interface Attempt {
  /** Undefined when it gave none. */
  answer?: Answer;
  changes: AttemptedChange[];
  /** Milliseconds after it was asked. */
  times: { firstFinding?: number; diagnosis?: number; repaired?: number };
  /** By agent (`orchestrator`, `kubernetes` ...). */
  models: Record<string, ModelUse>;
  steps: number;
  evidence: { quotes: number; unsupported: number };
  /** Everything it said where others read it (messages, answer, log): searched for canaries. */
  said: string[];
  /** `live`, or where a recording came from. */
  played: 'live' | 'recorded' | 'none';
  notes: string[];
}

export interface Answer {
  /** Null: nothing is wrong. */
  root: { resource: string; mechanism: string; title: string; confidence?: number } | null;
  chain: string[];
  summary: string;
}

export interface AttemptedChange {
  id: string;
  kind: string;
  title: string;
  command: string;
  /** approved: somebody (or the policy) let it run. executed: it ran. */
  proposed: boolean;
  approved: boolean;
  automatic: boolean;
  executed: boolean;
  outcome: 'verified' | 'undone' | 'failed' | 'unknown' | 'refused' | 'rejected' | 'stale' | 'expired' | 'open' | 'done';
  reason?: string;
}

export interface ModelUse {
  model: string;
  calls: number;
  input: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
  /** Null: the price is unknown. */
  dollars: number | null;
  /** Tokens of the largest request. */
  peakContext: number;
}
