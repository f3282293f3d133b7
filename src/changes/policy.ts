/** Who may approve what, and when, from sre-agent.yaml. Anything that would let anybody approve is refused at start. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { isProduction, ruleOn } from './policy/rule.ts';
import { quietAt } from './policy/freeze.ts';
import type { PolicySettings } from './policy/schema.ts';
import type { Scoped } from './policy/scope.ts';
import type { Approvers, Question, Ruling } from './ruling.ts';

export { acceptedDangers } from './policy/dangers.ts';
export { policySchema } from './policy/schema.ts';
export type { PolicySettings } from './policy/schema.ts';

export interface Policy {
  /** First 16 hex digits of the settings' hash; part of every digest. */
  version: string;
  settings: PolicySettings;
  /** Where no rule names others; also who may lift a stop. */
  approvers: Approvers;
  soakSeconds: number;
  verificationDeadlineSeconds: number;
  /** How long the problem of a verified change is watched for. */
  watchMinutes: number;
  isProduction(target: string | undefined): boolean;
  /** Names of the quiet hours that raise the risk of this by one level now. */
  raisesRisk(question: Scoped & Pick<Question, 'at'>): string[];
  rule(question: Question): Ruling;
}

export function createPolicy(settings: PolicySettings): Policy {
  return {
    version: createHash('sha256').update(`sre-agent/policy/v1${canonicalJson(settings)}`).digest('hex').slice(0, 16),
    settings,
    approvers: settings.approvers,
    soakSeconds: settings.soak_seconds,
    verificationDeadlineSeconds: settings.verification_deadline_seconds,
    watchMinutes: settings.watch_minutes,
    isProduction: (target) => isProduction(settings, target),
    raisesRisk: (question) => quietAt(settings, 'raise_risk', question, isProduction(settings, question.target)).map(({ name }) => name),
    rule: (question) => ruleOn(settings, question),
  };
}
