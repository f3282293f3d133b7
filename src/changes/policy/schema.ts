/** The shape of `policy` in sre-agent.yaml. What each key means is in docs/configuration.md. */
import { z } from 'zod';
import { dangersOf } from './dangers.ts';
import { riskLevels, riskyScopeSchema, scopeSchema } from './scope.ts';
import { onceKeys, weeklyKeys, windowProblem } from './window.ts';
import type { Window } from './window.ts';
import { autonomies } from '../ruling.ts';

const autonomy = z.enum(autonomies, { error: `must be one of ${autonomies.join(', ')}` });
const people = z.number().int().min(1).max(3);
const minutes = z.number().int().min(1).max(1440);
const label = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} .,:_'-]{0,79}$/u, 'must be a short name in plain words');

const approvers = z.strictObject({
  users: z.array(z.string().regex(/^[UW][A-Z0-9]{2,}$/, { error: ({ input }) => (input === '*' ? 'is not "*": list Slack member ids, or write anyone: true beside users and accept what that means' : 'must be a Slack member id such as U0123456789 (profile, "Copy member ID")') })).default([]),
  groups: z.array(z.string().regex(/^S[A-Z0-9]{2,}$/, 'must be a Slack user group id such as S0123456789, not its @handle')).default([]),
  /** Every full member of the workspace. */
  anyone: z.literal(true).optional(),
});

const rule = z.strictObject({
  name: label,
  scope: riskyScopeSchema.prefault({}),
  autonomy: autonomy.optional(),
  approvers: approvers.optional(),
  approvals: people.optional(),
  requester_may_approve: z.boolean().optional(),
  expiry_minutes: minutes.optional(),
});

const freezeKeys = {
  name: label,
  scope: scopeSchema.prefault({}),
  /** Risks that it lets through. */
  allow: z.array(z.enum(riskLevels)).default([]),
  /** So many people, each with a reason, may let a change run all the same. */
  break_glass: z.strictObject({ approvals: z.number().int().min(2, 'must be 2 or 3: one person alone does not break a freeze').max(3) }).optional(),
};
const quietKeys = { name: label, scope: scopeSchema.prefault({}), effect: z.enum(['raise_risk', 'one_more_approver']).default('raise_risk') };

/** With `days` a span comes every week, without it once; so the errors are about the keys that are meant. */
function timed<const K extends z.core.$ZodShape>(keys: K) {
  const once = z.strictObject({ ...onceKeys, ...keys });
  const weekly = z.strictObject({ ...weeklyKeys, ...keys });
  return z.looseObject({}).transform((value, context): z.infer<typeof once> | z.infer<typeof weekly> => {
    const parsed = 'days' in value || 'time_zone' in value ? weekly.safeParse(value) : once.safeParse(value);
    if (parsed.success) {
      const problem = windowProblem(parsed.data as unknown as Window);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: ['to'], message: problem });
      return parsed.data as z.infer<typeof once> | z.infer<typeof weekly>;
    }
    for (const issue of parsed.error.issues) context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
    return z.NEVER;
  });
}

export const policySchema = z
  .strictObject({
    /** observe: findings only. advise: changes are shown, never run. approve: a person's approval runs them. auto: small ones run by themselves. */
    autonomy: autonomy.default('approve'),
    approvers: approvers.prefault({}),
    two_person_from: z.enum([...riskLevels, 'never']).default('high'),
    allow_self_approval: z.boolean().default(false),
    expiry_minutes: minutes.default(15),
    /** How long everything must hold, without a break, before a change counts as verified. */
    soak_seconds: z.number().int().min(0).max(3600).default(20),
    /** How long verification may take after that before the change is undone. */
    verification_deadline_seconds: z.number().int().min(1).max(3600).default(120),
    /** For so long after a change was verified, what it was for coming back is a relapse; 0: nobody watches. */
    watch_minutes: z.number().int().min(0).max(1440).default(30),
    /** Targets that are not production: their risk counts one level lower. Every other target is production. */
    not_production: z.array(z.string()).default([]),
    rules: z.array(rule).default([]),
    freezes: z.array(timed(freezeKeys)).default([]),
    quiet_hours: z.array(timed(quietKeys)).default([]),
    i_accept_that_one_person_can_change_production_alone: z.literal(true).optional(),
    i_accept_that_anyone_in_slack_can_change_production: z.literal(true).optional(),
    i_accept_that_changes_run_without_a_person: z.literal(true).optional(),
  })
  .superRefine((policy, context) => {
    for (const { path, message } of dangersOf(policy)) context.addIssue({ code: 'custom', path, message });
  });

export type PolicySettings = z.infer<typeof policySchema>;
export type PolicyRule = PolicySettings['rules'][number];
export type Freeze = PolicySettings['freezes'][number];
export type QuietHours = PolicySettings['quiet_hours'][number];
