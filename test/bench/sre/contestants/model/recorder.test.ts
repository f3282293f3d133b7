import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { equipModel, recordingsDirectory, whyNotPlayed } from '../../../../../bench/sre/contestants/model/play.ts';
import { RecordingDivergedError } from '../../../../../bench/sre/contestants/model/recording-diverged-error.ts';
import { readRecording, recordingPath } from '../../../../../bench/sre/contestants/model/recording.ts';
import type { Site } from '../../../../../bench/sre/contestants/contestant.ts';
import type { Equipment } from '../../../../../bench/sre/contestants/product/enter.ts';
import { startScriptedModel } from '../../../../support/scripted-model.ts';
import type { ModelReply, ScriptedModel } from '../../../../support/scripted-model.ts';
import { here, sessions, there } from './worlds.ts';

let recordings: string;
const ends: (() => Promise<void> | void)[] = [];
beforeEach(() => {
  recordings = mkdtempSync(join(tmpdir(), 'recordings-'));
  ends.push(() => rmSync(recordings, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const site = { scenario: 'lock-held', seed: 3, log: () => undefined } as unknown as Site;

async function scripted(...replies: ModelReply[]): Promise<ScriptedModel> {
  const model = await startScriptedModel((_request, index) => replies[index] ?? { error: { status: 529, type: 'overloaded_error', headers: { 'x-should-retry': 'false' } } });
  ends.push(model.close);
  return model;
}

async function equip(options: Parameters<typeof equipModel>[1]): Promise<Equipment> {
  const equipment = await equipModel('claude-team', { recordings, ...options }, site);
  ends.push(() => equipment.end?.());
  return equipment;
}

/** One look, then the end; what the tool prints is the world's. */
async function converse({ environment }: Equipment, output: string): Promise<Anthropic.Beta.Messages.BetaMessage[]> {
  const client = new Anthropic({ apiKey: environment['ANTHROPIC_API_KEY'], baseURL: environment['ANTHROPIC_BASE_URL'], maxRetries: 0 });
  const ask = (messages: Anthropic.Beta.Messages.BetaMessageParam[]) => client.beta.messages.create({ model: 'claude-opus-5-5', max_tokens: 100, system: [{ type: 'text', text: 'You lead an incident investigation.', cache_control: { type: 'ephemeral' } }], messages });
  const first = await ask([{ role: 'user', content: 'Incident INC-1' }]);
  const call = first.content.find((block) => block.type === 'tool_use');
  const second = await ask([{ role: 'user', content: 'Incident INC-1' }, { role: 'assistant', content: first.content as Anthropic.Beta.Messages.BetaContentBlockParam[] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: output }] }]);
  return [first, second];
}

const look: ModelReply = { text: 'I look.', tools: [{ name: 'sql_select', input: {} }] };
const concluded = (pid: number): ModelReply => ({ tools: [{ name: 'conclude', input: { root_cause: { resource: `session/orders/${pid}` } } }], usage: { cache_read_input_tokens: 7 } });

describe('what a model is told and answers', () => {
  it('is recorded while somebody answers, without the key, and answers on another world', async () => {
    const model = await scripted(look, concluded(there.pid));
    const played = await equip({ play: 'hand', baseUrl: model.url, record: true });
    await converse({ ...played, environment: { ...played.environment, ANTHROPIC_API_KEY: 'sk-secret-key' } }, sessions(there));
    expect(played.report?.().notes).toContain('recorded');

    const recording = readRecording(recordings, { scenario: 'lock-held', agent: 'claude-team', seed: 3 });
    expect(recording).toMatchObject({ played: 'hand', conversations: [{ agent: 'orchestrator', model: 'claude-opus-5-5', exchanges: [{ added: [{ kind: 'text', text: 'Incident INC-1' }] }, { added: [{ kind: 'result', text: sessions(there) }], usage: { cache_read_input_tokens: 7 } }] }] });
    expect(readFileSync(recordingPath(recordings, { scenario: 'lock-held', agent: 'claude-team', seed: 3 }), 'utf8')).not.toContain('sk-secret-key');

    const replayed = await equip({ play: 'recorded' });
    const [, second] = await converse(replayed, sessions(here));
    expect(second?.content).toMatchObject([{ type: 'tool_use', name: 'conclude', input: { root_cause: { resource: `session/orders/${here.pid}` } } }]);
    expect(second?.usage.cache_read_input_tokens).toBeGreaterThan(0);
    const { said, notes } = replayed.report?.() ?? { said: [], notes: [] };
    expect(replayed.played).toBe('recorded');
    expect(notes.join()).toMatch(/written by hand; token counts are estimates/);
    expect(said.join('\n')).toContain(here.start);
  });

  it('is no result when the recording does not fit, or was not played to its end', async () => {
    const model = await scripted(look, concluded(there.pid));
    const played = await equip({ play: 'hand', baseUrl: model.url, record: true });
    await converse(played, sessions(there));
    played.report?.();
    const other = await equip({ play: 'recorded' });
    await expect(converse(other, 'No sessions.')).rejects.toThrow(/recording diverged/);
    expect(() => other.report?.()).toThrow(RecordingDivergedError);
    const unplayed = await equip({ play: 'recorded' });
    expect(() => unplayed.report?.()).toThrow(/0 of 2 recorded replies/);
  });

  it('is not kept when nobody concluded, or nobody asked for it', async () => {
    const model = await scripted(look, look, look, concluded(1));
    const open = await equip({ play: 'hand', baseUrl: model.url, record: true });
    await converse(open, 'x');
    expect(open.report?.().notes).toContain('not recorded: nobody concluded');
    const unasked = await equip({ play: 'hand', baseUrl: model.url });
    await converse(unasked, 'x');
    unasked.report?.();
    expect(readdirSync(recordings)).toEqual([]);
  });

  it('passes errors of the API on', async () => {
    const model = await scripted();
    const played = await equip({ play: 'hand', baseUrl: model.url });
    await expect(converse(played, 'x')).rejects.toThrow('529');
  });

  it('says what is missing before a world is opened', async () => {
    expect(whyNotPlayed({ scenario: 'lock-held', agent: 'claude-team', seed: 3, play: 'recorded', recordings })).toMatch(/There is no recording of claude-team at lock-held with seed 3/);
    expect(whyNotPlayed({ scenario: 'lock-held', agent: 'claude-team', seed: 3, play: 'live', recordings })).toBeUndefined();
    await expect(equip({ play: 'recorded' })).rejects.toThrow(/There is no recording/);
    await expect(equip({ play: 'hand' })).rejects.toThrow(/--base-url/);
  });
});

describe('the recordings of the bench', () => {
  const directory = recordingsDirectory();
  const files = existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')) : [];
  it.each(files)('%s is one, and holds no key', (file) => {
    const [, scenario = '', agent = '', seed = ''] = /^(.+)\/(.+)-seed(\d+)\.json$/.exec(file) ?? [];
    expect(readRecording(directory, { scenario, agent, seed: Number(seed) })).toMatchObject({ scenario, agent, seed: Number(seed) });
    expect(readFileSync(join(directory, file), 'utf8')).not.toMatch(/sk-ant-|Bearer |authorization/i);
  });
});
