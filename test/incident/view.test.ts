import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IncidentEvent } from '../../src/incident/events.ts';
import { foldEvents, isUnfinished } from '../../src/incident/view.ts';
import { afterwards, approver, requester, run, story, storyIncident, stored } from '../support/story.ts';

describe('foldEvents', () => {
  test('tells an incident from its events alone', () => {
    const view = foldEvents(undefined, stored([...story(), ...run()]));
    expect(view).toMatchObject({ id: 'INC-7', title: 'checkout is slow', status: 'resolved', severity: 'critical', channel: 'C0INCIDENT', requestedBy: requester, createdAt: '2026-11-22T12:00:00.000Z' });
    expect(view.investigation).toMatchObject({ state: 'finished', engine: 'rules', degraded: [{ reason: 'the model API answers 529' }] });
    expect(view.alerts.map(({ how }) => how)).toEqual(['opened', 'joined', 'resolved']);
    expect(view.questions).toMatchObject([{ text: 'since when?', answer: { text: 'Since 12:00.', evidence: ['E3'] } }]);
    expect(view.budget).toEqual({ dollars: 0.12, limitDollars: 2, modelCalls: 14, tokens: 81_000, seconds: 45 });
    expect(isUnfinished(view)).toBe(false);
  });

  test('keeps hypotheses with their status; older events, which held plain text, still read', () => {
    const old = [{ type: 'plan.updated' as const, tasks: [], hypotheses: ['a lock', 'a leak'] }];
    expect(foldEvents(undefined, stored(old)).hypotheses).toEqual([{ id: 'H1', text: 'a lock', status: 'open', for: [], against: [] }, { id: 'H2', text: 'a leak', status: 'open', for: [], against: [] }]);
    const view = foldEvents(undefined, stored(story()));
    expect(view.hypotheses).toMatchObject([{ id: 'H1', status: 'open' }, { id: 'H2', status: 'ruled_out', against: ['E3'] }]);
    expect(view.hypothesesSince?.sequence).toBe(3);
    expect(view.investigation.replaced).toMatchObject([{ from: 'claude-opus-5-5', to: 'claude-sonnet-5-5' }]);
    expect(view.measured).toMatchObject([{ dollars: 0.12, agents: [{ agent: 'orchestrator', calls: 3 }] }]);
  });

  test('the incident has the last word on its status', () => {
    expect(foldEvents(storyIncident({ status: 'mitigating', severity: 'info' }), stored(story()))).toMatchObject({ status: 'mitigating', severity: 'info' });
  });

  test('a task follows its brief and its report, whatever the plan said', () => {
    const events = story();
    expect(foldEvents(undefined, stored(events.slice(0, 4))).tasks).toMatchObject([{ id: 'T1', status: 'in_progress' }, { id: 'T2', status: 'pending' }]);
    expect(foldEvents(undefined, stored(events.slice(0, 6))).tasks[0]).toMatchObject({ title: 'look at the database', status: 'complete', detail: 'partial: pg_stat_statements is not installed' });
    const unplanned = [events[0]!, events[3]!];
    expect(foldEvents(undefined, stored(unplanned)).tasks).toMatchObject([{ id: 'T1', specialist: 'database', status: 'in_progress' }]);
  });

  test('a newer report of a task replaces the older one', () => {
    const report = story().find((event) => event.type === 'specialist.reported')!;
    const view = foldEvents(undefined, stored([...story(), { ...report, report: { ...report.report, summary: 'again' } }]));
    expect(view.reports.map((each) => each.report.summary)).toEqual(['again', 'The service waits for its database.']);
  });

  test('a change goes through its states', () => {
    const states = run().map((_, index) => foldEvents(undefined, stored([...story(), ...run().slice(0, index + 1)])).changes[0]!.state);
    expect(states).toEqual(['approved', 'claimed', 'executing', 'executing', 'verifying', 'done', 'done', 'done']);
    const change = foldEvents(undefined, stored([...story(), ...run()])).changes[0]!;
    expect(change.approvals.map(({ by }) => by)).toEqual([approver]);
    expect(change.refusedClicks).toMatchObject([{ by: requester, reason: 'not an approver' }]);
    expect(change.verified).toMatchObject({ before: ['p95 2100 ms'], after: ['p95 40 ms'] });
    expect(change.steps.map(({ text }) => text)).toEqual(['Checking that nothing has changed since the approval', 'Running the command', 'Ran in 1.5 s', 'running the rules again']);
  });

  test('too few approvals leave it proposed, and the same person counts once', () => {
    const approved: IncidentEvent = { type: 'change.approved', changeId: 'C4', digest: 'd', by: approver, approvals: 1, needed: 2 };
    const view = foldEvents(undefined, stored([...story(), approved, approved]));
    expect(view.changes[0]).toMatchObject({ state: 'proposed', approvalsNeeded: 2 });
    expect(view.changes[0]!.approvals).toHaveLength(1);
  });

  test('unknown events and events in any order never throw, and its input stays as it was', () => {
    const unknown = { type: 'from.a.later.release', changeId: 'C4', anything: [1] } as unknown as IncidentEvent;
    const all = [...story(), ...run(), ...afterwards(), unknown];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 0 }), (events) => {
        const input = stored(events);
        const before = JSON.stringify(input);
        const view = foldEvents(undefined, input);
        expect(view.lastSequence).toBe(events.length);
        expect(JSON.stringify(input)).toBe(before);
        expect(JSON.stringify(foldEvents(undefined, input))).toBe(JSON.stringify(view));
      }),
    );
  });
});
