import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { modelsOf } from '../../../src/agents/claude/models.ts';
import { loadPrompts } from '../../../src/agents/claude/prompts.ts';
import { investigate } from '../../../src/incident/pipeline.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';
import { createTestStore, testAlert } from '../../support/store.ts';

test('the timeline says which model plays each agent, and with which prompt', async () => {
  const models = modelsOf({ orchestrator: 'large', specialist: 'small', overrides: { database: ['middle', 'small'] } }, loadPrompts(), 'warning');
  const { store, close } = await createTestStore();
  const { incident } = await store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'A problem' });
  const engine = { engine: 'claude' as const, models: () => models, run: () => Promise.reject(new Error('not asked')) };
  const createInvestigation = () => Promise.reject(new Error('far enough'));
  await investigate({ incidentId: incident.id, investigation: `${incident.id}-1` }, { store, claude: engine, rules: engine, createInvestigation, queue: undefined as never, log: silentLogger }, new AbortController().signal);
  const started = (await store.timeline.read(incident.id)).find(({ event }) => event.type === 'investigation.started');
  await close();
  const prompt = createHash('sha256').update(`${readFileSync('prompts/orchestrator.md', 'utf8').trim()}\n\n${readFileSync('prompts/decision.md', 'utf8').trim()}\n`).digest('hex');
  expect(started?.event).toMatchObject({ engine: 'claude', models: { orchestrator: { model: 'large', prompt }, database: { model: 'middle' }, network: { model: 'small' }, answer: { model: 'small' } } });
});
