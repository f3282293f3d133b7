/** A supervisor's status document as an engineer reads it: state, what changed, environment, log. */
import type { WorkloadStatus } from '../../rules/readings.ts';
import { valueOf } from '../../rules/service/revisions.ts';

const mostLogLines = 40;

/** What matters most comes first, since long evidence is cut in the middle. */
export function statusText(status: WorkloadStatus): string {
  const exit = status.lastExit === null ? 'none' : `${status.lastExit.code === null ? `signal ${status.lastExit.signal ?? 'unknown'}` : `code ${status.lastExit.code}`} at ${status.lastExit.at}`;
  return [
    `workload ${status.name}: state ${status.state}, started ${status.startedAt ?? 'never'}, ${status.restarts} restarts, last exit ${exit}, revision ${status.revision}`,
    ...changes(status),
    ...environment(status),
    'log (newest last):',
    ...status.log.slice(-mostLogLines).map(({ at, line }) => `  ${at} ${line.replace(/\s+/g, ' ').slice(0, 500)}`),
  ].join('\n');
}

/** The newest revision against each earlier one that differs, nearest first. */
function changes({ revisions }: WorkloadStatus): string[] {
  const newest = revisions.at(-1);
  if (newest === undefined) return [];
  const lines = [`revision ${newest.revision} since ${newest.at}, healthy: ${newest.healthy ? 'yes' : 'no'}`];
  for (const earlier of revisions.slice(0, -1).reverse().slice(0, 5)) {
    const names = [...new Set([...Object.keys(earlier.environment), ...Object.keys(newest.environment)])].sort();
    const different = names.filter((name) => valueOf(earlier.environment, name) !== valueOf(newest.environment, name));
    const health = `revision ${earlier.revision} (${earlier.at}, healthy: ${earlier.healthy ? 'yes' : 'no'})`;
    if (different.length === 0) lines.push(`  same environment as ${health}`);
    for (const name of different) lines.push(`  changed since ${health}: ${name} was ${shown(valueOf(earlier.environment, name))}, is ${shown(valueOf(newest.environment, name))}`);
  }
  return lines;
}

function environment({ revisions }: WorkloadStatus): string[] {
  const variables = Object.entries(revisions.at(-1)?.environment ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  return ['environment:', ...variables.map(([name, value]) => `  ${name}=${value.replace(/\s+/g, ' ')}`)];
}

function shown(value: string | undefined): string {
  return value === undefined ? '(not set)' : value.replace(/\s+/g, ' ');
}
