/** Whole investigations whose model replies were written by hand, played again through the real pipeline and store. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createBudget } from '../../../src/agents/budget.ts';
import { createClaude } from '../../../src/agents/claude/client.ts';
import { createClaudeOrchestrator } from '../../../src/agents/claude/orchestrator.ts';
import { loadPrompts } from '../../../src/agents/claude/prompts.ts';
import { createClaudeSpecialist } from '../../../src/agents/claude/specialist.ts';
import { createPriceOf } from '../../../src/agents/prices.ts';
import { createAdmit, findingsOf } from '../../../src/incident/admit.ts';
import type { CreateInvestigation } from '../../../src/incident/create-investigation.ts';
import type { IncidentEvent } from '../../../src/incident/events.ts';
import { investigate } from '../../../src/incident/pipeline.ts';
import type { Diagnosis, Finding, SpecialistName } from '../../../src/incident/types.ts';
import { createRedactor } from '../../../src/redaction/redactor.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';
import { createRecorder } from '../../../src/tools/evidence.ts';
import type { Tool } from '../../../src/tools/tool.ts';
import { requestFaults, startScriptedModel } from '../../support/scripted-model.ts';
import type { ModelReply, ModelRequest, ScriptedModel } from '../../support/scripted-model.ts';
import { noTargets } from '../../support/investigation.ts';
import { createTestStore, testAlert } from '../../support/store.ts';

interface Recording {
  asked: string;
  /** The last number of what the rules read; what the specialists read comes after it. */
  ruleEvidence: number;
  rules: { findings: Finding[]; seconds: number };
  evidence: { id: string; specialist: SpecialistName; tool: string; command: string; text: string; failed: boolean }[];
  exchanges: { agent: 'orchestrator' | SpecialistName; reply: ModelReply }[];
  diagnosis: Diagnosis;
  outcome: { type: string; action?: unknown }[];
}

let kept: Awaited<ReturnType<typeof createTestStore>>;
const models: ScriptedModel[] = [];

beforeAll(async () => {
  kept = await createTestStore();
});
afterAll(async () => {
  await Promise.all(models.map((model) => model.close()));
  await kept?.close();
});

/** Recorded evidence by number; the gaps are what the rules read and nobody cited. */
const numberOf = (id: string) => Number(id.slice(1));
const later = ({ evidence, ruleEvidence }: Recording) => evidence.filter((one) => numberOf(one.id) > ruleEvidence);

function agentOf(request: ModelRequest): string {
  const system = request.system[0]?.text ?? '';
  return /the (\w+) specialist/.exec(system.split('\n')[0] ?? '')?.[1]?.toLowerCase() ?? 'orchestrator';
}

/** The service specialist began to read when the database specialist had read, and reported after it: numbers of evidence and findings depend on it. */
function playBack({ exchanges }: Recording, databaseReported: Promise<void>) {
  const left = [...exchanges];
  let databaseRead: () => void = () => undefined;
  const afterDatabase = new Promise<void>((resolve) => { databaseRead = resolve; });
  return startScriptedModel((request) => {
    const agent = agentOf(request);
    const index = left.findIndex((exchange) => exchange.agent === agent);
    const [exchange] = left.splice(index, 1);
    if (!exchange) return { error: { status: 400, type: 'invalid_request_error' } };
    if (agent === 'database' && request.messages.length > 1) databaseRead();
    if (agent !== 'service' || !exchanges.some((one) => one.agent === 'database')) return exchange.reply;
    if (request.messages.length === 1) return { ...exchange.reply, after: afterDatabase };
    return left.some((one) => one.agent === 'service') ? exchange.reply : { ...exchange.reply, after: databaseReported };
  });
}

/** Tools that return what the real ones returned then, in the order of the calls. */
function recordedTools(recording: Recording): Tool[] {
  const waiting = later(recording);
  const tool = (name: string, specialist: SpecialistName): Tool => ({
    name, description: name, specialists: [specialist], input: z.record(z.string(), z.unknown()),
    run: async () => {
      const next = waiting.splice(waiting.findIndex((one) => one.tool === name), 1)[0];
      return { command: next?.command ?? '', output: next?.text ?? '', failed: next?.failed ?? false };
    },
  });
  return [...new Map(later(recording).map((one) => [one.tool, tool(one.tool, one.specialist)])).values()];
}

it.each([
  { name: 'forgotten-transaction', findings: [['F4', true], ['F5', true]] },
  { name: 'wrong-upstream-host', findings: [['F7', true], ['F8', true]] },
])('$name comes to the same diagnosis and the same change', async ({ name: played, findings: expected }) => {
  const { store } = kept;
  const recording = JSON.parse(readFileSync(`test/fixtures/hand-played/${played}.json`, 'utf8')) as Recording;
  const agents = [...new Set(recording.exchanges.map(({ agent }) => agent))].filter((agent) => agent !== 'orchestrator').toSorted();
  let databaseReported: () => void = () => undefined;
  const model = await playBack(recording, new Promise((resolve) => { databaseReported = resolve; }));
  models.push(model);
  const { incident } = await store.incidents.openOrJoin({ alert: testAlert({ title: recording.asked, description: recording.asked, fingerprint: played }), channel: 'C0123456789', title: recording.asked });
  const redactor = createRedactor({ knownSecrets: () => ['the-model-key'] });

  const createInvestigation: CreateInvestigation = async (id, found, events, signal) => {
    for (let number = 1; number <= recording.ruleEvidence; number += 1) {
      const one = recording.evidence.find((each) => numberOf(each.id) === number);
      const text = one?.text ?? '';
      await store.evidence.add(found.id, { specialist: one?.specialist ?? 'generic', tool: one?.tool ?? 'rules', command: one?.command ?? '', text, fullText: text, failed: false });
    }
    const append = async (event: IncidentEvent) => {
      await store.timeline.append(found.id, event);
      if (event.type === 'specialist.reported' && event.report.specialist === 'database') databaseReported();
    };
    const recorder = createRecorder({ evidence: store.evidence, redactor, incidentId: found.id });
    let queue: Promise<unknown> = Promise.resolve();
    const limits = { dollars: 3, seconds: 600, specialistSeconds: 180, specialistSteps: 14, orchestratorTurns: 16, delegations: 12 };
    const admit = createAdmit(found.id, events, store.evidence);
    const findings: Finding[] = [];
    for (const { id: _id, specialist, source, supported: _supported, ...body } of recording.rules.findings) findings.push(await admit(specialist, source, body));
    await append({ type: 'rules.looked', investigation: id, findings, unread: [], seconds: recording.rules.seconds });
    return {
      id, incident: found, signal, append, admit, targets: noTargets, tools: recordedTools(recording), turns: store.turns,
      alerts: [{ title: recording.asked, description: recording.asked, at: found.createdAt }],
      record: (specialist, tool, result) => {
        const recorded = queue.then(() => recorder(specialist, tool, result));
        queue = recorded.catch(() => undefined);
        return recorded;
      },
      evidence: (evidenceId) => store.evidence.get(found.id, evidenceId),
      listEvidence: () => store.evidence.list(found.id),
      findings: async () => (await store.timeline.read(found.id)).flatMap(({ event }) => findingsOf(event)),
      rules: { readings: { services: [], databases: [], hosts: [] }, findings, unread: [], seconds: recording.rules.seconds },
      checkpoint: async () => signal.throwIfAborted(),
      budget: await createBudget({ incidentId: found.id, limits, priceOf: createPriceOf({}), modelCalls: store.modelCalls }),
    };
  };

  const claude = createClaude({ apiKey: 'the-model-key', baseUrl: model.url, log: silentLogger });
  const prompts = loadPrompts();
  const specialists = agents.map((name) => createClaudeSpecialist({ name, claude, model: 'claude-haiku-5-5', prompt: prompts[name] }));
  const queued: string[] = [];
  await investigate({ incidentId: incident.id, investigation: `${incident.id}-1` }, {
    store, createInvestigation, log: silentLogger,
    queue: { add: async (name, _id, data) => void queued.push(`${name} ${JSON.stringify(data)}`), work: async () => undefined, depth: async () => ({ waiting: 0, active: 0 }), close: async () => undefined },
    claude: createClaudeOrchestrator({ claude, model: 'claude-opus-5-5', prompt: prompts.orchestrator, specialists }),
    rules: { engine: 'rules', run: async () => { throw new Error('the rules were not asked'); } },
  }, new AbortController().signal);

  const events = (await store.timeline.read(incident.id)).map(({ event }) => event);
  expect(events.find((event) => event.type === 'diagnosis.stated')).toMatchObject({ diagnosis: recording.diagnosis });
  const reported = events.flatMap((event) => (event.type === 'specialist.reported' ? [event.report] : []));
  expect(reported.map((report) => report.specialist)).toEqual(agents);
  expect(reported.flatMap((report) => report.findings).map((finding) => [finding.id, finding.supported])).toEqual(expected);

  const [change] = await store.changes.list(incident.id);
  expect(change).toMatchObject({ state: 'drafted', proposedBy: 'claude', action: recording.outcome.find((one) => one.type === 'change.proposed')?.action });
  expect(queued).toEqual([`changes {"changeId":"${change?.id}","step":"preview"}`]);

  expect(model.requests).toHaveLength(recording.exchanges.length);
  for (const agent of ['orchestrator', ...agents]) expect(requestFaults(model.requests.filter((request) => agentOf(request) === agent)), agent).toEqual([]);
  expect(model.bodies.join()).not.toContain('the-model-key');
  expect(await store.modelCalls.list(incident.id)).toHaveLength(recording.exchanges.length);
  expect(await store.timeline.verify(incident.id)).toBeUndefined();
});
