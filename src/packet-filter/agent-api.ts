/** What sre-agent and the agent of a host say to each other, as JSON. */
import { z } from 'zod';
import { ruleChange } from './rule.ts';

export const changeId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,80}$/, 'letters, digits and dashes');
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in lower-case hex');

/** Body of POST /v1/changes. */
export const changeRequest = z.strictObject({
  id: changeId,
  ...ruleChange,
  /** Of the table this was worked out on: refused when it is another by now. */
  hash,
  /** What was approved: refused when the host would run something else. */
  command: z.string().max(2_000),
  undo: z.string().max(2_000),
  rollback_seconds: z.number().int().min(1).max(3_600),
  /** Everything is looked at and nothing is done. */
  dry_run: z.boolean().default(false),
});
export type ChangeRequest = z.infer<typeof changeRequest>;

/** Body of POST /v1/changes/ID/undo. */
export const undoRequest = z.strictObject({ command: z.string().max(2_000) });

/**
 * armed: the way back is guarded, nothing was run. applying: it runs. applied: it ran and is taken back unless confirmed.
 * not_applied: it ended without having changed anything. left_alone: the way back was due, and the rules were not what we left.
 */
export const recordStates = ['armed', 'applying', 'applied', 'confirmed', 'undone', 'rolled_back', 'not_applied', 'left_alone'] as const;

/** Answer about one change. */
export const changeAnswer = z.object({
  id: changeId,
  state: z.enum(recordStates),
  note: z.string(),
  standing: z.enum(['in place', 'as before', 'moved']),
  before: z.array(z.string()),
  after: z.array(z.string()),
  now: z.array(z.string()),
});
export type ChangeAnswer = z.infer<typeof changeAnswer>;

/** Answer of GET /v1/rules. */
export const rulesAnswer = z.object({
  hash,
  chains: z.array(z.object({
    name: z.string(),
    policy: z.string(),
    rules: z.array(z.object({ text: z.string(), words: z.array(z.string()), packets: z.number(), bytes: z.number() })),
  })),
});

/** Answer of every refusal: nothing was changed. */
export const refusalAnswer = z.object({ error: z.string(), message: z.string() });
