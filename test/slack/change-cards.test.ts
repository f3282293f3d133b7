/** What the card of a change says in each of its states, and which buttons it has. */
import type { KnownBlock } from '@slack/types';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import type { IncidentEvent } from '../../src/incident/events.ts';
import { foldEvents } from '../../src/incident/view.ts';
import { cardsOf } from '../../src/slack/cards.ts';
import { haltReply, resumeReply, statusReply, stopReply } from '../../src/slack/blocks/reply.ts';
import { afterwards, approver, approverGroup, digest, requester, run, story, storyChange, stored } from '../support/story.ts';

const soon = new Date('2026-11-22T12:20:00Z');

function view(events: IncidentEvent[]) {
  return foldEvents(undefined, stored(events));
}

function card(events: IncidentEvent[], key = 'change:C4', now = soon): { blocks: KnownBlock[]; text: string; all: string } {
  const found = cardsOf(view(events), now).find((each) => each.key === key);
  if (!found) throw new Error(`no card ${key}`);
  return { ...found, all: JSON.stringify(found.blocks) };
}

function proposed(overrides: Partial<Change> = {}): IncidentEvent[] {
  return [...story().slice(0, 10), { type: 'change.proposed', change: storyChange(overrides) }];
}

function buttonsOf(blocks: KnownBlock[]) {
  return blocks.flatMap((block) => (block.type === 'actions' ? block.elements : [])).flatMap((element) => (element.type === 'button' ? [element] : []));
}

const button = (blocks: KnownBlock[], id: string) => buttonsOf(blocks).find(({ action_id }) => action_id === id);
const policy = (more: Partial<Change['policy']>): Pick<Change, 'policy'> => ({ policy: { ...storyChange().policy, ...more } });
const irreversible: Partial<Change> = { undo: { kind: 'impossible', command: [], description: 'Its uncommitted work is lost.' }, risk: { level: 'high', reasons: ['an open transaction is lost'] } };

describe('before anybody decides', () => {
  test('everything that code computed stands above what a model or a person wrote', () => {
    const { all } = card(proposed({ ...irreversible, facts: { online: true, reversible: false, putBackBy: 'Argo CD' } }));
    const prose = all.indexOf('Proposed by the rules');
    for (const part of ['IRREVERSIBLE', 'Drift', 'CREATE INDEX CONCURRENTLY', 'Risk: high', 'an open transaction is lost', 'Reaches: ', 'Dry run', 'Seq Scan', 'Undo: impossible', 'Verified by', 'must agree', 'expires <!date^', `digest ${digest.slice(0, 12)}`]) {
      expect([part, all.indexOf(part) > 0 && all.indexOf(part) < prose]).toEqual([part, true]);
    }
    expect(all.indexOf('IRREVERSIBLE')).toBeLessThan(all.indexOf('CREATE INDEX CONCURRENTLY'));
  });

  test('who may approve are the configured people and groups, and who asked is named as not one of them', () => {
    const { all } = card(proposed({ ...policy({ approvalsNeeded: 2 }), askedBy: approver }));
    expect(all).toContain(`*2 different approvers* of <!subteam^${approverGroup}>, <@${approver.userId}> must agree, not <@${requester.userId}>, <@${approver.userId}>, who asked`);
    expect(card(proposed(policy({ requesterMayApprove: true }))).all).not.toContain('who asked  ');
    expect(card(proposed(policy({ approvers: { users: [], groups: [], anyone: true } }))).all).toContain('of any full member of this workspace must agree');
    expect(card(proposed(policy({ approvers: { users: ['<!channel>'], groups: ['<!here>'] } }))).all).not.toMatch(/<!(channel|here)>/);
  });

  test('what can not be taken back is said in red, on the card, on the button and when it asks again', () => {
    const { blocks, all } = card(proposed(irreversible));
    expect(all).toContain(':red_circle: *IRREVERSIBLE: this can not be taken back.*');
    const approve = button(blocks, 'change_approve');
    expect(approve).toMatchObject({ style: 'danger', confirm: { style: 'danger', text: { text: expect.stringContaining('IRREVERSIBLE') } } });
    expect(buttonsOf(blocks).filter(({ style }) => style === 'danger')).toHaveLength(1);
    expect(card(proposed()).all).not.toContain('IRREVERSIBLE');
  });

  test('Approve asks once more with the risk, the target and every value that would run', () => {
    const action: Change['action'] = { kind: 'kubectl.configmap_key', target: 'production', namespace: 'shop', name: 'checkout-config', key: 'PAYMENTS_URL', value: 'http://payments:8080' };
    const { blocks } = card(proposed({ action, equivalent: 'kubectl -n shop edit configmap checkout-config' }));
    const { title, text } = button(blocks, 'change_approve')!.confirm!;
    expect(title?.text).toBe('Run C4 on production?');
    for (const part of ['MEDIUM risk', 'Its undo runs by itself', 'edit configmap checkout-config', 'key: PAYMENTS_URL', 'value: http://payments:8080']) expect(text.text).toContain(part);
    const long = card(proposed({ action: { ...action, value: 'x'.repeat(5000) }, command: ['y'.repeat(2000)] }));
    expect(button(long.blocks, 'change_approve')!.confirm!.text.text.length).toBeLessThanOrEqual(300);
    const cut = button(card(proposed({ command: ['y'.repeat(2000)] })).blocks, 'change_approve')!.confirm!.text.text;
    expect(cut).toContain('(all of it is on the card)');
    expect(cut.length).toBeLessThanOrEqual(300);
  });

  test('a freeze says until when; Approve then asks for a reason, or is not there', () => {
    const until = '2026-11-30T00:00:00.000Z';
    const breakable = card(proposed(policy({ approvalsNeeded: 2, frozen: { name: 'Black Friday', until, breakGlass: 2 } })));
    expect(breakable.all).toContain(`:snowflake: *Freeze \\"Black Friday\\" until <!date^${Date.parse(until) / 1000}^`);
    expect(button(breakable.blocks, 'change_approve')).toBeUndefined();
    expect(button(breakable.blocks, 'change_approve_frozen')?.confirm).toBeUndefined();
    const hard = card(proposed(policy({ frozen: { name: 'Black Friday', until } })));
    expect(buttonsOf(hard.blocks).map(({ action_id }) => action_id)).toEqual(['change_reject', 'change_edit', 'change_details']);
    expect(hard.all).toContain('nobody can let it run before then');
  });

  test('where changes are only shown, there is no Approve', () => {
    const { blocks, all } = card(proposed(policy({ autonomy: 'advise' })));
    expect(all).toContain('Shown, not run');
    expect(button(blocks, 'change_approve')).toBeUndefined();
  });

  test('a notification says risk and command before the title', () => {
    const { text } = card(proposed({ ...irreversible, title: 'All is well' }));
    expect(text).toMatch(/^C4 waits for approval \(high risk, IRREVERSIBLE\): CREATE INDEX CONCURRENTLY .* · “All is well”$/);
  });

  test('Edit is there where a value can be typed', () => {
    expect(button(card(proposed()).blocks, 'change_edit')).toBeDefined();
    expect(button(card(proposed({ action: { kind: 'kubectl.rollout_restart', target: 'production', namespace: 'shop', workload: 'deployment', name: 'checkout' } })).blocks, 'change_edit')).toBeUndefined();
  });
});

describe('once decided', () => {
  const done = [...proposed(), ...afterwards().slice(0, 4)];
  const asked: IncidentEvent = { type: 'change.undo_asked', changeId: 'C4', successor: 'C13', by: requester };
  const undo: IncidentEvent = { type: 'change.proposed', change: storyChange({ id: 'C13', action: { kind: 'change.undo', change: 'C4' }, undoOf: 'C4', askedBy: requester, undo: { kind: 'not_needed', command: [], description: 'It takes C4 back.' } }) };

  test('that no person approved it is said loudly', () => {
    const { all } = card(done);
    expect(all).toContain(':robot_face: *without a person*');
    expect(all).toContain('*Approved by the policy, by no person*');
    expect(all).toContain('autonomy auto by rule');
  });

  test('numbers stand before and after, a line each; none is no data', () => {
    const { all } = card(done);
    expect(all).toContain('checkout p95: 2,100 ms → ');
    expect(all).toContain('"40 ms"');
    const lost: IncidentEvent[] = [...proposed(), { type: 'change.executing', changeId: 'C4', command: [] }, { type: 'change.verified', changeId: 'C4', checks: [], before: [], after: [], numbers: { before: [{ name: 'errors', value: 0.123456, unit: '%' }], after: [] } }];
    expect(card(lost).all).toMatch(/errors: 0\.123 % → .*no data/);
  });

  test('Undo is there for a day, and asks with what it would run', () => {
    expect(button(card(done).blocks, 'change_undo')).toMatchObject({ value: JSON.stringify({ change: 'C4', digest }), confirm: { text: { text: expect.stringContaining('DROP INDEX CONCURRENTLY') } } });
    const ended = Date.parse(view(done).changes[0]!.since.at);
    expect(button(card(done, 'change:C4', new Date(ended + 24 * 3_600_000 - 1)).blocks, 'change_undo')).toBeDefined();
    expect(button(card(done, 'change:C4', new Date(ended + 24 * 3_600_000)).blocks, 'change_undo')).toBeUndefined();
    expect(button(card([...proposed(irreversible), ...afterwards().slice(0, 4)]).blocks, 'change_undo')).toBeUndefined();
    const neverRan: IncidentEvent[] = [...proposed(), { type: 'change.failed', changeId: 'C4', reason: 'refused by the server' }];
    expect(button(card(neverRan).blocks, 'change_undo')).toBeUndefined();
  });

  test('while somebody takes it back there is no second Undo, and both cards say what takes what back', () => {
    const wanted = [...done, asked, undo];
    expect(button(card(wanted).blocks, 'change_undo')).toBeUndefined();
    expect(card(wanted).all).toContain(`<@${requester.userId}> wants it taken back`);
    expect(card(wanted).all).toContain('*decide on C13*');
    expect(card(wanted, 'change:C13').all).toContain('takes *C4* back');
    const refused: IncidentEvent[] = [...wanted, { type: 'change.rejected', changeId: 'C13', digest, by: approver, reason: 'not now' }];
    expect(button(card(refused).blocks, 'change_undo')).toBeDefined();
    const back: IncidentEvent[] = [...wanted, { type: 'change.executing', changeId: 'C13', command: [] }, { type: 'change.verified', changeId: 'C13', checks: [], before: [], after: [] }];
    expect(card(back).all).toContain('*Taken back by C13*');
    expect(card(back, 'root').all).toContain('Taken back by C13');
    expect(button(card(back).blocks, 'change_undo')).toBeUndefined();
    expect(button(card(back, 'change:C13').blocks, 'change_undo')).toBeUndefined();
  });

  test('what came back is said on the card and on the root, with how long after', () => {
    const relapsed: IncidentEvent[] = [...done, ...afterwards().slice(4, 6)];
    const late = foldEvents(undefined, stored(relapsed).map((each) => (each.event.type === 'change.relapsed' ? { ...each, at: new Date(Date.parse(each.at) + 12 * 60_000 - 1000).toISOString() } : each)));
    const cards = cardsOf(late, soon);
    expect(JSON.stringify(cards.find(({ key }) => key === 'change:C4'))).toContain('*What it was for came back 12 min after*');
    expect(JSON.stringify(cards.find(({ key }) => key === 'change:C4'))).toContain('missing index on table public.orders of shop');
    expect(card(relapsed, 'root').all).toContain('*Open again*');
    expect(card(relapsed, 'root').all).toContain('after *C4*');
    expect(cards.filter(({ text }) => text.includes('is open again'))).toHaveLength(1);
    expect(button(card(relapsed).blocks, 'change_undo')).toBeDefined();
  });

  test('an edited one names its successor and who edited it', () => {
    const edited: IncidentEvent[] = [...proposed(), { type: 'change.edited', changeId: 'C4', successor: 'C13', by: approver }];
    expect(view(edited).changes[0]).toMatchObject({ state: 'superseded', successor: 'C13' });
    const { all, blocks, text } = card(edited);
    expect(all).toContain(`Edited by <@${approver.userId}>`);
    expect(all).toContain('*see C13*');
    expect(text).toContain('Edited: see C13');
    expect(buttonsOf(blocks)).toEqual([]);
    expect(card([...edited, { type: 'change.superseded', changeId: 'C4', reason: 'a newer one' }]).all).toContain('*see C13*');
  });

  test('why in spite of a freeze stands with the approval', () => {
    const approved: IncidentEvent[] = [...proposed(), { type: 'change.approved', changeId: 'C4', digest, by: approver, approvals: 1, needed: 1, reason: 'the shop is down' }];
    expect(card(approved).all).toContain('in spite of the freeze: the shop is down');
  });

  test('what it came to stands above what ran, and what ran is still there', () => {
    const { all } = card([...proposed(), ...run().slice(0, 6)]);
    expect(all.indexOf('p95 40 ms')).toBeLessThan(all.indexOf('CREATE INDEX CONCURRENTLY'));
    const firstCode = (events: IncidentEvent[]) => card(events).blocks.find((block) => block.type === 'rich_text' && block.elements[0]?.type === 'rich_text_preformatted');
    const undone: IncidentEvent[] = [...proposed(), ...run().slice(0, 5), { type: 'change.undoing', changeId: 'C4', reason: 'still slow', command: ['DROP INDEX'] }, { type: 'change.undone', changeId: 'C4', reason: 'still slow', output: 'DROP INDEX' }];
    expect(firstCode([...proposed(), ...run().slice(0, 6)])).toEqual(firstCode(proposed()));
    expect(firstCode(undone)).toEqual(firstCode(proposed()));
  });
});

describe('a stop', () => {
  const halt = { by: approver, at: '2026-11-22T12:10:00.000Z' };
  const stopped: IncidentEvent[] = [...story(), { type: 'incident.stopped', by: approver }];

  test('stands until it is lifted, and its note says by whom', () => {
    expect(view(stopped)).toMatchObject({ status: 'stopped', stopped: { by: approver, all: false } });
    expect(card(stopped, 'root').all).toContain('/sre resume INC-7');
    const resumed = view([...stopped, { type: 'incident.resumed', by: requester }]);
    expect(resumed).toMatchObject({ status: 'diagnosed', stops: [{ by: approver, resumed: { by: requester } }] });
    expect(resumed.stopped).toBeUndefined();
    const note = JSON.stringify(cardsOf(resumed, soon).find(({ text }) => text.includes('was stopped')));
    expect(note).toContain(`*Resumed* by <@${requester.userId}>`);
    const again = view([...stopped, { type: 'incident.resumed', by: requester }, { type: 'incident.stopped', by: requester, all: true }]);
    expect(cardsOf(again, soon).filter(({ text }) => text.includes('was stopped'))).toHaveLength(2);
  });

  test('of everything is said by root, status, stop and on its own', () => {
    const shown = [cardsOf({ ...view(story()), halt }, soon)[0]!, statusReply({ ...view(story()), halt }), stopReply([], halt), haltReply(halt)];
    for (const { blocks } of shown) expect(JSON.stringify(blocks)).toContain(`*Everything is stopped*, everywhere, by <@${approver.userId}>`);
    expect(JSON.stringify(resumeReply(['INC-7', 'INC-9'], true).blocks)).toContain('INC-7, INC-9 go on');
    expect(JSON.stringify(resumeReply([], true).blocks)).toContain('The stop of everything is lifted');
  });
});
