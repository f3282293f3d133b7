/** What the product did, as its store tells it. */
import { describe, expect, test } from 'vitest';
import { attemptOf } from '../../../../../bench/sre/contestants/product/attempt.ts';
import type { ModelCall } from '../../../../../src/incident/store.ts';
import type { IncidentEvent } from '../../../../../src/incident/events.ts';
import { run, stored, story, storyChange, storyFinding } from '../../../../support/story.ts';

const askedAt = Date.parse('2026-11-22T12:00:00.000Z');
const about = { askedAt, said: ['x'], played: 'none' as const, notes: [] };
const kept = (events: IncidentEvent[], more: Partial<Parameters<typeof attemptOf>[0][number]> = {}) => [{ events: stored(events), changes: [storyChange(), storyChange({ id: 'C5', action: { kind: 'kubernetes.rollout_restart', target: 'shop', namespace: 'shop', workload: 'deployment', name: 'cart' } as never })], evidence: [], modelCalls: [], ...more }];

describe('an attempt', () => {
  test('holds the newest diagnosis, its changes and how they ended', () => {
    const attempt = attemptOf(kept([...story(), ...run()]), about);
    expect(attempt.answer?.root).toEqual({ resource: 'table/shop/public.orders', mechanism: 'missing-index', title: 'orders has no index on customer_id', confidence: 0.9 });
    expect(attempt.changes).toEqual([
      expect.objectContaining({ id: 'C4', kind: 'postgres.create_index', outcome: 'verified', proposed: true, approved: true, automatic: false, executed: true, command: expect.stringContaining('CREATE INDEX') }),
      expect.objectContaining({ id: 'C5', kind: 'kubernetes.rollout_restart', outcome: 'refused', proposed: false, approved: false, executed: false, reason: 'policy forbids it' }),
    ]);
    expect(attempt.notes).toEqual([expect.stringContaining('investigation.degraded: the model API answers 529')]);
  });

  test('has no answer and no times when there was no diagnosis', () => {
    const attempt = attemptOf(kept(story().slice(0, 2)), about);
    expect(attempt.answer).toBeUndefined();
    expect(attempt.times).toEqual({});
  });

  test('counts from when it was asked: the first finding that is more than a remark, the first diagnosis, the last verified change', () => {
    const events = [...story(), ...run()];
    const at = (type: string) => 1000 * events.findIndex((event) => event.type === type);
    expect(attemptOf(kept(events), about).times).toEqual({ firstFinding: at('specialist.reported'), diagnosis: at('diagnosis.stated'), repaired: at('change.verified') });
  });

  test('says which change ran without a person', () => {
    const events = story().filter(({ type }) => type !== 'change.refused');
    const [change] = attemptOf(kept([...events, { type: 'change.auto_approved', changeId: 'C4', digest: 'd', reasons: ['low risk'] }]), about).changes;
    expect(change).toMatchObject({ approved: true, automatic: true, executed: false, outcome: 'open' });
  });

  test('an approval that was not enough is none', () => {
    const by = { userId: 'U0TOMAS001', teamId: 'T' };
    const [change] = attemptOf(kept([...story(), { type: 'change.approved', changeId: 'C4', digest: 'd', by, approvals: 1, needed: 2 }]), about).changes;
    expect(change).toMatchObject({ approved: false, outcome: 'open' });
  });

  test('a step of the chain names the resource of the finding with its words', () => {
    const finding = storyFinding();
    const diagnosis = { summary: 's', rootCause: null, chain: [finding.title, '→ something else'], ruledOut: [], unseen: [] };
    const events: IncidentEvent[] = [...story().slice(0, 1), { type: 'rules.looked', investigation: 'INC-7-1', findings: [finding, storyFinding({ id: 'F2', supported: false })], unread: [], seconds: 1 }, { type: 'diagnosis.stated', investigation: 'INC-7-1', diagnosis }];
    const attempt = attemptOf(kept(events), about);
    expect(attempt.answer).toEqual({ root: null, chain: [`${finding.resource}: ${finding.title}`, 'something else'], summary: 's' });
    expect(attempt.evidence).toEqual({ quotes: 2, unsupported: 1 });
  });

  test('adds up model calls by agent; an unknown price stays unknown', () => {
    const call = (agent: ModelCall['agent'], more: Partial<ModelCall>): ModelCall => ({ incidentId: 'INC-7', agent, model: 'm', inputTokens: 10, outputTokens: 5, cacheReadTokens: 100, cacheWriteTokens: 20, dollars: 0.5, seconds: 1, stopReason: 'end_turn', promptHash: '', at: '', ...more });
    const { models } = attemptOf(kept(story(), { modelCalls: [call('orchestrator', {}), call('orchestrator', { inputTokens: 300 }), call('database', { dollars: null }), call('database', {})] }), about);
    expect(models['orchestrator']).toEqual({ model: 'm', calls: 2, input: 310, cacheRead: 200, cacheWrite: 40, output: 10, dollars: 1, peakContext: 420 });
    expect(models['database']?.dollars).toBeNull();
  });
});
