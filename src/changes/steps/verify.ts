/** Did it help? Everything must hold at once and go on holding through the soak; no data counts as no. */
import type { Check } from '../actions/kind.ts';
import { wordsOfKey } from '../../incident/finding-words.ts';
import { messageOf } from '../errors.ts';
import type { Observation, Run } from './run.ts';

export type Verdict = { holds: true; checks: string[]; after: Observation } | { holds: false; reason: string };

/** A cause that is gone takes its symptoms with it, a little later: so many soaks they are waited for, and never held against the change. */
const lingering = 3;

export async function verifyChange(run: Run, before: Observation): Promise<Verdict> {
  const { change, context, now, sleep, pace, policy } = run;
  const soak = change.verification.soakSeconds * 1000;
  const deadline = now().getTime() + soak + policy.verificationDeadlineSeconds * 1000;
  await run.note({ type: 'change.verifying', changeId: change.id, step: `checking for ${change.verification.soakSeconds} s that it helped and that nothing new broke` });
  let holdsSince: number | undefined;
  let said = '';
  for (;;) {
    await context.checkpoint();
    const begun = now().getTime();
    const look = await lookOnce(run, before);
    await context.checkpoint();
    if (look.problems.length === 0) {
      holdsSince ??= begun;
      const held = now().getTime() - holdsSince;
      const left = before.keys.filter((key) => look.after.keys.includes(key));
      if (held >= soak && (left.length === 0 || held >= lingering * soak)) return { holds: true, checks: look.checks, after: look.after };
      const step = `it holds; what else was wrong before: ${left.map(wordsOfKey).join('; ')}`;
      if (held >= soak && step !== said) await run.note({ type: 'change.verifying', changeId: change.id, step });
      if (held >= soak) said = step;
    } else {
      holdsSince = undefined;
      const step = run.redact(`not yet: ${look.problems.join('; ')}`);
      if (step !== said) await run.note({ type: 'change.verifying', changeId: change.id, step });
      said = step;
      if (now().getTime() >= deadline) return { holds: false, reason: run.redact(look.problems.join('; ')) };
    }
    // A soak that began in time may end; one that keeps breaking may not go on for ever.
    if (now().getTime() >= deadline + lingering * soak) return { holds: false, reason: 'it did not hold through the whole soak' };
    await sleep(pace.pollMilliseconds, context.signal);
  }
}

async function lookOnce(run: Run, before: Observation): Promise<{ problems: string[]; checks: string[]; after: Observation }> {
  const [check, after] = await Promise.all([checkKind(run), observe(run)]);
  const keys = run.change.findingKeys;
  const problems = check.ok ? [] : [...check.details];
  if (after === undefined) return { problems: [...problems, 'no data: the systems could not be read'], checks: [], after: { keys: [], unread: [] } };
  problems.push(...compare(keys, before, after));
  return { problems, checks: [...check.details, ...summary(keys, before)], after };
}

/** What speaks against the change. */
export function compare(findingKeys: readonly string[], before: Observation, after: Observation): string[] {
  const unreadBefore = new Set(before.unread.map(targetOf));
  const lost = [...new Set(after.unread.map(targetOf))].filter((target) => !unreadBefore.has(target));
  const known = new Set(before.keys);
  return [
    ...lost.map((target) => `no data: ${target} can't be read any more`),
    ...findingKeys.filter((key) => after.keys.includes(key)).map((key) => `still there: ${wordsOfKey(key)}`),
    ...after.keys.filter((key) => !known.has(key) && !findingKeys.includes(key) && !wasUnseen(key, unreadBefore)).map((key) => `new: ${wordsOfKey(key)}`),
  ];
}

function summary(findingKeys: readonly string[], before: Observation): string[] {
  const [measured, unmeasured] = [findingKeys.filter((key) => before.keys.includes(key)), findingKeys.filter((key) => !before.keys.includes(key))];
  return [
    ...measured.map((key) => `gone: ${wordsOfKey(key)}`),
    ...unmeasured.map((key) => `no rule saw ${wordsOfKey(key)} before it ran, so that alone proves nothing`),
    'nothing new was found',
  ];
}

async function checkKind({ kind, change, context }: Run): Promise<Check> {
  try {
    return await kind.check(change, context);
  } catch (error) {
    return { ok: false, details: [`no data: ${messageOf(error)}`] };
  }
}

async function observe({ verify, context, log, change }: Run): Promise<Observation | undefined> {
  try {
    return await verify(context.signal);
  } catch (error) {
    log.warn({ error, change: change.id }, 'verification could not read the systems');
    return undefined;
  }
}

const targetOf = (unread: string): string => unread.split(': ')[0] ?? unread;

/** A finding on what could not be read before is not new: nobody had looked. */
function wasUnseen(key: string, unreadBefore: ReadonlySet<string>): boolean {
  const name = key.slice(key.indexOf('@') + 1).split('/')[1];
  return name !== undefined && name !== '' && [...unreadBefore].some((target) => target.split(/[\s/]+/).includes(name));
}
