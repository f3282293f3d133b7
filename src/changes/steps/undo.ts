/** Back to what it was: once, only by the undo that was approved with the change, and looked at afterwards. */
import { messageOf, UndoRefusedError } from '../errors.ts';
import { identityOf } from '../identity.ts';
import type { Ran } from '../actions/kind.ts';
import type { Baseline, Problem } from './compare.ts';
import { compare } from './compare.ts';
import { trackDoubts } from './doubts.ts';
import { tellingNumbers } from './numbers.ts';
import { outputFacts } from './output.ts';
import type { Observation, Run } from './run.ts';
import { Ending, LostError } from './run.ts';
import { observe, wordsOf } from './verify.ts';

export async function undoChange(run: Run, before: Baseline, reason: string): Promise<void> {
  const { change, kind, context, redact } = run;
  if (change.undo.kind !== 'automatic') throw new Ending('failed', `${reason}. There is no undo: ${change.undo.description} A person must look.`);
  await context.checkpoint();
  await run.move('undoing', { type: 'change.undoing', changeId: change.id, reason, command: change.undo.command }, change.written && { written: change.written });
  let ran: Ran;
  try {
    ran = { identity: await identityOf(change.action, context), ...(await kind.undo(run.change, context)) };
  } catch (error) {
    if (context.signal.aborted || error instanceof LostError) throw error;
    if (error instanceof UndoRefusedError) throw new Ending('failed', redact(`${reason}. The undo did not run: ${messageOf(error)} A person must look.`));
    // Its answer may have been lost on the way: what counts is what is there.
    const { ok } = await kind.checkUndone(run.change, context).catch(() => ({ ok: false }));
    if (!ok) throw new Ending('failed', redact(`${reason}. The undo failed, and nobody knows how far it came: ${messageOf(error)} A person must look.`));
    ran = { output: `No answer came (${messageOf(error)}), and reading shows everything as it was before.` };
  }
  const result = await confirmUndone(run, before);
  if ('trouble' in result) throw new Ending('failed', redact(`${reason}. The undo ran, but ${result.trouble}. A person must look.`));
  const numbers = tellingNumbers(change, before, result.after);
  await run.move('undone', { type: 'change.undone', changeId: change.id, reason, ...outputFacts(ran, redact), ...(numbers && { numbers }) });
}

/** Everything is as it was, and nothing is wrong that was not wrong before the change. */
async function confirmUndone(run: Run, before: Baseline): Promise<{ after: Observation } | { trouble: string }> {
  const { kind, change, context, now, sleep, pace } = run;
  const deadline = now().getTime() + pace.undoDeadlineMilliseconds;
  const weigh = trackDoubts(pace.doubtMilliseconds);
  // What it was for may well be back: that is how it was.
  const usual: Baseline = { ...before, expected: [...before.expected, ...change.findingKeys] };
  for (let late = 0; ; ) {
    const [check, after] = await Promise.all([
      kind.checkUndone(change, context).catch((error: unknown) => ({ ok: false, details: [messageOf(error)] })),
      observe(run),
    ]);
    context.signal.throwIfAborted();
    const problems = after === undefined ? [unreadable] : compare([], usual, after);
    const firm = weigh(problems, now().getTime());
    if (check.ok && problems.length === 0 && after !== undefined) return { after };
    if (now().getTime() >= deadline) {
      late += 1;
      if (!check.ok && late >= 2) return { trouble: check.details.join('; ') };
      if (firm.length > 0) return { trouble: wordsOf(firm) };
      if (late >= 3 && now().getTime() >= deadline + 2 * pace.doubtMilliseconds) return { trouble: wordsOf(problems) };
    }
    await sleep(pace.pollMilliseconds, context.signal);
  }
}

const unreadable: Problem = { id: 'rules', kind: 'unread', text: 'no data: the systems could not be read' };
