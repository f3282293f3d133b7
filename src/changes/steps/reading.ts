/** Nobody knows how a run ended; what the target shows now helps the person who looks. The change stays unknown. */
import { messageOf } from '../errors.ts';
import type { Change } from '../change.ts';
import { kindOf } from '../actions/kinds.ts';
import type { Tools } from './run.ts';
import { kindContext } from './run.ts';

const patienceMilliseconds = 15_000;

/** A sentence for people. Never throws, and takes no longer than its patience. */
export async function whatReadingShows(tools: Tools, change: Change): Promise<string> {
  const kind = kindOf(change.action, tools.kinds);
  const signal = AbortSignal.timeout(patienceMilliseconds);
  // A stop is no reason not to look.
  const context = { ...kindContext(tools, change, signal), checkpoint: () => Promise.resolve() };
  const late = new Promise<undefined>((resolve) => { signal.addEventListener('abort', () => resolve(undefined), { once: true }); });
  const holds = (read: () => Promise<{ ok: boolean }>) => Promise.race([read().then(({ ok }) => ok), late]).catch((error: unknown) => {
    tools.log.debug({ change: change.id, error: messageOf(error) }, 'a change of unknown end could not be read');
    return undefined;
  });
  let details: readonly string[] = [];
  const [inPlace, asBefore, takeable] = await Promise.all([
    holds(async () => {
      const seen = await kind.check(change, context);
      details = seen.details;
      return seen;
    }),
    holds(() => kind.checkUndone(change, context)),
    holds(async () => ({ ok: change.undo.kind === 'automatic' && (await kind.previewUndo(change, context)).preview !== '' })),
  ]);
  if (inPlace === true && asBefore !== true) return takeable === true ? 'Reading shows it in place; Undo can take it back.' : 'Reading shows it in place.';
  if (asBefore === true && inPlace !== true) return 'Reading shows everything as it was before it.';
  if (takeable === true) return 'Reading shows something of it in place; Undo can take it back.';
  if (inPlace === false) return `Reading does not prove that it took: ${details.join('; ')}.`;
  return 'Reading does not tell whether it took.';
}
