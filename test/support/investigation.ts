/** An Investigation over fakes of the store, for the agents' own tests. Tools and findings are the test's. */
import { createHash } from 'node:crypto';
import type { Investigation } from '../../src/agents/agents.ts';
import { createBudget } from '../../src/agents/budget.ts';
import { createPriceOf } from '../../src/agents/prices.ts';
import type { Targets } from '../../src/config/targets.ts';
import { createAdmit, findingsOf } from '../../src/incident/admit.ts';
import type { IncidentEvent, StoredEvent } from '../../src/incident/events.ts';
import { StoppedError } from '../../src/incident/stopped-error.ts';
import type { ModelCall } from '../../src/incident/store.ts';
import type { Evidence, FindingBody } from '../../src/incident/types.ts';
import type { Tool } from '../../src/tools/tool.ts';

export interface TestInvestigation extends Investigation {
  events: IncidentEvent[];
  calls: ModelCall[];
  stop(): void;
  /** Saved orchestrator turns, as a restarted worker would find them. */
  saved: Map<string, { turn: number; messages: unknown }>;
}

export const noTargets: Targets = { databases: [], services: [], clusters: [], operations: [], hosts: [], resolvers: [] };

export interface TestInvestigationOptions {
  tools?: readonly Tool[];
  targets?: Targets;
  findings?: { specialist: 'service' | 'database' | 'network'; body: FindingBody; text: string }[];
  limits?: Partial<Investigation['budget']['limits']>;
  saved?: TestInvestigation['saved'];
  earlier?: IncidentEvent[];
  signal?: AbortSignal;
}

export async function testInvestigation(options: TestInvestigationOptions = {}): Promise<TestInvestigation> {
  const events: IncidentEvent[] = [...(options.earlier ?? [])];
  const stored = new Map<string, Evidence & { fullText: string }>();
  const calls: ModelCall[] = [];
  const saved = options.saved ?? new Map<string, { turn: number; messages: unknown }>();
  let stopped = false;

  const evidenceStore = {
    get: async (_incident: string, id: string) => stored.get(id),
    list: async () => [...stored.values()],
    add: async () => { throw new Error('not used'); },
  };
  const record: Investigation['record'] = async (specialist, tool, result) => {
    const evidence = {
      id: `E${stored.size + 1}`, specialist, tool, command: result.command, text: result.output, fullText: result.output, failed: result.failed ?? false,
      hash: createHash('sha256').update(result.output).digest('hex'), at: new Date().toISOString(),
    };
    stored.set(evidence.id, evidence);
    return evidence;
  };
  const admit = createAdmit('INC-1', events.map((event, index): StoredEvent => ({ incidentId: 'INC-1', sequence: index + 1, at: '', event, previousHash: '', hash: '' })), evidenceStore);
  const findings = [];
  for (const { specialist, body, text } of options.findings ?? []) {
    const evidence = await record(specialist, 'rules', { command: 'read', output: text });
    findings.push(await admit(specialist, 'a-rule', { ...body, quotes: body.quotes.map((quote) => ({ ...quote, evidence: evidence.id })) }));
  }
  events.push({ type: 'rules.looked', investigation: 'INC-1-1', findings, unread: [], seconds: 0.1 });

  const limits = { dollars: 1, seconds: 60, specialistSeconds: 30, specialistSteps: 4, orchestratorTurns: 8, delegations: 6, ...options.limits };
  return {
    id: 'INC-1-1',
    incident: { id: 'INC-1', title: 'checkout is slow', status: 'investigating', severity: 'warning', fingerprint: 'f', channel: 'C1', createdAt: new Date().toISOString() },
    alerts: [{ title: 'checkout is slow', description: '', at: new Date().toISOString() }],
    targets: options.targets ?? noTargets,
    tools: options.tools ?? [],
    record,
    evidence: async (id) => stored.get(id),
    listEvidence: async () => [...stored.values()],
    rules: { readings: { services: [], databases: [], hosts: [] }, findings, unread: [], seconds: 0.1 },
    admit,
    findings: async () => events.flatMap((event) => findingsOf(event)),
    append: async (event) => void events.push(event),
    checkpoint: async () => {
      if (stopped) throw new StoppedError('INC-1');
    },
    budget: await createBudget({
      incidentId: 'INC-1', limits, priceOf: createPriceOf({}),
      modelCalls: { add: async (call) => void calls.push(call), list: async () => [] },
    }),
    turns: {
      save: async (investigation, turn, messages) => void saved.set(investigation, structuredClone({ turn, messages })),
      load: async (investigation) => structuredClone(saved.get(investigation)),
    },
    signal: options.signal ?? new AbortController().signal,
    events,
    calls,
    saved,
    stop: () => { stopped = true; },
  };
}
