/** An incident's whole story as events, with one text of the reader's choice in every place that holds outside words. */
import type { Change } from '../../src/changes/change.ts';
import type { IncidentEvent, StoredEvent } from '../../src/incident/events.ts';
import type { Actor, Alert, Finding, Incident } from '../../src/incident/types.ts';

export const requester: Actor = { userId: 'U0MAYA0001', teamId: 'T0PLAYGRND' };
export const approver: Actor = { userId: 'U0TOMAS001', teamId: 'T0PLAYGRND' };
export const approverGroup = 'S0SREAPPRV';
export const digest = 'd1'.repeat(32);

export function storyIncident(overrides: Partial<Incident> = {}): Incident {
  return { id: 'INC-7', title: 'checkout is slow', status: 'diagnosed', severity: 'critical', fingerprint: 'slack:1', channel: 'C0INCIDENT', requestedBy: requester.userId, createdAt: '2026-11-22T12:00:00.000Z', ...overrides };
}

export function stored(events: IncidentEvent[], incidentId = 'INC-7'): StoredEvent[] {
  return events.map((event, index) => ({ incidentId, sequence: index + 1, at: new Date(Date.parse('2026-11-22T12:00:00Z') + index * 1000).toISOString(), event, previousHash: '', hash: '' }));
}

export function storyAlert(overrides: Partial<Alert> = {}): Alert {
  return { source: 'slack', fingerprint: 'slack:1', status: 'firing', title: 'checkout is slow', description: 'checkout is slow since noon', severity: 'critical', labels: {}, startedAt: '2026-11-22T12:00:00.000Z', ...overrides };
}

export function storyChange(overrides: Partial<Change> = {}): Change {
  return {
    id: 'C4',
    incidentId: 'INC-7',
    state: 'proposed',
    action: { kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['customer_id'] },
    title: 'Index orders by customer',
    rationale: 'The checkout reads all of orders for each customer.',
    lockKey: 'postgres/shop/public.orders',
    findings: ['F1'],
    findingKeys: ['missing-index@table/shop/public.orders'],
    proposedBy: 'rules',
    risk: { level: 'medium', reasons: ['builds without blocking writes', 'the table has 250,000 rows'] },
    policy: { version: '1', approvalsNeeded: 1, requesterMayApprove: false, autonomy: 'approve', approvers: { users: [approver.userId], groups: [approverGroup] }, reasons: ['one person', 'autonomy approve'] },
    digest,
    expiresAt: '2026-11-22T12:15:00.000Z',
    createdAt: '2026-11-22T12:00:10.000Z',
    command: ['CREATE INDEX CONCURRENTLY "orders_customer_id_idx" ON "public"."orders" ("customer_id")'],
    preview: 'Seq Scan on orders  (cost=0.00..4580.00 rows=12)\n  Filter: (customer_id = $1)',
    resolved: { oid: 16411 },
    undo: { kind: 'automatic', command: ['DROP INDEX CONCURRENTLY "public"."orders_customer_id_idx"'], description: 'Drops the index.' },
    verification: { checks: ['the finding missing-index@table/shop/public.orders is gone', 'no new finding'], soakSeconds: 20 },
    blastRadius: 'table public.orders of shop',
    facts: { online: true, reversible: true, tableRows: 250_000 },
    ...overrides,
  };
}

export function storyFinding(overrides: Partial<Finding> = {}): Finding {
  return {
    id: 'F1',
    specialist: 'database',
    source: 'rule',
    severity: 'critical',
    resource: 'table/shop/public.orders',
    mechanism: 'missing-index',
    title: 'No index serves the filter on customer_id',
    explanation: 'Each call of the statement reads 250,000 rows.',
    confidence: 0.92,
    quotes: [{ evidence: 'E3', quote: 'Seq Scan on orders' }],
    supported: true,
    ...overrides,
  };
}

/** Every kind of event once or more; `text` stands in all free texts when given. */
export function story(text?: string): IncidentEvent[] {
  const words = (own: string) => text ?? own;
  const finding = storyFinding(text === undefined ? {} : { title: text, explanation: text, resource: text, mechanism: text, quotes: [{ evidence: text, quote: text }], id: text });
  const change = storyChange(
    text === undefined
      ? {}
      : { title: text, rationale: text, command: [text], equivalent: text, preview: text, blastRadius: text, risk: { level: 'high', reasons: [text, text] }, undo: { kind: 'automatic', command: [text], description: text }, verification: { checks: [text, text], soakSeconds: 5 }, resolved: { text }, facts: { online: true, reversible: true, putBackBy: text }, policy: { version: text, approvalsNeeded: 2, requesterMayApprove: false, autonomy: 'approve', approvers: { users: [approver.userId, text], groups: [approverGroup, text] }, reasons: [text, text], frozen: { name: text, until: text, breakGlass: 2 } }, askedBy: requester, action: { kind: 'http.operation', operation: text, parameters: { service: text, flag: text } } },
  );
  const investigation = 'INC-7-1';
  const report = { specialist: 'database' as const, summary: words('orders has no index for the checkout query.'), findings: [finding, finding, finding, finding, finding], gaps: [words('pg_stat_statements is not installed')], evidence: [words('E3')], outcome: 'partial' as const, seconds: 4.2 };
  const changeId = change.id;
  return [
    { type: 'incident.opened', alert: storyAlert({ description: words('checkout is slow since noon'), title: words('checkout is slow'), url: words('https://grafana.example/alert/1') }), requestedBy: requester, channel: 'C0INCIDENT', title: words('checkout is slow') },
    { type: 'investigation.started', investigation, engine: 'rules', note: words('No model key: investigated by rules alone.') },
    { type: 'plan.updated', hypotheses: [words('a missing index'), { id: words('H2'), text: words('a lock'), status: 'ruled_out', for: [words('E4')], against: [words('E3')], reason: words('nobody waits') }], tasks: [{ id: 'T1', title: words('look at the database'), specialist: 'database', status: 'in_progress', detail: words('reading plans') }, { id: words('T2'), title: words('look at the service'), specialist: 'service', status: 'pending' }] },
    { type: 'specialist.briefed', task: 'T1', specialist: 'database', brief: { objective: words('why is it slow?'), known_facts: [], time_window: 'last 30 minutes', expected_output: 'findings' } },
    { type: 'alert.joined', alert: storyAlert({ title: words('checkout is slow') }), by: approver },
    { type: 'specialist.reported', task: 'T1', report },
    { type: 'specialist.reported', task: words('T2'), report: { ...report, specialist: 'service', summary: words('The service waits for its database.'), findings: [], outcome: 'complete' } },
    { type: 'investigation.degraded', investigation, reason: words('the model API answers 529') },
    { type: 'model.replaced', investigation, agent: words('orchestrator'), from: words('claude-opus-5-5'), to: words('claude-sonnet-5-5'), reason: words('overloaded') },
    { type: 'budget.updated', dollars: 0.12, limitDollars: 2, modelCalls: 14, tokens: 81_000, seconds: 45 },
    { type: 'diagnosis.stated', investigation, diagnosis: { summary: words('A dropped index.'), rootCause: { title: words('orders has no index on customer_id'), resource: words('table/shop/public.orders'), mechanism: words('missing-index'), findings: [finding.id], confidence: 0.9 }, chain: [words('no index'), words('slow checkout')], ruledOut: [words('locks')], unseen: [words('the host')], notAsked: [{ specialist: 'network', reason: words('no host is in doubt') }], doubts: [words('the change rests on one kind of evidence')] } },
    { type: 'investigation.measured', investigation, seconds: 45, dollars: text === undefined ? 0.12 : null, limitDollars: 2, pricesRead: words('2026-11-22'), agents: [{ agent: words('orchestrator'), model: words('claude-opus-5-5'), calls: 3, inputTokens: 900, outputTokens: 1200, cacheReadTokens: 30_000, cacheWriteTokens: 9_000, dollars: text === undefined ? 0.12 : null, seconds: 20 }] },
    { type: 'change.drafted', changeId, title: change.title },
    { type: 'change.proposed', change },
    { type: 'change.drafted', changeId: 'C5', title: words('another') },
    { type: 'change.refused', changeId: 'C5', title: words('another'), reason: words('policy forbids it') },
    { type: 'question.asked', by: requester, text: words('since when?'), messageTs: '1700000000.000100' },
    { type: 'question.answered', messageTs: '1700000000.000100', text: words('Since 12:00.'), evidence: [words('E3')] },
    { type: 'click.refused', changeId, by: requester, decision: 'approve', reason: words('not an approver') },
  ];
}

/** What follows an approval, to the end; each prefix is a state that people see. */
export function run(text?: string): IncidentEvent[] {
  const words = (own: string) => text ?? own;
  const changeId = 'C4';
  return [
    { type: 'change.approved', changeId, digest, by: approver, approvals: 1, needed: 1 },
    { type: 'change.claimed', changeId, executor: 'executor-1' },
    { type: 'change.executing', changeId, command: [words('CREATE INDEX')] },
    { type: 'change.executed', changeId, output: words('CREATE INDEX'), seconds: 1.5 },
    { type: 'change.verifying', changeId, step: words('running the rules again') },
    { type: 'change.verified', changeId, checks: [words('no new finding')], before: [words('p95 2100 ms')], after: [words('p95 40 ms')] },
    { type: 'alert.resolved', alert: storyAlert({ status: 'resolved', title: words('checkout is slow') }) },
    { type: 'incident.resolved', reason: words('the change was verified') },
  ];
}

/** What can follow upon a change that is done, or beside one; in no order that could happen at once. */
export function afterwards(text?: string): IncidentEvent[] {
  const words = (own: string) => text ?? own;
  const changeId = 'C4';
  const measured = (value: number) => [{ name: words('checkout p95'), value, unit: words('ms') }];
  return [
    { type: 'change.auto_approved', changeId, digest, reasons: [words('autonomy auto by rule "restarts"'), words('low risk')] },
    { type: 'change.executing', changeId, command: [words('CREATE INDEX')] },
    { type: 'change.executed', changeId, output: words('CREATE INDEX'), seconds: 1.5, identity: words('sre_write') },
    { type: 'change.verified', changeId, checks: [words('no new finding')], before: [words('p95')], after: [], numbers: { before: measured(2100), after: measured(40) } },
    { type: 'change.relapsed', changeId, keys: [words('missing-index@table/shop/public.orders')] },
    { type: 'incident.reopened', reason: words('missing index on table public.orders of shop: back 12 minutes after C4 was verified.'), followed: words('C4') },
    { type: 'change.undo_asked', changeId, successor: 'C13', by: requester },
    { type: 'incident.stopped', by: requester, all: true },
    { type: 'incident.resumed', by: approver },
    { type: 'change.edited', changeId, successor: words('C14'), by: approver },
  ];
}
