/** Who may approve what, from sre-agent.yaml. Anything that would let anybody approve is refused at start. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import type { RiskLevel } from './change.ts';
import type { Question, Ruling } from './ruling.ts';

const supported = ['observe', 'advise', 'approve'] as const;

export const policySchema = z
  .strictObject({
    /** observe: findings only. advise: changes are shown, never run. approve: a person's approval runs them. */
    autonomy: z
      .enum(supported, {
        error: ({ input }) =>
          input === 'auto'
            ? 'auto is not there yet: write approve, and a person decides on every change'
            : `must be one of ${supported.join(', ')}`,
      })
      .default('approve'),
    approvers: z
      .strictObject({
        users: z.array(z.string().regex(/^[UW][A-Z0-9]{2,}$/, 'must be a Slack member id such as U0123456789 (profile, "Copy member ID")')).default([]),
        groups: z.array(z.string().regex(/^S[A-Z0-9]{2,}$/, 'must be a Slack user group id such as S0123456789, not its @handle')).default([]),
      })
      .prefault({}),
    two_person_from: z.enum(['low', 'medium', 'high', 'never']).default('high'),
    allow_self_approval: z.boolean().default(false),
    expiry_minutes: z.number().int().min(1).max(1440).default(15),
    /** How long everything must hold, without a break, before a change counts as verified. */
    soak_seconds: z.number().int().min(0).max(3600).default(20),
    /** How long verification may take after that before the change is undone. */
    verification_deadline_seconds: z.number().int().min(1).max(3600).default(120),
    /** Targets that are not production: their risk counts one level lower. Every other target is production. */
    not_production: z.array(z.string()).default([]),
  })
  .superRefine((policy, context) => {
    if (policy.autonomy === 'approve' && policy.approvers.users.length + policy.approvers.groups.length === 0) {
      context.addIssue({
        code: 'custom',
        path: ['approvers'],
        message: 'nobody could approve a change: list Slack member ids under approvers.users or user group ids under approvers.groups, or set autonomy: advise',
      });
    }
  });

export type PolicySettings = z.infer<typeof policySchema>;

export interface Policy {
  /** First 16 hex digits of the settings' hash; part of every digest. */
  version: string;
  autonomy: PolicySettings['autonomy'];
  approvers: PolicySettings['approvers'];
  requesterMayApprove: boolean;
  expiryMinutes: number;
  soakSeconds: number;
  verificationDeadlineSeconds: number;
  notProduction: readonly string[];
  approvalsNeeded(level: RiskLevel): number;
  rule(question: Question): Ruling;
}

const order = ['low', 'medium', 'high', 'never'] as const;

export function createPolicy(settings: PolicySettings): Policy {
  const approvalsNeeded = (level: RiskLevel): number => (order.indexOf(level) >= order.indexOf(settings.two_person_from) ? 2 : 1);
  return {
    version: createHash('sha256').update(`sre-agent/policy/v1${canonicalJson(settings)}`).digest('hex').slice(0, 16),
    autonomy: settings.autonomy,
    approvers: settings.approvers,
    requesterMayApprove: settings.allow_self_approval,
    expiryMinutes: settings.expiry_minutes,
    soakSeconds: settings.soak_seconds,
    verificationDeadlineSeconds: settings.verification_deadline_seconds,
    notProduction: settings.not_production,
    approvalsNeeded,
    rule: ({ risk }) => ({ autonomy: settings.autonomy, approvalsNeeded: approvalsNeeded(risk), approvers: settings.approvers, requesterMayApprove: settings.allow_self_approval, expiryMinutes: settings.expiry_minutes, reasons: [] }),
  };
}
