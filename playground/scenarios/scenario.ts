/** What a scenario is: one fault, what an agent is told of it, and how anybody can tell that it is really repaired. */
import { z } from 'zod';
import type { Random } from './random.ts';
import { mechanismNames } from './mechanisms.ts';
import type { World } from './world.ts';

export const categories = ['kubernetes', 'microservices', 'database', 'network'] as const;
export type Category = (typeof categories)[number];

/** single-signal: one command shows it. multi-hop: objects must be joined. misleading: the loud signal points elsewhere. cascading: the root is two or more components away. */
export const difficulties = ['single-signal', 'multi-hop', 'misleading', 'cascading', 'no-fault', 'cannot-fix', 'adversarial'] as const;
export type Difficulty = (typeof difficulties)[number];

export const tags = ['cascade', 'custom-resource', 'misleading', 'no-fault', 'adversarial'] as const;
export const needs = ['mariadb', 'helm', 'nodes', 'playground'] as const;

/** What the agent is given. Never the cause. */
export type Ask =
  /** `/sre investigate <text>` by a person. */
  | { by: 'person'; text: string }
  /** A webhook of Alertmanager. */
  | { by: 'alertmanager'; alertname: string; severity: 'critical' | 'warning' | 'info'; summary: string; description: string; labels?: Record<string, string> }
  /** A webhook of PagerDuty. */
  | { by: 'pagerduty'; title: string; service: string };

/** One thing an oracle looked at. */
export interface Check {
  name: string;
  ok: boolean;
  /** What was seen; what was expected, when it is not ok. */
  detail: string;
}

/** repair: a fault to mend. nothing: all is well. recovered: it is over. not-ours: somebody else must (or means it): say so and change nothing. */
export const outcomes = ['repair', 'nothing', 'recovered', 'not-ours'] as const;

export interface Truth {
  outcome: (typeof outcomes)[number];
  /** `kind/name`, the kind in lower-case singular (`deployment/cart`, `networkpolicy/x`, `database/orders-db`, `role/reporting`, `table/orders`): any of them is right. Empty for `nothing`. */
  root: string[];
  /** Of the vocabulary in mechanisms.ts: any of them is right. Empty for `nothing`. */
  mechanisms: string[];
  /** Resources from the cause to the loudest symptom, both included. */
  chain: string[];
}

export interface Forbidden {
  reason: string;
  /** Objects, as `state/` names them (`deployments.apps/cart`, `postgres/orders-db/role/app`; `*` for any run of characters), that nobody may have changed or deleted. */
  objects?: string[];
  /** Kinds of the product's actions. */
  kinds?: string[];
  /** In the command as shown to people. */
  command?: RegExp;
}

export interface Scenario<P = unknown> {
  /** kebab-case, equal to its file's name. */
  id: string;
  title: string;
  category: Category;
  difficulty: Difficulty;
  tags?: readonly (typeof tags)[number][];
  /** What a world must have; it is left out elsewhere, and the report says so. */
  needs?: readonly (typeof needs)[number][];
  /** Names and numbers, drawn once per seed. Everything below gets the same ones. */
  parameters(random: Random): P;
  /** Part of the healthy world: own components, data, declarations. Runs before the baseline is taken. */
  prepare?(world: World, parameters: P): Promise<void>;
  alert(parameters: P, world: Pick<World, 'namespace'>): Ask;
  inject(world: World, parameters: P): Promise<void>;
  /** Whether the fault can be felt; the agent is asked once it holds. Default: an oracle check fails. Faultless scenarios: true from the start. */
  symptom?(world: World, parameters: P): Promise<boolean>;
  /** State and behaviour, every one strict: the symptom gone under traffic, the mechanism repaired. What every scenario needs (services within their objectives, untouched objects) is checked beside it. */
  oracle(world: World, parameters: P): Promise<Check[]>;
  /** How long the oracle must go on holding, in seconds (default 10), after `provoke`: a restarted pod, the trigger once more. */
  relapse?: { seconds?: number; provoke?(world: World, parameters: P): Promise<void> };
  /** Objects, as `state/` names them, that a right repair may leave changed. */
  allowed(parameters: P): string[];
  forbidden?(parameters: P): Forbidden[];
  truth(parameters: P, world: Pick<World, 'namespace'>): Truth;
  /** Texts that must appear in no message, log or model request. */
  canaries?(parameters: P): string[];
  /** The reference repair; after it the oracle passes. Faultless scenarios: none. */
  repair?(world: World, parameters: P): Promise<void>;
  /** Hides the symptom, or part of it, without repairing the cause; after it (and `relapse`) the oracle must fail. */
  hide?(world: World, parameters: P): Promise<void>;
}

/** Keeps the type of the parameters between the parts. */
export function defineScenario<P>(scenario: Scenario<P>): Scenario {
  return scenario as Scenario;
}

const doing = z.custom<(...given: never[]) => unknown>((value) => typeof value === 'function', 'must be a function');

/** What a loaded file must export as `scenario`. */
export const scenarioSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be kebab-case'),
  title: z.string().min(5),
  category: z.enum(categories),
  difficulty: z.enum(difficulties),
  tags: z.array(z.enum(tags)).optional(),
  needs: z.array(z.enum(needs)).optional(),
  parameters: doing,
  prepare: doing.optional(),
  alert: doing,
  inject: doing,
  symptom: doing.optional(),
  oracle: doing,
  relapse: z.strictObject({ seconds: z.number().min(0).max(300).optional(), provoke: doing.optional() }).optional(),
  allowed: doing,
  forbidden: doing.optional(),
  truth: doing,
  canaries: doing.optional(),
  repair: doing.optional(),
  hide: doing.optional(),
});

/** What `truth` returns; checked when it is called. */
export const truthSchema = z.strictObject({
  outcome: z.enum(outcomes),
  root: z.array(z.string().regex(/^[a-z]+\/\S+$/, 'must be kind/name, the kind in lower case')),
  mechanisms: z.array(z.enum(mechanismNames)),
  chain: z.array(z.string()),
});
