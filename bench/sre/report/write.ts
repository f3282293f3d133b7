/** Writes report.md and its charts beside the runs they are made of. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readAbout } from './about.ts';
import { nameOf } from './agent-tables.ts';
import { dotChart, shareChart } from './charts.ts';
import { figuresOf, judged } from './figures.ts';
import { reportMarkdown } from './markdown.ts';
import { readRuns } from './read.ts';

/** From `folder`/runs.jsonl. Nothing is written when there is no run. */
export async function writeReport(folder: string): Promise<void> {
  const records = readRuns(path.join(folder, 'runs.jsonl'));
  if (records.length === 0) return;
  const figures = [...new Set(records.map(({ agent }) => agent))].map((agent) => figuresOf(agent, records)).toSorted((one, other) => other.repaired.hits - one.repaired.hits);
  const plain = (one: (typeof figures)[number]): string => nameOf(one).replaceAll('*', '');
  const shares = shareChart('Repaired and diagnosed', ['repaired (strict)', 'diagnosis right', 'both'], figures.map((one) => ({
    label: plain(one),
    values: [one.repaired, one.diagnosed, one.both].map(({ hits, of }) => hits / (of || 1)),
    low: one.repaired.low,
    high: one.repaired.high,
    note: `${one.repaired.hits} of ${one.repaired.of}`,
  })));
  const times = dotChart('Seconds from the question to the diagnosis', figures.map((one) => ({
    label: plain(one),
    seconds: judged(records).filter(({ agent }) => agent === one.agent).flatMap(({ attempt }) => attempt?.times.diagnosis ?? []).map((milliseconds) => milliseconds / 1000),
  })).filter(({ seconds }) => seconds.length > 0));
  writeFileSync(path.join(folder, 'repaired.svg'), shares);
  writeFileSync(path.join(folder, 'diagnosis-seconds.svg'), times);
  writeFileSync(path.join(folder, 'report.md'), reportMarkdown(records, readAbout(folder), { shares: 'repaired.svg', times: 'diagnosis-seconds.svg' }));
}
