import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClaude } from '../../../src/agents/claude/client.ts';
import { layOut } from '../../../src/agents/claude/layout.ts';
import { loadPrompts } from '../../../src/agents/claude/prompts.ts';
import { layouts } from '../../../src/config/file-schema.ts';
import type { Layout } from '../../../src/config/file-schema.ts';
import type { SpecialistName } from '../../../src/incident/types.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';
import type { Tool } from '../../../src/tools/tool.ts';
import { testInvestigation } from '../../support/investigation.ts';
import type { TestInvestigationOptions } from '../../support/investigation.ts';
import { requestFaults, startScriptedModel } from '../../support/scripted-model.ts';
import type { ModelReply, ModelRequest, Script, ScriptedModel } from '../../support/scripted-model.ts';

const servers: ScriptedModel[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const prompts = loadPrompts();
const models = { orchestrator: 'claude-opus-5-5', specialist: 'claude-haiku-5-5', overrides: {}, prices: {} };
const reader = (name: string, specialist: SpecialistName): Tool => ({
  name, description: 'Reads.', specialists: [specialist], input: z.object({ what: z.string() }),
  run: async (input) => ({ command: `${name} ${(input as { what: string }).what}`, output: `pid 4711 of ${(input as { what: string }).what} is idle in transaction` }),
});
const tools = [reader('read_database', 'database'), reader('read_service', 'service')];
const quoted = (evidence: string, quote: string) => ({
  severity: 'critical', resource: 'session/orders/4711', mechanism: 'blocked-by-idle-transaction', title: 'Idle', explanation: 'Holds', confidence: 0.9, quotes: [{ evidence, quote }],
});
const seen: TestInvestigationOptions['findings'] = [{ specialist: 'database', text: 'slow', body: { ...quoted('', 'slow'), severity: 'warning', resource: 'database/orders', mechanism: 'slow-queries' } }, { specialist: 'service', text: 'fails', body: { ...quoted('', 'fails'), severity: 'warning', resource: 'service/checkout', mechanism: 'checks-failing' } }];
const delegate = (name: SpecialistName) => ({ name: `delegate_to_${name}_agent`, input: { objective: `Look at ${name}`, known_facts: [], time_window: 'last hour', expected_output: 'cause' } });
const submit = (findings: unknown[] = []): ModelReply => ({ tools: [{ name: 'submit_report', input: { summary: 'Looked.', findings, gaps: [] } }] });
const conclude = (findings: string[]): ModelReply => ({
  tools: [{
    name: 'conclude',
    input: {
      summary: 'A session holds a lock.', chain: [], ruled_out: [], unseen: [],
      root_cause: { title: 'Idle', resource: 'session/orders/4711', mechanism: 'blocked-by-idle-transaction', findings, confidence: 0.9 },
      changes: [{ title: 'End it', rationale: '', findings, action: { kind: 'postgres.terminate_backend', target: 'orders', sessions: [{ pid: 4711, backend_start: '2026-11-22 10:00:00+00' }] } }],
    },
  }],
});

const isLeader = (request: ModelRequest) => request.tools.some(({ name }) => name === 'conclude');
const namesOf = (request: ModelRequest | undefined) => request?.tools.map(({ name }) => name) ?? [];

async function play(layout: Layout, script: Script) {
  const server = await startScriptedModel(script);
  servers.push(server);
  const investigation = await testInvestigation({ tools, findings: seen });
  const orchestrator = layOut(layout, { claude: createClaude({ apiKey: 'test-key', baseUrl: server.url, log: silentLogger }), models, prompts });
  return { orchestrator, investigation, server, result: orchestrator.run(investigation) };
}

/** The leader briefs these once, in one reply, and concludes on what the rules saw. */
const briefThenConclude = (...names: SpecialistName[]): Script => (request) =>
  isLeader(request) ? (request.messages.length === 1 ? { tools: names.map(delegate) } : conclude(['F1'])) : submit();

describe('layouts', () => {
  it('give each agent its tools, and keep every history as it was', async () => {
    const { server, result } = await play('team', briefThenConclude('database', 'service'));
    await result;
    const [leaders, readers] = [server.requests.filter(isLeader), server.requests.filter((request) => !isLeader(request))];
    expect(namesOf(leaders[0])).toEqual(['conclude', 'delegate_to_database_agent', 'delegate_to_service_agent', 'read_evidence', 'update_hypotheses']);
    expect(readers.map(namesOf).toSorted()).toEqual([['note_findings', 'read_database', 'read_evidence', 'submit_report'], ['note_findings', 'read_evidence', 'read_service', 'submit_report']]);
    expect(requestFaults(leaders)).toEqual([]);
  });

  it('generic: five seats, one prompt, every tool and all that the rules saw', async () => {
    const { server, result } = await play('generic', briefThenConclude('database', 'network'));
    await result;
    const [leaders, readers] = [server.requests.filter(isLeader), server.requests.filter((request) => !isLeader(request))];
    expect(namesOf(leaders[0]).filter((name) => name.startsWith('delegate'))).toHaveLength(5);
    expect(readers.map(namesOf)).toEqual([['note_findings', 'read_database', 'read_evidence', 'read_service', 'submit_report'], ['note_findings', 'read_database', 'read_evidence', 'read_service', 'submit_report']]);
    for (const request of readers) {
      expect(request.system[0]?.text).toBe(prompts.generic.text);
      expect(request.model).toBe('claude-haiku-5-5');
      expect(JSON.stringify(request.messages[0])).toContain('slow-queries on database/orders');
    }
  });

  it('alone: what the rules saw, and nobody to brief', async () => {
    const { server, result } = await play('alone', (request) => (request.messages.length === 1 ? { tools: [delegate('database')] } : conclude(['F1'])));
    expect((await result).drafts).toHaveLength(1);
    expect(namesOf(server.requests[0])).toEqual(['conclude', 'read_evidence', 'update_hypotheses']);
    expect(JSON.stringify(server.requests[0]?.messages)).toContain('slow-queries on database/orders');
    expect(JSON.stringify(server.requests[1]?.messages.at(-1))).toContain('There is no database specialist here');
    expect(server.requests.every(isLeader)).toBe(true);
  });

  it('sequential: a brief waits for the report before it', async () => {
    let working = 0;
    let most = 0;
    const { result, investigation } = await play('sequential', async (request) => {
      if (isLeader(request)) return request.messages.length === 1 ? { tools: [delegate('database'), delegate('service')] } : conclude(['F1']);
      working += 1;
      most = Math.max(most, working);
      await new Promise((resolve) => setTimeout(resolve, 50));
      working -= 1;
      return submit();
    });
    await result;
    expect(most).toBe(1);
    expect(investigation.events.flatMap((event) => (event.type === 'specialist.reported' ? [event.report.specialist] : []))).toEqual(['database', 'service']);
  });

  it('single: reads by itself with the strong model, and its quotes are checked like anybody\'s', async () => {
    const replies: ModelReply[] = [
      { tools: [{ name: 'read_database', input: { what: 'locks' } }, { name: 'read_service', input: { wrong: 1 } }] },
      { tools: [{ name: 'read_database', input: { what: 'locks' } }, { name: 'state_findings', input: { summary: 'Idle.', findings: [quoted('E3', 'pid 4711 of locks is idle'), quoted('E3', 'pid 4712')], gaps: [] } }] },
      conclude(['F4']),
      conclude(['F3']),
    ];
    const { result, server, investigation, orchestrator } = await play('single', (_request, index) => replies[index] ?? { error: { status: 400, type: 'invalid_request_error' } });
    expect((await result).drafts).toMatchObject([{ findings: ['F3'], findingKeys: ['blocked-by-idle-transaction@session/orders/4711'] }]);
    expect(namesOf(server.requests[0])).toEqual(['conclude', 'read_database', 'read_evidence', 'read_service', 'state_findings', 'update_hypotheses']);
    expect(server.requests.every((request) => request.model === 'claude-opus-5-5' && request.system[0]?.text === prompts.single.text)).toBe(true);
    expect(requestFaults(server.requests)).toEqual([]);
    const answers = server.requests.map((request) => JSON.stringify(request.messages.at(-1)));
    expect(answers[1]).toContain('Wrong input');
    expect(answers[2]).toContain('You made this very call before');
    expect(answers[2]).toContain('UNSUPPORTED');
    expect(answers[3]).toContain('rests on no supported finding');
    expect(investigation.events.findLast((event) => event.type === 'specialist.reported')).toMatchObject({ report: { specialist: 'generic', evidence: ['E3'] } });
    expect(orchestrator.models?.('critical')['orchestrator']?.prompt).toBe(prompts.single.sha256);
  });

  it.each(layouts)('%s: stops when told to, and its turns are stored', async (layout) => {
    const { result, investigation } = await play(layout, () => {
      investigation.stop();
      return { tools: [{ name: 'update_hypotheses', input: { hypotheses: [] } }] };
    });
    await expect(result).rejects.toThrow(/stopped/i);
    expect(investigation.saved.get('INC-1-1')?.turn).toBe(1);
  });
});

describe('the prompt of the single agent', () => {
  it('holds what every specialist knows, but not that it is one', () => {
    for (const name of ['kubernetes', 'service', 'database', 'network', 'generic'] as const) {
      const [first = '', ...rest] = prompts[name].text.split('\n');
      expect(prompts.single.text).not.toContain(first);
      expect(prompts.single.text).toContain(rest[2]);
    }
    expect(prompts.single.text).not.toContain('submit_report');
  });
});
