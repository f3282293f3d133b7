/** What code demands of a conclusion before anybody sees it. */
import type { Finding } from '../../incident/types.ts';
import type { Conclude } from './orchestrator-tools.ts';

/** Throws an Error whose message tells the model what to mend. */
export function checkConclusion(concluded: Conclude, known: ReadonlyMap<string, Finding>): void {
  const problems: string[] = [];
  const cited = [...(concluded.root_cause?.findings ?? []), ...concluded.changes.flatMap((change) => change.findings)];
  for (const id of new Set(cited)) if (!known.has(id)) problems.push(`there is no finding ${id}`);

  if (concluded.root_cause && !concluded.root_cause.findings.some((id) => known.get(id)?.supported)) {
    problems.push('root_cause cites no supported finding: cite one whose quotes are in its evidence, or have it looked at again');
  }
  for (const change of concluded.changes) {
    if (!change.findings.some((id) => known.get(id)?.supported)) problems.push(`the change "${change.title}" rests on no supported finding, so it can't be proposed`);
  }
  if (problems.length > 0) throw new Error(`Not concluded: ${problems.join('; ')}.`);
}
