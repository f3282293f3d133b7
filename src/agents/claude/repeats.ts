/**
 * The loop guard: the very same call again. One that failed may be tried again, and one that was answered may look again after
 * some seconds, to see what moves; both a few times only. Anything else is answered with a pointer to what stands above.
 */
import type { Evidence } from '../../incident/types.ts';

const secondsBetweenLooks = 5;
const mostLooks = 4;
const mostFailures = 3;

interface Look {
  at: number;
  made: Promise<Evidence>;
  /** Absent while it is under way. */
  evidence?: Evidence;
}

/** Answers a call in words, with `render` for what was read. Rejects as `look` does; a look that rejected counts as none. */
export function createRepeats(): (key: string, look: () => Promise<Evidence>, render: (evidence: Evidence) => string) => Promise<string> {
  const seen = new Map<string, Look[]>();

  return async (key, look, render) => {
    const looks = seen.get(key) ?? [];
    seen.set(key, looks);
    const last = looks.at(-1);
    if (last && !last.evidence) return `This very call was made beside this one; its result stands as ${(await last.made).id}. Nothing was read again.`;
    const refused = last?.evidence && refusal(looks, last.at, last.evidence);
    if (refused !== undefined) return refused;
    const evidence = await make(look, looks);
    if (last?.evidence === undefined || evidence.failed || evidence.hash !== last.evidence.hash) return render(evidence);
    return `${evidence.id}: the same call ${seconds(Date.now() - last.at)} after ${last.evidence.id}, and its output is the same to the letter; it stands above.`;
  };
}

async function make(look: () => Promise<Evidence>, looks: Look[]): Promise<Evidence> {
  const entry: Look = { at: Date.now(), made: look() };
  looks.push(entry);
  try {
    entry.evidence = await entry.made;
    return entry.evidence;
  } catch (error) {
    looks.splice(looks.indexOf(entry), 1);
    throw error;
  }
}

/** Why it is not made again; undefined when it may be. */
function refusal(looks: readonly Look[], lastAt: number, { failed, id }: Evidence): string | undefined {
  const all = looks.flatMap(({ evidence }) => evidence?.id ?? []).join(', ');
  const failures = looks.filter(({ evidence }) => evidence?.failed).length;
  if (failed) return failures < mostFailures ? undefined : `This very call failed ${failures} times (${all}). It is not made again: ask in another way, or name the gap.`;
  if (looks.length - failures >= mostLooks) return `This very call was made ${looks.length} times (${all}). It is not made again: compare what stands above, ask something else, or report.`;
  const waited = Date.now() - lastAt;
  if (waited >= secondsBetweenLooks * 1000) return undefined;
  return `You made this very call before; its result stands above as ${id}. Nothing was read again. To see what moves, make it again ${secondsBetweenLooks} s or later after it; otherwise ask something else, or report.`;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(0)} s`;
