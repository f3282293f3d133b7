/** The Secret whose password a database refuses, by a workload's own log. */
import { isSecretVariable } from '../../redaction/secret-names.ts';
import type { PodLog, PodTemplate } from '../cluster-readings.ts';
import type { Observed } from '../readings.ts';
import type { Trouble } from './troubles.ts';

const refused = /password authentication failed(?: for user \\?"?([A-Za-z0-9_.-]+))?|\b28P01\b|Access denied for user '([A-Za-z0-9_.-]+)'@|\bER_ACCESS_DENIED_ERROR\b|WRONGPASS/;

export interface RefusedSecret {
  secret: string;
  /** Empty where the log does not say. */
  user: string;
  line: string;
  log: Observed<PodLog>;
}

/** Only what it said last counts: a refusal that was got over is no trouble. */
export function refusedSecret({ workload, logs }: Pick<Trouble, 'workload' | 'logs'>): RefusedSecret | undefined {
  const secret = passwordSecret(workload.template);
  if (secret === undefined) return undefined;
  for (const log of logs) {
    const line = log.value.lines.slice(-newest).findLast((one) => refused.test(one));
    const [, first, second] = refused.exec(line ?? '') ?? [];
    if (line !== undefined) return { secret, user: first ?? second ?? '', line, log };
  }
  return undefined;
}

const newest = 15;

/** By the variable that is a password, or the only Secret that it reads. */
function passwordSecret({ containers }: PodTemplate): string | undefined {
  const named = new Set(containers.flatMap((one) => one.environment.flatMap(({ name, from }) => (from?.kind === 'secret' && isSecretVariable(name) ? [from.name] : []))));
  if (named.size === 1) return [...named][0];
  const whole = new Set(containers.flatMap((one) => one.environmentFrom.flatMap((from) => (from.kind === 'secret' ? [from.name] : []))));
  return named.size === 0 && whole.size === 1 ? [...whole][0] : undefined;
}
