/** The report, from its sections. */
import type { RunRecord } from '../record.ts';
import type { About } from './about.ts';
import { figuresOf, judged } from './figures.ts';
import { agentsTable, costTable, changesTable } from './agent-tables.ts';
import { groupTable, matrix } from './scenario-tables.ts';
import { notJudged, workList } from './work-list.ts';

export function reportMarkdown(records: readonly RunRecord[], about: readonly About[], charts: { shares: string; times: string }): string {
  const agents = [...new Set(records.map(({ agent }) => agent))];
  const figures = agents.map((agent) => figuresOf(agent, records)).toSorted((one, other) => other.repaired.hits / (other.repaired.of || 1) - one.repaired.hits / (one.repaired.of || 1));
  const order = figures.map(({ agent }) => agent);
  return [
    '# SRE-bench',
    opening(records, about),
    `![Repaired and diagnosed](${charts.shares})`,
    agentsTable(figures),
    recordedNote(figures.some(({ played }) => played.recorded > 0)),
    '## By category',
    groupTable(records, order, ({ category }) => category),
    '## By difficulty',
    groupTable(records, order, ({ difficulty }) => difficulty),
    '## Changes and damage',
    changesTable(figures),
    '## Time and cost',
    `![Seconds from the question to the diagnosis](${charts.times})`,
    costTable(figures),
    '## Scenario by scenario',
    matrix(records, order),
    '## What is missing',
    workList(records, order),
    notJudged(records),
  ].filter((part) => part !== '').join('\n\n') + '\n';
}

function opening(records: readonly RunRecord[], about: readonly About[]): string {
  const scenarios = new Set(judged(records).map(({ scenario }) => scenario)).size;
  const seeds = [...new Set(records.map(({ seed }) => seed))].toSorted((one, other) => one - other);
  const last = about.at(-1);
  const made = [...new Set(about.map(({ options, commit, changed }) => `- \`npm run bench -- ${options}\` at ${commit}${changed ? ' with uncommitted changes' : ''}`))];
  return [
    `${judged(records).length} runs of ${scenarios} scenarios; ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}${records.some(({ noise }) => noise) ? ', with noise' : ''}. ${last ? `${last.machine}, Node ${last.node}, ${last.sideBySide} worlds side by side.` : ''}`,
    '**Repaired** is strict: the symptom gone under traffic, the mechanism itself repaired, nothing else broken or changed, nothing forbidden done, and all of it still so after the relapse window; where nothing is wrong it means that nothing was proposed or changed. **Diagnosis right** compares root resource and mechanism by code. In brackets: 95 % intervals after Wilson.',
    ...(made.length > 0 ? ['Made with', made.join('\n')] : []),
  ].join('\n\n');
}

function recordedNote(any: boolean): string {
  return any ? 'Runs marked *recorded* answer from recordings: a reader played the model by hand on a live world, and the replies are bound anew to the world of this run. Their tokens are estimates (characters / 3.5), their times are not a model\'s.' : '';
}
