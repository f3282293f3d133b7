/** docs/changes-under-faults.md as data: read, merged with what was measured now, and written again. */
import { faults } from '../../test/support/faults/cell.ts';
import type { Fault, Outcome } from '../../test/support/faults/cell.ts';

/** The words of one kind's cells by fault, and when they were measured. */
export interface Row {
  cells: Map<Fault, string>;
  measured: string;
}

export type Table = ReadonlyMap<string, Row>;

export const unmeasured = '…';
const [impossible, failed, notSafe] = ['–', '?', '**twice**'];

/** As a cell of the table says it: a state and how often the command ran. */
export function cellWords(cell: Outcome | Error): string {
  if (cell instanceof Error) return failed;
  if (cell.state === 'not applicable') return impossible;
  return `${cell.state} ${cell.runs}${cell.runs > 1 ? ` ${notSafe}` : ''}`;
}

/** Rows of a report, found by its header; of one without a table: none. */
export function parseTable(text: string): Table {
  const lines = text.split('\n').filter((line) => line.startsWith('| ')).map((line) => line.slice(2, -2).split(' | '));
  const [header = [], , ...rows] = lines;
  return new Map(rows.map(([kind = '', ...words]) => {
    const named = words.map((word, position) => [header[position + 1] ?? '', word] as const);
    const cells = named.filter((pair): pair is [Fault, string] => faults.some((fault) => fault === pair[0]) && pair[1] !== unmeasured);
    return [kind, { cells: new Map(cells), measured: named.find(([name]) => name === 'measured')?.[1] ?? '' }];
  }));
}

/** `fresh` over what is there, cell by cell. A row of two days says of which faults the newer one is. */
export function merge(table: Table, kind: string, fresh: ReadonlyMap<Fault, string>, day: string): Table {
  const old = table.get(kind);
  const kept = [...(old?.cells.keys() ?? [])].some((fault) => !fresh.has(fault));
  const measured = !old || !kept || old.measured.startsWith(day) ? day : `${old.measured}; ${[...fresh.keys()].join(', ')}: ${day}`;
  return new Map([...table, [kind, { cells: new Map([...(old?.cells ?? []), ...fresh]), measured }]]);
}

/** The whole report; kinds that are no more are left out. All its numbers are counted from its cells. */
export function report(kinds: readonly string[], table: Table): string {
  const rows = kinds.flatMap((kind) => { const row = table.get(kind); return row ? [{ kind, ...row }] : []; });
  const words = rows.flatMap(({ cells }) => [...cells.values()]);
  const outcomes = words.filter((word) => word !== impossible && word !== failed);
  const states = new Map<string, number>();
  for (const word of outcomes) states.set(word.split(' ')[0] ?? '', (states.get(word.split(' ')[0] ?? '') ?? 0) + 1);
  const counts = [...states].toSorted(([, left], [, right]) => right - left).map(([state, count]) => `${count} ${state}`).join(', ');
  const open = rows.reduce((sum, { cells }) => sum + faults.filter((fault) => !cells.has(fault)).length, 0);
  const untried = kinds.filter((kind) => !table.has(kind));
  return `# Changes under faults

Each kind of change goes through each fault on a real system: embedded PostgreSQL, MariaDB, the playground's cluster with the real kubectl, an HTTP API, iptables in a network namespace. *Killed* is SIGKILL of an executor in a process of its own; the survivor then finds what it left. A cell says how the change ended and how often its command reached the target.

\`\`\`
npm run bench:changes                                  # all kinds
npm run bench:changes -- postgres.rows kubectl.        # these, into their rows of this table
FAULT='answer lost' npm run bench:changes -- mysql.    # one fault
\`\`\`

${outcomes.length} cells: ${counts}. Commands that ran twice: ${words.filter((word) => word.endsWith(notSafe)).length}. Cells that could not be tried: ${words.filter((word) => word === failed).length}. Not measured: ${open}.

| kind | ${faults.join(' | ')} | measured |
| --- | ${faults.map(() => '---').join(' | ')} | --- |
${rows.map(({ kind, cells, measured }) => `| ${kind} | ${faults.map((fault) => cells.get(fault) ?? unmeasured).join(' | ')} | ${measured} |`).join('\n')}

- *done*, with an answer that was lost: the kind read the target again and found what it wrote.
- *unknown*: nobody knows whether the command took, or the executor died. It is never run again; the card says what reading shows now, and a person decides.
- *failed*: nothing was run, or the undo could not be verified: a person looks. *no data* ends so everywhere, since the undo can't be verified either.
- *stale*: the world moved; a fresh proposal is offered.
- *done* of helm although admission mutates: the check compares the manifest that helm stored and looks at rollouts; what admission adds to the objects of a release it does not see.
- A dash: the fault can't happen to this kind (no undo to die in, a deletion that no admission changes, no lock), or it is not set up here (admission of nodes, a lost answer of a host's agent).
${open === 0 ? '' : `- ${unmeasured}: not measured yet; the command above does it.\n`}${words.includes(failed) ? `- ${failed}: the fault could not be set up.\n` : ''}${untried.length === 0 ? '' : `\nKinds without a row; their own tests hold them to the contract of action kinds: ${untried.join(', ')}.\n`}`;
}
