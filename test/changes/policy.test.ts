import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/changes/action.ts';
import { createPolicy, policySchema } from '../../src/changes/policy.ts';
import type { Question } from '../../src/changes/ruling.ts';
import { riskOf } from '../support/changes.ts';

const approvers = { users: ['U0123456789'] };
const question = (part: Partial<Question> = {}): Question => ({ kind: 'kubectl.scale', target: 'shop', channel: 'C1', risk: 'low', undo: 'automatic', proposedBy: 'rules', isUndo: false, at: new Date('2026-11-22T12:00:00Z'), ...part });
const problem = (value: unknown) => policySchema.safeParse(value).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n') ?? '';

describe('policy', () => {
  test('the defaults are the careful ones', () => {
    expect(policySchema.parse({ approvers })).toMatchObject({ autonomy: 'approve', two_person_from: 'high', allow_self_approval: false, expiry_minutes: 15, soak_seconds: 20 });
  });

  test.each([
    [{}, /approvers: nobody could approve a change: list Slack member ids/],
    [{ approvers: { users: [] } }, /nobody could approve/],
    [{ approvers: { users: ['*'] } }, /approvers.users.0: is not "\*": list Slack member ids/],
    [{ approvers: { users: ['everyone'] } }, /member id/],
    [{ approvers: { groups: ['@sre'] } }, /user group id/],
    [{ approvers, autonomy: 'auto' }, /autonomy: auto lets changes run without a person/],
    [{ approvers, autonomy: 'yolo' }, /must be one of observe, advise, approve, auto/],
    [{ approvers, expiry_minutes: 0 }, /expiry_minutes/],
    [{ approvers, two_persons_from: 'low' }, /two_persons_from/],
  ])('%j is refused at start, with the fix', (value, words) => {
    expect(problem(value)).toMatch(words);
  });

  test('without running anything, nobody needs to approve', () => {
    expect(problem({ autonomy: 'advise' })).toBe('');
  });

  test('its version follows its content and nothing else', () => {
    const settings = policySchema.parse({ approvers });
    expect(createPolicy(settings).version).toBe(createPolicy(policySchema.parse({ expiry_minutes: 15, approvers })).version);
    expect(createPolicy(settings).version).not.toBe(createPolicy({ ...settings, allow_self_approval: true }).version);
  });

  test.each([['low', [2, 2, 2]], ['medium', [1, 2, 2]], ['high', [1, 1, 2]], ['never', [1, 1, 1]]] as const)('two people from %s', (from, expected) => {
    const { rule } = createPolicy(policySchema.parse({ approvers, two_person_from: from }));
    expect((['low', 'medium', 'high'] as const).map((risk) => rule(question({ risk })).approvalsNeeded)).toEqual(expected);
  });
});

describe('risk', () => {
  const undo = { kind: 'automatic' as const, command: [], description: '' };
  const facts = { online: true, reversible: true };
  const index: Action = { kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['id'] };
  const sessions: Action = { kind: 'postgres.terminate_backend', target: 'shop', sessions: [{ pid: 1, backend_start: '' }] };
  const setting = (part: object): Action => ({ kind: 'postgres.alter_setting', target: 'shop', scope: 'database', setting: 'work_mem', value: '1MB', ...part }) as Action;
  const operation: Action = { kind: 'http.operation', operation: 'restart', parameters: {} };
  const impossible = { kind: 'impossible' as const, command: [], description: 'It stays.' };

  test.each([
    ['a small index', index, { ...facts, tableRows: 200_000 }, undo, 'low'],
    ['a large index', index, { ...facts, tableRows: 5_000_000 }, undo, 'medium'],
    ['a huge index', index, { ...facts, tableRows: 60_000_000 }, undo, 'high'],
    ['an index on an unknown number of rows', index, facts, undo, 'high'],
    ['one idle transaction', sessions, { ...facts, affectedSessions: 1, openTransactions: 1 }, impossible, 'medium'],
    ['ninety idle sessions', sessions, { ...facts, affectedSessions: 90, openTransactions: 0 }, impossible, 'medium'],
    ['many open transactions', sessions, { ...facts, affectedSessions: 90, openTransactions: 11 }, impossible, 'high'],
    ['sessions nobody counted', sessions, facts, impossible, 'high'],
    ['one role\'s setting', setting({ scope: 'role', role: 'app' }), facts, undo, 'low'],
    ['a database\'s setting', setting({}), facts, undo, 'medium'],
    ['the whole server', setting({ scope: 'system' }), facts, undo, 'medium'],
    ['autovacuum off', setting({ scope: 'system', setting: 'autovacuum', value: 'FALSE' }), facts, undo, 'high'],
    ['read only', setting({ setting: 'default_transaction_read_only', value: 'on' }), facts, undo, 'high'],
    ['read only taken away', setting({ setting: 'default_transaction_read_only', value: null }), facts, undo, 'medium'],
    ['a restart', operation, { ...facts, online: false }, { ...undo, kind: 'not_needed' as const }, 'medium'],
    ['an operation without a way back', operation, { ...facts, reversible: false }, impossible, 'high'],
  ])('%s', (_name, action, given, undoing, level) => {
    const risk = riskOf(action, { facts: given, undo: undoing }, true);
    expect(risk.level).toBe(level);
    expect(risk.reasons.length).toBeGreaterThan(0);
    expect(risk.reasons.join().includes('can not be undone: It stays.')).toBe(undoing.kind === 'impossible');
  });

  test('another environment lowers it by one at most, and never what can not be undone', () => {
    fc.assert(
      fc.property(fc.constantFrom(index, sessions, setting({}), operation), fc.nat(100), fc.nat(100_000_000), fc.boolean(), (action, openTransactions, tableRows, reversible) => {
        const preview = { facts: { online: true, reversible, openTransactions, tableRows, affectedSessions: openTransactions }, undo: reversible ? undo : impossible };
        const order = ['low', 'medium', 'high'];
        const production = order.indexOf(riskOf(action, preview, true).level);
        const elsewhere = order.indexOf(riskOf(action, preview, false).level);
        expect(production - elsewhere).toBeGreaterThanOrEqual(0);
        expect(production - elsewhere).toBeLessThanOrEqual(reversible ? 1 : 0);
      }),
    );
  });
});
