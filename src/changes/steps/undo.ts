/** Back to what it was: once, only by the undo that was approved with the change, and looked at afterwards. */
import { messageOf } from '../errors.ts';
import type { Run } from './run.ts';
import { Ending } from './run.ts';

export async function undoChange(run: Run, reason: string): Promise<void> {
  const { change, kind, context, redact } = run;
  if (change.undo.kind !== 'automatic') throw new Ending('failed', `${reason}. There is no undo: ${change.undo.description} A person must look.`);
  await context.checkpoint();
  await run.move('undoing', { type: 'change.undoing', changeId: change.id, reason, command: change.undo.command }, change.written && { written: change.written });
  let output: string;
  try {
    ({ output } = await kind.undo(run.change, context));
  } catch (error) {
    if (context.signal.aborted) throw error;
    throw new Ending('failed', redact(`${reason}. The undo did not run: ${messageOf(error)} A person must look.`));
  }
  const trouble = await confirmUndone(run);
  if (trouble !== undefined) throw new Ending('failed', redact(`${reason}. The undo ran, but ${trouble}. A person must look.`));
  await run.move('undone', { type: 'change.undone', changeId: change.id, reason, output: redact(output) });
}

async function confirmUndone({ kind, change, context, now, sleep, pace }: Run): Promise<string | undefined> {
  const deadline = now().getTime() + pace.undoDeadlineMilliseconds;
  for (;;) {
    const check = await kind.checkUndone(change, context).catch((error: unknown) => ({ ok: false, details: [messageOf(error)] }));
    if (check.ok) return undefined;
    context.signal.throwIfAborted();
    if (now().getTime() >= deadline) return check.details.join('; ');
    await sleep(pace.pollMilliseconds, context.signal);
  }
}
