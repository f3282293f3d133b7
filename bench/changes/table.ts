import { faults } from '../../test/support/faults/cell.ts';
import type { Fault, Outcome } from '../../test/support/faults/cell.ts';

/** The report, and how many cells ran a command twice or could not be tried. */
export function tableOf(kinds: readonly string[], results: ReadonlyMap<string, ReadonlyMap<Fault, Outcome | Error>>): { text: string; twice: number; errors: number } {
  const tried = kinds.filter((kind) => results.has(kind));
  const cells = [...results.values()].flatMap((row) => [...row.values()]);
  const outcomes = cells.filter((cell): cell is Outcome => !(cell instanceof Error) && cell.state !== 'not applicable');
  const twice = outcomes.filter(({ runs }) => runs > 1).length;
  const errors = cells.filter((cell) => cell instanceof Error).length;
  const states = new Map<string, number>();
  for (const { state } of outcomes) states.set(state, (states.get(state) ?? 0) + 1);
  const untried = kinds.filter((kind) => !results.has(kind));
  const text = `# Changes under faults

Each kind of change goes through each fault on a real system: embedded PostgreSQL, the playground's cluster with the real kubectl, an HTTP API. *Killed* is SIGKILL of an executor in a process of its own; the survivor then finds what it left. A cell says how the change ended and how often its command reached the target.

\`\`\`
npm run bench:changes
\`\`\`

${outcomes.length} cells: ${[...states].sort(([, left], [, right]) => right - left).map(([state, count]) => `${count} ${state}`).join(', ')}. Commands that ran twice: ${twice}. Cells that could not be tried: ${errors}.

| kind | ${faults.join(' | ')} |
| --- | ${faults.map(() => '---').join(' | ')} |
${tried.map((kind) => `| ${kind} | ${faults.map((fault) => words(results.get(kind)?.get(fault))).join(' | ')} |`).join('\n')}

- *done*, with an answer that was lost: the kind read the target again and found what it wrote.
- *unknown*: nobody knows whether the command took, or the executor died. It is never run again; the card says what reading shows now, and a person decides.
- *failed*: nothing was run, or the undo could not be verified: a person looks. *no data* ends so everywhere, since the undo can't be verified either.
- *stale*: the world moved; a fresh proposal is offered.
${tried.every((kind) => faults.every((fault) => results.get(kind)?.has(fault))) ? '' : '- …: not run for this table; the command runs it.\n'}- A dash: the fault can't happen to this kind (no undo to die in, a deletion that no admission changes, no lock).
${untried.length === 0 ? '' : `\nKinds without a world here; their own tests hold them to the contract of action kinds: ${untried.join(', ')}.\n`}`;
  return { text, twice, errors };
}

function words(cell: Outcome | Error | undefined): string {
  if (cell === undefined) return '…';
  if (cell instanceof Error) return '?';
  return cell.state === 'not applicable' ? '–' : `${cell.state} ${cell.runs}`;
}
