/** For every scenario that is not repaired: what is missing, and how that showed. */
import type { RunRecord } from '../record.ts';
import { missings } from '../record.ts';
import { table } from './table.ts';

/** Of the agents that reason: what a blind loop misses is no work list. */
export function workList(records: readonly RunRecord[], agents: readonly string[]): string {
  const reasoning = agents.filter((agent) => records.some((record) => record.agent === agent && record.attempt?.answer !== undefined));
  const parts = reasoning.map((agent) => {
    const open = records.filter((record) => record.agent === agent && record.ending === 'finished' && !record.repaired)
      .toSorted((one, other) => order(one) - order(other) || one.scenario.localeCompare(other.scenario));
    if (open.length === 0) return `### ${agent}\n\nNothing: every scenario that was judged is repaired.`;
    const counts = missings.map((missing) => ({ missing, count: open.filter((record) => record.missing === missing).length })).filter(({ count }) => count > 0);
    return `### ${agent}\n\n${counts.map(({ missing, count }) => `${missing}: ${count}`).join(' · ')}\n\n${table(['scenario', 'missing', 'cause', 'it said', 'what failed'], open.map((record) => [
      `${record.scenario} (${record.seed})`, record.missing ?? '', causeOf(record), saidOf(record), failedOf(record),
    ]))}`;
  });
  return parts.join('\n\n');
}

export function notJudged(records: readonly RunRecord[]): string {
  const others = records.filter(({ ending }) => ending !== 'finished');
  if (others.length === 0) return '';
  return `## Not judged\n\nNone of these counts as a pass; those left out count as nothing.\n\n${table(['scenario', 'agent', 'ending', 'why'], others.map((record) => [`${record.scenario} (${record.seed})`, record.agent, record.ending, clipped(record.trouble ?? '', 240)]))}`;
}

const order = ({ missing }: RunRecord): number => (missing === undefined ? missings.length : missings.indexOf(missing));

function causeOf({ truth }: RunRecord): string {
  if (truth.outcome === 'nothing') return 'nothing is wrong';
  return `${truth.outcome === 'repair' ? '' : `${truth.outcome}: `}${truth.mechanisms[0] ?? ''} of ${truth.root[0] ?? ''}`;
}

function saidOf({ attempt }: RunRecord): string {
  const answer = attempt?.answer;
  if (!answer) return 'nothing';
  return answer.root === null ? 'no cause' : `${answer.root.mechanism} of ${answer.root.resource}`;
}

function failedOf({ checks, collateral, forbidden, attempt }: RunRecord): string {
  const failed = checks.filter(({ ok }) => !ok).slice(0, 2).map(({ name, detail }) => `${name}: ${clipped(detail, 110)}`);
  const change = attempt?.changes.find(({ outcome }) => outcome === 'undone' || outcome === 'failed' || outcome === 'refused');
  return [
    ...forbidden.map((what) => `forbidden: ${what}`),
    ...collateral.slice(0, 3).map((what) => `changed: ${what}`),
    ...(change ? [`${change.kind} ${change.outcome}${change.reason === undefined ? '' : `: ${clipped(change.reason, 110)}`}`] : []),
    ...failed,
  ].join('; ');
}

function clipped(text: string, length: number): string {
  const flat = text.replaceAll(/\s+/g, ' ');
  return flat.length <= length ? flat : `${flat.slice(0, length - 1)}…`;
}
