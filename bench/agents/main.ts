/**
 * `npm run bench:agents [-- --latency 300 --tool 100]`: the same investigations with the briefs of a reply one after the other,
 * and side by side; and what one agent that reads everything holds against what the lead of a team holds. The model is scripted
 * and answers after a fixed time, so the figures are of the layout and of no model.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readRecording } from '../sre/contestants/model/recording.ts';
import { measure } from './measure.ts';
import type { Setting } from './measure.ts';
import { playedIn } from './script.ts';

const { values } = parseArgs({ options: { latency: { type: 'string', default: '300' }, tool: { type: 'string', default: '100' } } });
const timing = { latencyMilliseconds: Number(values.latency), toolMilliseconds: Number(values.tool) };
const settings: { name: string; setting: Setting }[] = [
  { name: 'sequential, one call a reply', setting: { layout: 'sequential', ...timing, callsPerReply: 1 } },
  { name: 'sequential', setting: { layout: 'sequential', ...timing } },
  { name: 'team', setting: { layout: 'team', ...timing } },
  { name: 'single', setting: { layout: 'single', ...timing } },
];

const folder = fileURLToPath(new URL('../sre/recordings/', import.meta.url));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`model ${timing.latencyMilliseconds} ms a reply, tool ${timing.toolMilliseconds} ms a call; tokens are characters / 4\n`);
say('| investigation | layout | seconds | × team | replies | longest request of the lead | of a specialist | sent in all |');
say('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const scenario of readdirSync(folder).toSorted()) {
  const recording = readRecording(folder, { scenario, agent: 'claude-team', seed: 1 });
  if (!recording) continue;
  const played = playedIn(recording);
  const measured = [];
  for (const { name, setting } of settings) measured.push({ name, ...(await measure(played, setting)) });
  const team = measured.find(({ name }) => name === 'team')?.seconds ?? 1;
  for (const one of measured) say(`| ${scenario} | ${one.name} | ${one.seconds.toFixed(1)} | ${(one.seconds / team).toFixed(1)} | ${one.replies} | ${one.peakOfLead} | ${one.peakOfSpecialist} | ${one.sent} |`);
}
