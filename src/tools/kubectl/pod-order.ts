/** kubectl's table of pods with those first that are broken: in a long one they are what is looked for. Pure. */

/** Any other table comes back as it is. */
export function brokenFirst(table: string): string {
  const [head = '', ...rows] = table.trimEnd().split('\n');
  if (!/^NAME +READY +STATUS +RESTARTS +AGE/.test(head) || rows.length < 2) return table.trimEnd();
  const sorted = rows.map((row) => ({ row, state: stateOf(row) })).toSorted((left, right) => order.indexOf(left.state) - order.indexOf(right.state));
  const count = (state: State): number => sorted.filter((one) => one.state === state).length;
  return [`${rows.length} pods: ${count('broken')} broken (not running, or not ready), ${count('restarted')} ready after restarts, ${count('well')} ready or completed without`, head, ...sorted.map(({ row }) => row)].join('\n');
}

type State = 'broken' | 'restarted' | 'well';
const order: readonly State[] = ['broken', 'restarted', 'well'];

/** A row that is not understood, such as the note of what was cut, stays behind the broken ones. */
function stateOf(row: string): State {
  const [, ready, wanted, status, restarts] = /^\S+\s+(\d+)\/(\d+)\s+(\S+)\s+(\d+)/.exec(row) ?? [];
  if (status === undefined) return 'restarted';
  if (status === 'Completed' || status === 'Succeeded') return 'well';
  if (status !== 'Running' || ready !== wanted) return 'broken';
  return restarts === '0' ? 'well' : 'restarted';
}
