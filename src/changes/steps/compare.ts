/** What speaks against a change, in one look compared with the baseline. */
import { wordsOfKey } from '../../incident/finding-words.ts';
import type { Observation } from './run.ts';

/** What was seen before the run, in two looks, and what else would be no news. */
export interface Baseline extends Observation {
  /** Finding keys that are expected to appear: what the change that is taken back had removed. */
  expected: string[];
  /** Services whose latency the change may well have changed; undefined: any. */
  concerned: ReadonlySet<string> | undefined;
}

export interface Problem {
  /** The same in every look that sees it, whatever its words. */
  id: string;
  /** there: what it was for has not gone. new: something appeared. unread: nobody can say. */
  kind: 'there' | 'new' | 'unread';
  text: string;
}

/** A service this near to its latency budget, or beyond it, is slow now and then without any change. */
const borderline = 0.7;
/** How many times slower than in the baseline such a service must be to count. */
const clearlySlower = 2;

export function compare(findingKeys: readonly string[], before: Baseline, after: Observation): Problem[] {
  const unreadBefore = new Set(before.unread.map(targetOf));
  const lost = [...new Set(after.unread.map(targetOf))].filter((target) => !unreadBefore.has(target));
  const known = new Set([...before.keys, ...before.expected, ...findingKeys]);
  const fresh = after.keys.filter((key) => !known.has(key) && !wasUnseen(key, unreadBefore) && !wasWorse(key, known) && !isUsualLateness(key, before, after));
  return [
    ...lost.map((target): Problem => ({ id: `unread ${target}`, kind: 'unread', text: `no data: ${target} can't be read any more` })),
    ...findingKeys.filter((key) => after.keys.includes(key)).map((key): Problem => ({ id: key, kind: 'there', text: `still there: ${wordsOfKey(key)}` })),
    ...fresh.map((key): Problem => ({ id: key, kind: 'new', text: `new: ${wordsOfKey(key)}` })),
  ];
}

/** Two looks as one: every finding of either is known, and only what neither could read was unread. */
export function bothLooks(first: Observation, second: Observation): Observation {
  const unread = new Set(first.unread.map(targetOf));
  return {
    keys: [...new Set([...first.keys, ...second.keys])].sort(),
    unread: second.unread.filter((one) => unread.has(targetOf(one))),
    ...(second.numbers && { numbers: second.numbers }),
    ...((first.lateness ?? second.lateness) && { lateness: worse(first.lateness, second.lateness) }),
  };
}

function worse(first: Record<string, number> = {}, second: Record<string, number> = {}): Record<string, number> {
  return Object.fromEntries([...new Set([...Object.keys(first), ...Object.keys(second)])].map((name) => [name, Math.max(first[name] ?? 0, second[name] ?? 0)]));
}

/** A service that did not answer and now answers slowly is better off; how slow it was nobody could have seen. */
function wasWorse(key: string, known: ReadonlySet<string>): boolean {
  const [mechanism = '', ...rest] = key.split('@');
  const at = symptoms.indexOf(mechanism);
  return at > 0 && symptoms.slice(0, at).some((worse) => known.has([worse, ...rest].join('@')));
}

/** What checks of a service can show, worst first. */
const symptoms = ['checks-failing', 'checks-flaky', 'checks-slow'];

/** Slow as it nearly was before, in a service that the change does not concern: noise of a busy machine. */
function isUsualLateness(key: string, { concerned, lateness = {} }: Baseline, after: Observation): boolean {
  const service = /^checks-slow@service\/(.+)$/.exec(key)?.[1];
  if (service === undefined || concerned === undefined || concerned.has(service)) return false;
  const [usual = 0, now = Number.POSITIVE_INFINITY] = [lateness[service], after.lateness?.[service]];
  return usual >= borderline && now < usual * clearlySlower;
}

const targetOf = (unread: string): string => unread.split(': ')[0] ?? unread;

/** A finding on what could not be read before is not new: nobody had looked. */
function wasUnseen(key: string, unreadBefore: ReadonlySet<string>): boolean {
  const name = key.slice(key.indexOf('@') + 1).split('/')[1];
  return name !== undefined && name !== '' && [...unreadBefore].some((target) => target.split(/[\s/]+/).includes(name));
}
