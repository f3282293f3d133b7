import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import { plural } from '../words.ts';

/** The longest verification must end before the host's patience does; the margin is for writing, a busy executor and the confirmation. */
export function rollbackSeconds({ verification: { soakSeconds, deadlineSeconds } = { soakSeconds: 60, deadlineSeconds: 480 } }: KindContext): number {
  const seconds = soakSeconds + deadlineSeconds + marginSeconds;
  if (seconds > mostSeconds) throw new RefusedError(`A verification may take ${duration(soakSeconds + deadlineSeconds)} by the policy, and a host waits ${duration(mostSeconds - marginSeconds)} at most before it takes a rule back: lower soak_seconds or verification_deadline_seconds.`);
  return seconds;
}

const marginSeconds = 120;
/** What the agent of a host takes. */
const mostSeconds = 3_600;

export function duration(seconds: number): string {
  return seconds < 120 ? plural(seconds, 'second') : plural(Math.ceil(seconds / 60), 'minute');
}

/** The one rule that comes or goes, with two neighbours on each side. */
export function diffOf(before: readonly string[], after: readonly string[]): string[] {
  const at = before.findIndex((text, index) => text !== after[index]);
  const place = at < 0 ? Math.min(before.length, after.length) : at;
  const [shorter, comes] = after.length > before.length ? [before, true] : [after, false];
  const line = (mark: string, number: number, text: string): string => `${mark} ${String(number).padStart(3)}  ${text}`;
  const kept = (from: number, to: number, shift: number): string[] => shorter.slice(Math.max(0, from), to).map((text, index) => line(' ', Math.max(0, from) + index + 1 + shift, text));
  return [
    ...(place > 2 ? [`      (${plural(place - 2, 'rule')} before)`] : []),
    ...kept(place - 2, place, 0),
    line(comes ? '+' : '-', place + 1, (comes ? after : before)[place] ?? ''),
    ...kept(place, place + 2, 1),
    ...(shorter.length > place + 2 ? [`      (${plural(shorter.length - place - 2, 'rule')} after)`] : []),
  ];
}

export function whatItDoes({ operation, chain, rule }: ActionOf<'iptables.rule'>): string {
  const verb = { ACCEPT: ['lets through', 'no longer lets through by itself'], DROP: ['drops', 'no longer drops'], REJECT: ['rejects', 'no longer rejects'] }[rule.action][operation === 'insert' ? 0 : 1];
  const parts = [
    rule.state === undefined ? 'packets' : `packets of ${rule.state.join(', ')} connections`,
    ...(rule.protocol === undefined ? [] : [`over ${rule.protocol}`]),
    `from ${rule.source ?? 'anywhere'}${rule.source_port === undefined ? '' : ` port ${rule.source_port}`}${rule.in_interface === undefined ? '' : ` through ${rule.in_interface}`}`,
    `to ${rule.destination ?? 'anywhere'}${rule.destination_port === undefined ? '' : ` port ${rule.destination_port}`}${rule.out_interface === undefined ? '' : ` through ${rule.out_interface}`}`,
  ];
  return `${chain} ${verb} ${parts.join(' ')}`;
}
