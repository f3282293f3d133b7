/** The same question several times: what comes now and then shows only so. */
import { answersOf, decisive, resultOf } from './compare.ts';
import type { Outcome, Step } from './compare.ts';
import type { QueryType } from './dns-client.ts';

/** One that answers nothing would take the whole time. */
const mostSilent = 2;

/** One after the other. At least one; fewer than `times` when it is stopped or the resolver is silent. */
export async function repeated(times: number, once: () => Promise<Step[]>, signal: AbortSignal): Promise<Step[][]> {
  const runs = [await once()];
  const silent = (): number => runs.filter((steps) => steps.some(({ reply }) => 'failure' in reply && reply.failure === 'TIMEOUT')).length;
  while (runs.length < times && !signal.aborted && silent() < mostSilent) runs.push(await once());
  return runs;
}

/** The run that is shown whole: the first that found something, for comparing resolvers; the first that did not, for people. */
export function telling(runs: readonly Outcome[], type: QueryType): { good: Outcome | undefined; bad: Outcome | undefined } {
  const found = (one: Outcome): boolean => resultOfRun(one, type) === 'NOERROR';
  return { good: runs.find(found), bad: runs.find((one) => !found(one)) };
}

/** `10 times: 7 x 10.0.0.7, 2 x SERVFAIL, 1 x TIMEOUT; 1 to 34 ms`. None for a single run. */
export function repetitionLines(runs: readonly Outcome[], type: QueryType): string[] {
  if (runs.length < 2) return [];
  const counts = new Map<string, number>();
  for (const run of runs) {
    const step = decisive(run, type);
    const said = step !== undefined && resultOf(step, type) === 'NOERROR' ? answersOf(step, type).join(' ') : resultOfRun(run, type);
    counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  const took = runs.map(({ steps }) => steps.reduce((sum, { reply }) => sum + reply.milliseconds, 0)).toSorted((left, right) => left - right);
  const kinds = [...counts].toSorted(([, left], [, right]) => right - left);
  return [
    `  ${runs.length} times: ${kinds.slice(0, 8).map(([said, count]) => `${count} x ${said || 'nothing'}`).join(', ')}; ${took[0] ?? 0} to ${took.at(-1) ?? 0} ms, median ${took[Math.floor(took.length / 2)] ?? 0}`,
    ...(kinds.length > 1 ? ['  IT CHANGES FROM ONE ANSWER TO THE NEXT: what asks it fails, or goes elsewhere, now and then.'] : []),
  ];
}

function resultOfRun(run: Outcome, type: QueryType): string {
  const step = decisive(run, type);
  return step === undefined ? 'nothing' : resultOf(step, type);
}
