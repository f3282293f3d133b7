/** Scenarios by group, and one by one. */
import type { RunRecord } from '../record.ts';
import { judged, share } from './figures.ts';
import { percent, table } from './table.ts';

/** Repaired, and the diagnosis right, for each agent in each group. */
export function groupTable(records: readonly RunRecord[], agents: readonly string[], groupOf: (record: RunRecord) => string): string {
  const groups = [...new Set(judged(records).map(groupOf))].toSorted();
  return table(['repaired, diagnosis right', ...agents], groups.map((group) => [group, ...agents.map((agent) => {
    const own = judged(records).filter((record) => record.agent === agent && groupOf(record) === group);
    if (own.length === 0) return '';
    const repaired = share(own, (record) => record.repaired);
    return `${repaired.hits}/${repaired.of} ${percent(repaired.hits / repaired.of)}, ${own.filter(({ diagnosis }) => diagnosis.right).length}`;
  })]));
}

/** `✓✓` repaired and diagnosed, `✓·` repaired alone, `·✓` diagnosed alone; several tries side by side. */
export function matrix(records: readonly RunRecord[], agents: readonly string[]): string {
  const scenarios = [...new Map(records.map((record) => [record.scenario, record])).values()].toSorted((one, other) => one.category.localeCompare(other.category) || one.scenario.localeCompare(other.scenario));
  const cell = (record: RunRecord): string => {
    if (record.ending === 'left-out') return 'left out';
    if (record.ending !== 'finished') return record.ending;
    return `${record.repaired ? '✓' : '·'}${record.diagnosis.right ? '✓' : '·'}${record.collateral.length > 0 || record.forbidden.length > 0 ? ' ✗' : ''}`;
  };
  const rows = scenarios.map(({ scenario, category, difficulty, tags }) => [
    scenario, `${category}, ${difficulty}${tags.includes('cascade') && difficulty !== 'cascading' ? ', cascade' : ''}${tags.includes('custom-resource') ? ', custom resource' : ''}`,
    ...agents.map((agent) => records.filter((record) => record.scenario === scenario && record.agent === agent).map(cell).join(' ')),
  ]);
  return `First mark: repaired; second: diagnosis right; ✗: something was changed that should not have been.\n\n${table(['scenario', 'kind', ...agents], rows)}`;
}
