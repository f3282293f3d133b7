import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import type { Action } from '../../src/changes/action.ts';
import { createEdit } from '../../src/changes/edit.ts';
import type { Change } from '../../src/changes/change.ts';
import { movedIdentity } from '../../src/changes/identity-fields.ts';
import type { Actor } from '../../src/incident/types.ts';
import type { Bench } from './bench.ts';
import { ana, ben, openBench, person, requester } from './bench.ts';

const outsider = person('UOUTSIDER');
const action: Action = { kind: 'http.operation', operation: 'restart', parameters: { service: 'checkout', mode: 'slow' } };
const faster = { operation: 'restart', parameters: { service: 'checkout', mode: 'fast' } };

describe('editing what is proposed', () => {
  let bench: Bench;
  let edit: (change: Change, actor: Actor, fields?: Record<string, unknown>, digest?: string) => ReturnType<ReturnType<typeof createEdit>>;
  beforeEach(async () => {
    bench = await openBench();
    const door = createEdit({ ...bench, redact: (text) => text.replaceAll('hunter2', '[hidden]'), enqueue: (id) => { bench.queued.push(`preview ${id}`); return Promise.resolve(); } });
    edit = (change, actor, fields = faster, digest = change.digest) => door({ changeId: change.id, digest, fields, actor });
  });
  afterEach(() => bench.close());
  const proposed = () => bench.proposed({ action });

  test.each([['an approver', ben], ['who asked for the investigation', requester]])('%s may: another change takes its place, with a digest of its own', async (_who, editor) => {
    const change = await proposed();
    const result = await edit(change, editor);
    expect(result).toEqual({ outcome: 'drafted', changeId: expect.any(String) });
    const successor = result.outcome === 'drafted' ? result.changeId : '';
    expect(bench.queued).toEqual([`preview ${successor}`]);
    expect((await bench.get(change.id)).state).toBe('superseded');
    expect((await bench.events(change)).at(-1)).toEqual({ type: 'change.edited', changeId: change.id, successor, by: editor });

    await bench.executor.preview(successor);
    const fresh = await bench.get(successor);
    expect(fresh).toMatchObject({ state: 'proposed', proposedBy: 'person', askedBy: editor, findings: change.findings, findingKeys: change.findingKeys, action: { ...action, parameters: faster.parameters } });
    expect(fresh.rationale).toContain(`edited parameters of ${change.id}`);
    expect(fresh.digest).not.toBe(change.digest);
    // Neither button decides on the other, and who typed it does not approve it.
    expect(await bench.decide(change, ana)).toMatchObject({ outcome: 'refused' });
    expect(await bench.decide({ ...fresh, digest: change.digest }, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/another version/) });
    expect(await bench.decide(fresh, editor)).toMatchObject({ outcome: 'refused' });
    expect(await bench.decide(fresh, ana)).toEqual({ outcome: 'approved' });
  });

  test('an approval of what was there before does not come along', async () => {
    await bench.close();
    bench = await openBench({ two_person_from: 'low' });
    const door = createEdit({ ...bench, redact: (text) => text, enqueue: () => Promise.resolve() });
    const change = await proposed();
    expect(await bench.decide(change, ana)).toEqual({ outcome: 'counted', approvals: 1, needed: 2 });
    const result = await door({ changeId: change.id, digest: change.digest, fields: faster, actor: requester });
    const successor = result.outcome === 'drafted' ? result.changeId : '';
    await bench.executor.preview(successor);
    expect(await bench.decide(await bench.get(successor), ben)).toEqual({ outcome: 'counted', approvals: 1, needed: 2 });
  });

  test('who is no approver may not, nor a guest who is listed as one', async () => {
    const change = await proposed();
    expect(await edit(change, outsider)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/not an approver/) });
    bench.people[ana.userId] = 'guest';
    expect(await edit(change, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/Guests/) });
    expect((await bench.get(change.id)).state).toBe('proposed');
    expect((await bench.events(change)).at(-1)).toMatchObject({ type: 'click.refused', decision: 'edit', by: ana });
  });

  test.each<[string, Record<string, unknown>, RegExp, object | undefined]>([
    ['another operation', { ...faster, operation: 'drop' }, /something else/, { operation: 'must stay as it is' }],
    ['another service', { operation: 'restart', parameters: { service: 'payments' } }, /something else/, { 'parameters.service': 'must stay as it is' }],
    ['another kind in the fields', { ...faster, kind: 'kubectl.scale', operation: 'other' }, /something else/, { operation: 'must stay as it is' }],
    ['a field of a wrong type', { operation: 'restart', parameters: { service: 'checkout', mode: 4 } }, /not right yet/, { 'parameters.mode': expect.any(String) }],
    ['nothing different', { operation: 'restart', parameters: { service: 'checkout', mode: 'slow' } }, /Nothing is different/, {}],
    ['a secret', { operation: 'restart', parameters: { service: 'checkout', mode: 'hunter2' } }, /secret/, {}],
  ])('%s is not taken', async (_name, fields, reason, problems) => {
    const change = await proposed();
    expect(await edit(change, ana, fields)).toEqual({ outcome: 'refused', reason: expect.stringMatching(reason), problems });
    expect((await bench.get(change.id)).state).toBe('proposed');
    expect(await bench.store.changes.list(change.incidentId)).toHaveLength(1);
  });

  test('only what waits for a decision, only the digest that was shown, only in time, only in an incident that goes on', async () => {
    const change = await proposed();
    expect(await edit(change, ana, faster, 'f'.repeat(64))).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/another version/) });
    const late = createEdit({ ...bench, redact: (text) => text, enqueue: () => Promise.resolve(), now: () => new Date(Date.parse(change.expiresAt)) });
    expect(await late({ changeId: change.id, digest: change.digest, fields: faster, actor: ana })).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/expired/) });
    await bench.store.incidents.setStatus(change.incidentId, ['open'], 'stopped');
    expect(await edit(change, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/stopped/) });
    await bench.store.incidents.setStatus(change.incidentId, ['stopped'], 'open');
    await bench.decide(change, ana);
    expect(await edit(change, ben)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/approved: only one that waits/) });
    expect(await edit({ ...change, id: 'C999999' }, ben)).toMatchObject({ outcome: 'refused' });
  });

  test('two editors and an approver at once: one of them wins, and no more than one change stays open', async () => {
    for (let round = 0; round < 5; round += 1) {
      const change = await bench.proposed({ action }, { fingerprint: `edit-race-${round}` });
      const [first, second, decided] = await Promise.all([edit(change, ben), edit(change, requester), bench.decide(change, ana)]);
      expect([first.outcome === 'drafted', second.outcome === 'drafted', decided.outcome === 'approved'].filter(Boolean)).toHaveLength(1);
      expect((await bench.store.changes.list(change.incidentId)).filter(({ state }) => state === 'drafted' || state === 'proposed' || state === 'approved')).toHaveLength(1);
    }
  });
});

test('whatever names the thing that is changed is seen to differ', () => {
  const base = { kind: 'kubectl.set_env', target: 'a', namespace: 'shop', workload: 'deployment', name: 'web', container: 'web', variable: 'SIZE', value: '1' } as const satisfies Action;
  fc.assert(
    fc.property(fc.constantFrom('target', 'namespace', 'workload', 'name', 'container', 'variable'), fc.string(), (field, text) => {
      fc.pre(text !== base[field as keyof typeof base]);
      expect(movedIdentity(base, { ...base, [field]: text } as Action)).toEqual([field]);
      expect(movedIdentity(base, { ...base, value: text })).toEqual([]);
    }),
  );
});
