/** Whose API is asked is configuration; a cloud's package is loaded only when it is chosen. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Anthropic from '@anthropic-ai/sdk';
import { modelsFor } from '../../../src/agents/claude/models.ts';
import { openModels } from '../../../src/agents/claude/providers.ts';
import { fileSchema } from '../../../src/config/file-schema.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';
import { startScriptedModel } from '../../support/scripted-model.ts';
import type { ScriptedModel } from '../../support/scripted-model.ts';

let server: ScriptedModel;
beforeAll(async () => {
  server = await startScriptedModel(() => ({ text: 'hello' }));
});
afterAll(() => server?.close());

const open = (models: Parameters<typeof openModels>[0]['models'], load?: (name: string) => Promise<unknown>, baseUrl?: string) => openModels({ models, apiKey: undefined, log: silentLogger, baseUrl, ...(load && { load }) });

describe('providers', () => {
  it('asks nobody without a key, and loads nothing for the API that needs no package', async () => {
    const load = () => Promise.reject(new Error('loaded'));
    expect(await open({ provider: 'anthropic' }, load)).toBeUndefined();
    const own = await openModels({ models: { provider: 'anthropic' }, apiKey: 'a-key', baseUrl: server.url, log: silentLogger, load });
    expect(await own?.beta.messages.create({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] })).toMatchObject({ content: [{ text: 'hello' }] });
  });

  it.each([
    ['bedrock', { region: 'eu-central-1' }, '@anthropic-ai/bedrock-sdk', 'AnthropicBedrockMantle', { awsRegion: 'eu-central-1' }],
    ['bedrock-invoke', { region: 'eu-central-1' }, '@anthropic-ai/bedrock-sdk', 'AnthropicBedrock', { awsRegion: 'eu-central-1' }],
    ['vertex', { region: 'europe-west1', project: 'shop' }, '@anthropic-ai/vertex-sdk', 'AnthropicVertex', { region: 'europe-west1', projectId: 'shop' }],
    ['foundry', { resource: 'shop' }, '@anthropic-ai/foundry-sdk', 'AnthropicFoundry', { resource: 'shop' }],
  ] as const)('%s: its client, with what the configuration says and one layer of retries', async (provider, more, name, client, expected) => {
    const made: unknown[] = [];
    const loads: string[] = [];
    class Client {
      beta = new Anthropic({ apiKey: 'a-key', baseURL: server.url }).beta;
      constructor(options: unknown) {
        made.push(options);
      }
    }
    const load = async (asked: string) => {
      loads.push(asked);
      return { [client]: Client };
    };
    const claude = await open({ provider, ...more }, load);
    expect(loads).toEqual([name]);
    expect(made).toEqual([expect.objectContaining({ ...expected, maxRetries: 2, timeout: 120_000 })]);
    expect(await claude?.beta.messages.create({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] })).toMatchObject({ content: [{ text: 'hello' }] });
    await expect(open({ provider, ...more }, async () => ({}))).rejects.toThrow(`${name} has no ${client}`);
  });

  it.each(['bedrock', 'vertex', 'foundry'] as const)('%s: says which package to install when it is not there', async (provider) => {
    await expect(open({ provider, region: 'eu-central-1', project: 'p', resource: 'r' }, (name) => import(`${name}-that-is-not-there`))).rejects.toThrow(`npm install @anthropic-ai/${provider}-sdk@1`);
  });

  it('says which setting is missing', async () => {
    await expect(open({ provider: 'vertex', region: 'europe-west1' })).rejects.toThrow('needs models.project');
  });
});

describe('routing', () => {
  const parse = (models: unknown) => fileSchema.shape.models.parse(models);

  it('takes severity before agent before kind, and lists in order', () => {
    const models = parse({ orchestrator: ['large', 'middle'], overrides: { database: 'middle' }, by_severity: { critical: { specialist: ['middle', 'small'], network: 'large' } } });
    const route = (agent: Parameters<typeof modelsFor>[1], severity: 'critical' | 'warning') => modelsFor(models, agent)(severity);
    expect(route('orchestrator', 'critical')).toEqual(['large', 'middle']);
    expect(route('database', 'warning')).toEqual(['middle']);
    expect(route('database', 'critical')).toEqual(['middle', 'small']);
    expect(route('network', 'critical')).toEqual(['large']);
    expect(route('answer', 'warning')).toEqual(['claude-haiku-5-5']);
  });

  it('refuses an agent that there is not, and a severity', () => {
    expect(() => parse({ overrides: { databse: 'x' } })).toThrow('overrides');
    expect(() => parse({ by_severity: { fatal: {} } })).toThrow('by_severity');
  });
});
