/** A run that did not reach its last step: says where it stands, and never guesses. */
import { StoppedError } from '../../incident/stopped-error.ts';
import type { ChangeDraft } from '../../incident/types.ts';
import type { Change } from '../change.ts';
import { messageOf } from '../errors.ts';
import { whatReadingShows } from './reading.ts';
import type { Run } from './run.ts';
import { Ending, LostError } from './run.ts';

export async function endRun(run: Run, error: unknown): Promise<void> {
  try {
    await end(run, error);
  } catch (other) {
    if (!(other instanceof LostError)) throw other;
    run.log.warn({ change: run.change.id, error }, other.message);
  }
}

async function end(run: Run, error: unknown): Promise<void> {
  const { change, log, redact } = run;
  const changeId = change.id;
  if (error instanceof LostError) throw error;
  if (error instanceof StoppedError && change.state === 'claimed') {
    return run.move('superseded', { type: 'change.superseded', changeId, reason: 'stopped before it ran; nothing was changed' });
  }
  const ending = endingOf(error, change);
  if (ending.to === 'stale') return endStale(run, ending);
  log.warn({ change: changeId, error }, `change ended as ${ending.to}`);
  const shown = ending.to === 'unknown' ? ` ${await whatReadingShows(run, change)}` : '';
  await run.move(ending.to, { type: ending.to === 'failed' ? 'change.failed' : 'change.unknown', changeId, reason: redact(`${ending.message}${shown}`) });
}

function endingOf(error: unknown, change: Change): Ending {
  if (error instanceof Ending) return error;
  const ran = change.state === 'undoing' ? 'it ran and its undo had begun' : 'it ran and was not verified; it is still in place';
  if (error instanceof StoppedError) return new Ending('failed', `Stopped: ${ran}. A person must look.`);
  if (change.state === 'claimed') return new Ending('failed', `Nothing was run: ${messageOf(error)}`);
  const where = change.state === 'executing' ? 'while its command ran, so nobody knows whether it took' : ran;
  return new Ending('unknown', `The executor gave up (${messageOf(error)}): ${where}. A person must look; it is never run again.`);
}

/** The world moved: the same action is offered again with a fresh preview, for a new decision. */
async function endStale(run: Run, ending: Ending): Promise<void> {
  const { change, store, enqueue, log } = run;
  const successor = ending.offerAgain ? await store.changes.draft(change.incidentId, draftOf(change), change.lockKey) : undefined;
  await run.move('stale', { type: 'change.stale', changeId: change.id, reason: ending.message, ...(successor && { successor: successor.id }) });
  if (successor) await enqueue(successor.id, 'preview').catch((error: unknown) => log.warn({ error, change: successor.id }, 'not queued: the sweep will'));
}

function draftOf({ action, title, rationale, findings, findingKeys, proposedBy, askedBy, undoOf }: Change): ChangeDraft {
  return { action, title, rationale, findings, findingKeys, proposedBy, ...(askedBy && { askedBy }), ...(undoOf !== undefined && { undoOf }) };
}
