/** Did it help? Everything must hold at once and go on holding through the soak; no data counts as no. */
import type { Check } from '../actions/kind.ts';
import { wordsOfKey } from '../../incident/finding-words.ts';
import { messageOf } from '../errors.ts';
import type { Baseline, Problem } from './compare.ts';
import { compare } from './compare.ts';
import { trackDoubts } from './doubts.ts';
import type { Observation, Run } from './run.ts';
import { lingering } from './run.ts';

export type Verdict = { holds: true; checks: string[]; after: Observation } | { holds: false; reason: string };

/** What is seen for the first time at the deadline is looked at so many times more. */
const lateLooks = 3;

export async function verifyChange(run: Run, before: Baseline): Promise<Verdict> {
  const { change, context, now, sleep, pace, policy } = run;
  const soak = change.verification.soakSeconds * 1000;
  const deadline = now().getTime() + soak + policy.verificationDeadlineSeconds * 1000;
  const last = deadline + lingering * soak + 2 * pace.doubtMilliseconds;
  await run.note({ type: 'change.verifying', changeId: change.id, step: `checking for ${change.verification.soakSeconds} s that it helped and that nothing new broke` });
  const weigh = trackDoubts(pace.doubtMilliseconds);
  let holdsSince: number | undefined;
  let said = '';
  let late = 0;
  const say = async (step: string): Promise<void> => {
    if (step !== said) await run.note({ type: 'change.verifying', changeId: change.id, step });
    said = step;
  };
  for (;;) {
    await context.checkpoint();
    const begun = now().getTime();
    const look = await lookOnce(run, before);
    await context.checkpoint();
    const firm = weigh(look.problems, now().getTime());
    if (look.problems.length === 0) {
      holdsSince ??= begun;
      const held = now().getTime() - holdsSince;
      const left = before.keys.filter((key) => look.after.keys.includes(key));
      if (held >= soak && (left.length === 0 || held >= lingering * soak)) return { holds: true, checks: look.checks, after: look.after };
      if (held < soak && said.startsWith('not yet')) await say(`it holds now; ${Math.ceil((soak - held) / 1000)} s more of that and it counts`);
      if (held >= soak) await say(`it holds; what else was wrong before: ${left.map(wordsOfKey).join('; ')}`);
    } else {
      const broken = firm.length > 0 || look.problems.some(({ kind }) => kind === 'there');
      if (broken) holdsSince = undefined;
      await say(run.redact(`${broken ? 'not yet' : 'looking again'}: ${wordsOf(look.problems)}`));
      if (now().getTime() >= deadline && firm.length > 0) return { holds: false, reason: run.redact(wordsOf(firm)) };
    }
    // A soak that began in time may end; one that keeps breaking may not go on for ever.
    if (now().getTime() >= deadline) late += 1;
    if (late >= lateLooks && now().getTime() >= last) return { holds: false, reason: run.redact(['it did not hold through the whole soak', ...look.problems.map(({ text }) => text)].join('; ')) };
    await sleep(pace.pollMilliseconds, context.signal);
  }
}

async function lookOnce(run: Run, before: Baseline): Promise<{ problems: Problem[]; checks: string[]; after: Observation }> {
  const [check, after] = await Promise.all([checkKind(run), observe(run)]);
  const keys = run.change.findingKeys;
  const problems: Problem[] = check.ok ? [] : [{ id: 'check', kind: check.unread ? 'unread' : 'there', text: check.details.join('; ') }];
  if (after === undefined) return { problems: [...problems, { id: 'rules', kind: 'unread', text: 'no data: the systems could not be read' }], checks: [], after: { keys: [], unread: [] } };
  problems.push(...compare(keys, before, after));
  return { problems, checks: [...check.details, ...summary(keys, before, after)], after };
}

function summary(findingKeys: readonly string[], before: Baseline, after: Observation): string[] {
  const [measured, unmeasured] = [findingKeys.filter((key) => before.keys.includes(key)), findingKeys.filter((key) => !before.keys.includes(key))];
  const back = before.expected.filter((key) => after.keys.includes(key) && !before.keys.includes(key));
  return [
    ...measured.map((key) => `gone: ${wordsOfKey(key)}`),
    ...unmeasured.map((key) => `no rule saw ${wordsOfKey(key)} before it ran, so that alone proves nothing`),
    ...back.map((key) => `back, as was to be expected: ${wordsOfKey(key)}`),
    back.length === 0 ? 'nothing new was found' : 'nothing else was found that is new',
  ];
}

async function checkKind({ kind, change, context }: Run): Promise<Check & { unread?: boolean }> {
  try {
    return await kind.check(change, context);
  } catch (error) {
    return { ok: false, unread: true, details: [`no data: ${messageOf(error)}`] };
  }
}

/** One look of the rules; undefined when they could not look at all. */
export async function observe({ verify, context, log, change }: Run): Promise<Observation | undefined> {
  try {
    return await verify(context.signal);
  } catch (error) {
    log.warn({ error, change: change.id }, 'verification could not read the systems');
    return undefined;
  }
}

export function wordsOf(problems: readonly Problem[]): string {
  return problems.map(({ text }) => text).join('; ');
}
