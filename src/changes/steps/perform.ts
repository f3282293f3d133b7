/** claimed -> executing -> verifying: the event first, then the command, exactly as approved. */
import { StoppedError } from '../../incident/stopped-error.ts';
import { ExecutionError } from '../errors.ts';
import { identityOf } from '../identity.ts';
import type { Baseline } from './compare.ts';
import { outputFacts } from './output.ts';
import type { Run } from './run.ts';
import { Ending } from './run.ts';

/** Returns the reason for an undo when only a part was done; undefined when it ran. */
export async function perform(run: Run, before: Baseline): Promise<string | undefined> {
  const { kind, context, now, redact } = run;
  const changeId = run.change.id;
  const identity = await identityOf(run.change.action, context);
  await run.move('executing', { type: 'change.executing', changeId, command: run.change.command, before: before.keys });
  const started = now().getTime();
  try {
    const ran = { identity, ...(await kind.execute(run.change, context)) };
    const seconds = Math.round((now().getTime() - started) / 100) / 10;
    await run.move('verifying', { type: 'change.executed', changeId, ...outputFacts(ran, redact), seconds }, ran.written && { written: ran.written });
    return undefined;
  } catch (error) {
    if (error instanceof StoppedError) throw new Ending('failed', 'Stopped just before the command; nothing was run.');
    if (!(error instanceof ExecutionError)) throw error;
    if (error.effect === 'none') throw new Ending('failed', redact(error.message));
    if (error.effect === 'unknown') throw new Ending('unknown', redact(error.message));
    if (error.written) run.change = { ...run.change, written: error.written };
    return redact(error.message);
  }
}
