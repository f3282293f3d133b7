/** An investigation in memory, for the rules engine. */
import type { Investigation } from '../../../src/agents/agents.ts';
import type { Targets } from '../../../src/config/targets.ts';
import { contains } from '../../../src/incident/admit.ts';
import type { IncidentEvent } from '../../../src/incident/events.ts';
import type { Evidence, Finding, Incident } from '../../../src/incident/types.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import type { Readings } from '../../../src/rules/readings.ts';
import { unreadOf } from '../../../src/rules/verify.ts';
import { memoryRecorder } from '../../rules/readings-support.ts';

export const incident: Incident = { id: 'INC-1', title: 'shopfront returns 5xx', status: 'investigating', severity: 'critical', fingerprint: 'f', channel: 'C1', createdAt: '2026-01-01T00:00:00Z' };

export async function investigationOf(readings: Readings, targets: Targets, alert: { title: string; description?: string; service?: string } = { title: 'something is wrong' }) {
  const events: IncidentEvent[] = [];
  const { record, all: recorded } = memoryRecorder();
  const evidence = [...collectEvidence(readings), ...recorded];
  const admitted: Finding[] = [];
  const admit: Investigation['admit'] = async (specialist, source, body) => {
    const supported = body.quotes.length > 0 && body.quotes.every(({ evidence: id, quote }) => evidence.some((one) => one.id === id && contains(one.text, quote)));
    const finding: Finding = { ...body, id: `F${admitted.length + 1}`, specialist, source, supported };
    admitted.push(finding);
    return finding;
  };
  const stop = new AbortController();
  const investigation: Investigation = {
    id: 'I1', incident, targets, tools: [], record, admit, signal: stop.signal,
    alerts: [{ description: '', at: '2026-01-01T00:00:00Z', ...alert }],
    listEvidence: async () => evidence,
    evidence: async (id) => evidence.filter((one) => one.id === id).map((one) => ({ ...one, fullText: one.text }))[0],
    rules: { readings, findings: [], unread: unreadOf(readings), seconds: 1 },
    findings: async () => admitted,
    append: async (event) => void events.push(event),
    checkpoint: async () => stop.signal.throwIfAborted(),
    budget: { limits: { dollars: 1, seconds: 60, specialistSeconds: 60, specialistSteps: 10, orchestratorTurns: 10, delegations: 10 }, usage: () => [], longFrom: () => undefined, spend: async () => undefined, state: () => ({ dollars: 0, tokens: 0, modelCalls: 0, seconds: 0, nearlyExceeded: false }) },
    turns: { save: async () => undefined, load: async () => undefined },
  };
  for (const { rule, specialist, finding } of detectAll(readings, targets)) investigation.rules.findings.push(await admit(specialist, rule, finding));
  return { investigation, events, evidence, stop };
}

function collectEvidence(value: unknown): Evidence[] {
  const found = new Map<string, Evidence>();
  const visit = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    if ('id' in one && 'text' in one && 'tool' in one) return void found.set((one as Evidence).id, one as Evidence);
    Object.values(one).forEach(visit);
  };
  visit(value);
  return [...found.values()];
}
