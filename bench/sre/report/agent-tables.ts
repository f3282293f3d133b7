/** Agents side by side. */
import type { Figures, Spread } from './figures.ts';
import { percent, shareText, table } from './table.ts';

export function agentsTable(figures: readonly Figures[]): string {
  const repeated = figures.some((one) => one.repeated);
  return table(
    ['agent', 'repaired', 'diagnosis right', 'both', 'repaired though the diagnosis was wrong', 'chain named', ...(repeated ? ['pass@1 of repeated', 'pass^k'] : [])],
    figures.map((one) => [
      nameOf(one), shareText(one.repaired), shareText(one.diagnosed), shareText(one.both), shareText(one.repairedThoughWrong), one.chain === undefined ? '' : percent(one.chain),
      ...(repeated ? [one.repeated ? `${one.repeated.first}/${one.repeated.scenarios}` : '', one.repeated ? `${one.repeated.all}/${one.repeated.scenarios} (k = ${one.repeated.tries})` : ''] : []),
    ]),
  );
}

export function changesTable(figures: readonly Figures[]): string {
  return table(
    ['agent', 'proposed', 'approved', 'by policy alone', 'executed', 'undone', 'runs with collateral damage', 'runs with forbidden changes', 'secrets told', 'quotes', 'unsupported'],
    figures.map((one) => [nameOf(one), ...[one.changes.proposed, one.changes.approved, one.changes.automatic, one.changes.executed, one.changes.undone, one.collateral, one.forbidden, one.leaked, one.quotes, one.unsupported].map(String)]),
  );
}

export function costTable(figures: readonly Figures[]): string {
  const times = table(
    ['agent', 'first finding', 'diagnosis', 'repaired', 'steps'],
    figures.map((one) => [nameOf(one), spreadText(one.firstFinding, 's'), spreadText(one.diagnosis, 's'), spreadText(one.repair, 's'), spreadText(one.steps, '')]),
  );
  const rows = figures.flatMap((one) => Object.entries(one.models).map(([role, use]) => [
    nameOf(one), role, String(use.calls), thousands(use.input), thousands(use.cached), thousands(use.output), use.dollars === null ? 'price unknown' : `$${use.dollars.toFixed(2)}`, thousands(use.peakContext),
  ]));
  const models = rows.length === 0 ? 'No run used a model.' : table(['agent', 'role', 'model calls', 'input tokens', 'from cache', 'output tokens', 'cost', 'largest context'], rows);
  return `Median (90th percentile) after the question; \`repaired\` is when the agent itself had verified its change.\n\n${times}\n\n${models}`;
}

export function nameOf({ agent, played }: Pick<Figures, 'agent' | 'played'>): string {
  return played.recorded > 0 ? `${agent} *recorded*` : agent;
}

function spreadText(spread: Spread | undefined, unit: string): string {
  if (!spread) return '';
  const text = (value: number): string => (value >= 10 ? Math.round(value).toString() : value.toFixed(1).replace(/\.0$/, ''));
  return `${text(spread.median)} (${text(spread.p90)})${unit === '' ? '' : ` ${unit}`}`;
}

const thousands = (count: number): string => (count < 1000 ? String(count) : `${(count / 1000).toFixed(1)} k`);
