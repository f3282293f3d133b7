/** Right before a run: is the world still what it was, and what does it look like? */
import { StoppedError } from '../../incident/stopped-error.ts';
import { messageOf } from '../errors.ts';
import { confirmRuling } from './allowed.ts';
import { prepare } from './preview.ts';
import type { Baseline } from './compare.ts';
import { bothLooks } from './compare.ts';
import { concernedServices } from './concerned.ts';
import type { Run } from './run.ts';
import { Ending, LostError } from './run.ts';

export async function confirmUnmoved(run: Run): Promise<void> {
  const { change, kind, context } = run;
  const fresh = await prepare(run, change, context.signal).catch((error: unknown) => {
    if (context.signal.aborted) throw error;
    throw new Ending('stale', run.redact(messageOf(error)));
  });
  const drift = kind.drift(change, fresh);
  if (drift !== undefined) throw new Ending('stale', run.redact(drift), true);
  await confirmRuling(run, fresh);
}

/** People may have reasons of their own; without one, it runs only for what is seen. */
export function confirmNeed({ change }: Run, { keys }: Baseline): void {
  if (change.policy.autonomy !== 'auto' || change.findingKeys.some((key) => keys.includes(key))) return;
  throw new Ending('stale', 'what it is for is not seen any more, so it does not run without a person', true);
}

/** What the rules see before, in two looks; without it nobody could say afterwards whether it helped. */
export async function takeBaseline(run: Run): Promise<Baseline> {
  const { change, targets, verify, context, redact, sleep, pace } = run;
  try {
    const first = await verify(context.signal);
    await sleep(pace.pollMilliseconds, context.signal);
    await context.checkpoint();
    const both = bothLooks(first, await verify(context.signal));
    return { ...both, expected: await expectedOf(run), concerned: concernedServices(change, targets) };
  } catch (error) {
    if (context.signal.aborted || error instanceof StoppedError || error instanceof LostError) throw error;
    throw new Ending('failed', `The state before could not be measured, so nothing was run: ${redact(messageOf(error))}`);
  }
}

/** Taking a change back brings back what that change had removed. */
async function expectedOf({ change, store }: Run): Promise<string[]> {
  const original = change.undoOf === undefined ? undefined : await store.changes.get(change.undoOf);
  if (!original) return [];
  const events = (await store.timeline.read(original.incidentId)).map(({ event }) => event);
  const before = events.flatMap((event) => (event.type === 'change.executing' && event.changeId === original.id ? (event.before ?? []) : event.type === 'change.verified' && event.changeId === original.id ? event.before : []));
  return [...new Set([...original.findingKeys, ...before])];
}
