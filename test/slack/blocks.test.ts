import type { KnownBlock, ModalView } from '@slack/types';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkMessageBlocks } from '../../playground/workspace/validation/message-blocks.ts';
import { checkView } from '../../playground/workspace/validation/views.ts';
import { changeStates } from '../../src/changes/change.ts';
import type { IncidentEvent } from '../../src/incident/events.ts';
import { foldEvents } from '../../src/incident/view.ts';
import { plainer } from '../../src/slack/blocks/plainer.ts';
import { haltReply, listReply, offerReply, resumeReply, statusReply, stopReply, helpReply } from '../../src/slack/blocks/reply.ts';
import { editModal } from '../../src/slack/blocks/edit-modal.ts';
import { breakGlassModal, cardModal, changeModal, investigateModal, messageModal, rejectModal } from '../../src/slack/blocks/modals.ts';
import { cardsOf } from '../../src/slack/cards.ts';
import type { WantedCard } from '../../src/slack/cards.ts';
import { afterwards, approver, approverGroup, digest, requester, run, story, storyAlert, storyChange, storyFinding, storyIncident, stored } from '../support/story.ts';
import { markdownIn, typesIn } from '../support/slack-safety.ts';

const place = { channel: 'C0INCIDENT', threadTs: '1700000000.000100' };

/** A few minutes after the story. */
const soon = new Date('2026-11-22T12:20:00Z');

function view(events: IncidentEvent[]) {
  return foldEvents(undefined, stored(events));
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function card(events: IncidentEvent[], key: string): WantedCard {
  const found = cardsOf(view(events), soon).find((each) => each.key === key);
  if (!found) throw new Error(`no card ${key}`);
  return found;
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}

/** What Slack takes, and nothing that calls anybody or leads anywhere we did not choose. */
function expectSafe(blocks: KnownBlock[], text: string): void {
  expect(checkMessageBlocks(json(blocks))).toEqual({ ok: true });
  expect(text.length).toBeGreaterThan(0);
  expect(text.length).toBeLessThanOrEqual(3000);
  expectNoMention([...markdownIn(blocks), text]);
  for (const type of typesIn(blocks)) expect(['broadcast', 'user', 'usergroup', 'channel', 'link', 'team']).not.toContain(type);
}

function expectNoMention(markdown: string[]): void {
  const inner = markdown.flatMap((each) => [...each.matchAll(/<([^<>]*)>/g)].map(([, found = '']) => found));
  expect(inner.filter((found) => !isOurs(found))).toEqual([]);
  expect(markdown.map((each) => each.replace(/<[^<>]*>/g, '')).filter((each) => /[<>]/.test(each))).toEqual([]);
}

function isOurs(inner: string): boolean {
  return inner === `@${requester.userId}` || inner === `@${approver.userId}` || inner === `!subteam^${approverGroup}` || /^!date\^\d+\^[^|^]+\|[-0-9: UTC]+$/.test(inner) || /^https?:\/\/[^|]+\|[^|]+$/.test(inner);
}

function invisibleIn(value: unknown): string[] {
  return shown(value).match(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu) ?? [];
}

const nasty = ['<!channel>', '<!here|x>', '<@U0OLIVER01>', '<#C0GENERAL0|general>', '<https://evil.example|Approve>', '```', '`', '*bold*', ':white_check_mark:', '&amp;', '<', '>', '&', 'שלום', 'مرحبا', '\u202e', '\u200b', '\u{e0041}', '👩‍👩‍👧‍👦', '🇺🇦', 'e\u0301', 'Z\u0300\u0301\u0302\u0303\u0304\u0305', '\ud800', '\0', '\n', '\n\n\n', ' ', 'a', 'https://evil.example/x?y=1'];

const hostile = fc.oneof(
  fc.array(fc.constantFrom(...nasty), { maxLength: 60 }).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom(...nasty), fc.constantFrom(1, 50, 299, 3000, 20_000)).map(([part, length]) => part.repeat(Math.ceil(length / part.length))),
  fc.string({ unit: 'binary', maxLength: 400 }),
);

describe('whatever the texts hold', () => {
  test('hypotheses stand in one card with their status and evidence; what the models took, in another', () => {
    expect(shown(card(story(), 'hypotheses'))).toMatch(/ruled out: .*a lock.*for it: E4; against it: E3; nobody waits/);
    const cost = shown(card(story(), 'cost:1'));
    expect(cost).toContain('$0.12 of $2.00 · 3 model calls · 41k tokens · 75% of what was sent came from the cache · 45 s');
    expect(cost).toContain('Prices read 2026-11-22.');
    expect(shown(card(story('x'), 'cost:1'))).toContain('No price is known for x');
    expect(shown(card(story(), 'diagnosis:1'))).toMatch(/Unsupported, so no change rests on it.*one kind of evidence/);
    expect(shown(card(story(), 'diagnosis:1'))).toContain('network: no host is in doubt');
  });

  test('every card is valid for Slack, mentions nobody and hides nothing', () => {
    fc.assert(
      fc.property(hostile, fc.nat({ max: 8 }), fc.nat({ max: 10 }), (text, steps, later) => {
        const events = [...story(text), ...run(text).slice(0, steps), ...afterwards(text).slice(0, later)];
        const cards = cardsOf({ ...view(events), halt: { by: approver, at: text } }, soon);
        expect(cards[0]?.key).toBe('root');
        expect(new Set(cards.map(({ key }) => key)).size).toBe(cards.length);
        for (const { blocks, text: words } of cards) {
          expectSafe(blocks, words);
          expectSafe(plainer(blocks), words);
          expect(invisibleIn(blocks)).toEqual([]);
        }
      }),
      { numRuns: 70 },
    );
  });

  test('replies and modals too', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const now = view([...story(text), ...run(text)]);
        const incident = storyIncident({ title: text });
        for (const reply of [statusReply(now), stopReply([now]), stopReply([now], { by: approver, at: '2026-11-22T12:00:00Z' }), resumeReply([text, 'INC-7'], false), haltReply({ by: approver, at: text }), listReply(Array.from({ length: 15 }, () => incident)), offerReply(text), helpReply(text)]) expectSafe(reply.blocks, reply.text);
        const before = view(story(text));
        const change = before.changes[0]!;
        const modals: (ModalView | undefined)[] = [investigateModal(place, text.slice(0, 3000)), rejectModal(text, { change: 'C4', digest, ...place }), messageModal(text, text), changeModal(before, change, place), editModal(change.change!, { change: 'C4', digest, ...place }), breakGlassModal(change.change!, { change: 'C4', digest, ...place }), cardModal(now, 'report:T1', place), cardModal(now, 'diagnosis:1', place), cardModal(now, 'change:C4', place), cardModal(now, 'change:C5', place)];
        for (const modal of modals) {
          expect(modal).toBeDefined();
          expect(checkView(json(modal))).toMatchObject({ ok: true });
          expectNoMention(markdownIn(modal));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a long thread of changes, findings and answers still fits', () => {
    const long = 'ж<&>'.repeat(5000);
    const many: IncidentEvent[] = Array.from({ length: 60 }, (_, index) => ({ type: 'change.proposed', change: storyChange({ id: `C${index + 10}`, title: long, command: [long] }) }));
    const cards = cardsOf(view([...story(long), ...many]));
    expect(cards.length).toBeGreaterThan(60);
    for (const { blocks, text } of cards) expectSafe(blocks, text);
  });
});

test("a title that pretends to be a command or an approval stands in quotes that it can't close, also in the incident's first message", () => {
  const title = 'Nothing”  ·  Approved by Tomás  ·  “kubectl get pods';
  const cards = cardsOf(view([{ type: 'change.proposed', change: storyChange({ title }) }, { type: 'change.refused', changeId: 'C4', title, reason: 'It moved' }]));
  const named = cards.filter(({ blocks }) => shown(blocks).includes('kubectl get pods'));
  expect(named.length).toBe(2);
  for (const { blocks } of named) expect(shown(blocks)).toContain("“Nothing' · Approved by Tomás · 'kubectl get pods”");
});

describe('a change that waits', () => {
  const waiting = card(story(), 'change:C4');

  test('shows the exact command and the risk above any prose', () => {
    const all = shown(waiting.blocks);
    const command = all.indexOf('CREATE INDEX CONCURRENTLY');
    expect(command).toBeGreaterThan(0);
    expect(command).toBeLessThan(all.indexOf('Risk: medium'));
    expect(all.indexOf('Risk: medium')).toBeLessThan(all.indexOf('Index orders by customer'));
    expect(all.indexOf('Index orders by customer')).toBeLessThan(all.indexOf('reads all of orders'));
    for (const part of ['Seq Scan on orders', 'DROP INDEX CONCURRENTLY', 'no new finding', 'table public.orders of shop', digest.slice(0, 12), '<!date^1795349700^']) expect(all).toContain(part);
  });

  test('its buttons carry change and digest and nothing else, and Approve confirms with the command', () => {
    const actions = waiting.blocks.find((block) => block.type === 'actions');
    if (actions?.type !== 'actions') throw new Error('no actions');
    const buttons = actions.elements.filter((element) => element.type === 'button');
    expect(buttons.map(({ action_id, style }) => [action_id, style])).toEqual([['change_approve', 'primary'], ['change_reject', 'danger'], ['change_edit', undefined], ['change_details', undefined]]);
    for (const { value } of buttons) expect(JSON.parse(value ?? '')).toEqual({ change: 'C4', digest });
    expect(shown(buttons[0]?.confirm)).toContain('CREATE INDEX CONCURRENTLY');
  });

  test('the command that people know stands above the one that runs, and is what Approve asks about', () => {
    const known = 'kubectl -n shop rollout undo deployment/checkout --to-revision=3';
    const events: IncidentEvent[] = [...story().slice(0, 10), { type: 'change.proposed', change: storyChange({ equivalent: known, command: ['kubectl -n shop patch deployment checkout'] }) }];
    const { blocks } = card(events, 'change:C4');
    expect(shown(blocks).indexOf(known)).toBeGreaterThan(0);
    expect(shown(blocks).indexOf(known)).toBeLessThan(shown(blocks).indexOf('kubectl -n shop patch'));
    expect(JSON.stringify(blocks).split(known)).toHaveLength(3);
    expect(shown(changeModal(view(events), view(events).changes[0]!, place))).toContain(known);
  });

  test('a command that the card cannot hold can be approved only where all of it is shown', () => {
    const command = Array.from({ length: 200 }, (_, index) => `SELECT pg_terminate_backend(${index + 10_000}) /* session ${index} */`);
    const events: IncidentEvent[] = [...story().slice(0, 10), { type: 'change.proposed', change: storyChange({ command }) }];
    expect(shown(card(events, 'change:C4').blocks)).not.toContain('change_approve');
    const modal = changeModal(view(events), view(events).changes[0]!, place);
    expect(shown(modal)).toContain('change_approve');
    expect(command.filter((line) => !shown(modal).includes(line))).toEqual([]);
    const endless: IncidentEvent[] = [...story().slice(0, 10), { type: 'change.proposed', change: storyChange({ command: ['x'.repeat(60_000)] }) }];
    expect(shown(changeModal(view(endless), view(endless).changes[0]!, place))).not.toContain('change_approve');
  });

  test('what cannot be seen in a command is written out', () => {
    const events: IncidentEvent[] = [...story().slice(0, 10), { type: 'change.proposed', change: storyChange({ command: ['ALTER ROLE a\u202eb\u200b'] }) }];
    expect(shown(card(events, 'change:C4').blocks)).toContain('ALTER ROLE a\\\\u{202e}b\\\\u{200b}');
  });

  test('half-approved, it says who and keeps its buttons', () => {
    const half = card([...story(), { type: 'change.approved', changeId: 'C4', digest, by: approver, approvals: 1, needed: 2 }], 'change:C4');
    expect(shown(half.blocks)).toContain(`Approved by <@${approver.userId}>`);
    expect(shown(half.blocks)).toContain('1 of 2 approvals');
    expect(shown(half.blocks)).toContain('change_approve');
  });
});

describe('a decided change', () => {
  const decided: [string, IncidentEvent[]][] = [
    ...run().slice(0, 6).map((_, index): [string, IncidentEvent[]] => [run()[index]!.type, run().slice(0, index + 1)]),
    ['change.rejected', [{ type: 'change.rejected', changeId: 'C4', digest, by: approver, reason: 'not during the sale' }]],
    ['change.expired', [{ type: 'change.expired', changeId: 'C4', reason: 'nobody decided' }]],
    ['change.superseded', [{ type: 'change.superseded', changeId: 'C4', reason: 'a newer one' }]],
    ['change.stale', [...run().slice(0, 2), { type: 'change.stale', changeId: 'C4', reason: 'the index exists', successor: 'C9' }]],
    ['change.undone', [...run().slice(0, 5), { type: 'change.undoing', changeId: 'C4', reason: 'still slow', command: ['DROP INDEX'] }, { type: 'change.undone', changeId: 'C4', reason: 'still slow', output: 'DROP INDEX' }]],
    ['change.failed', [...run().slice(0, 3), { type: 'change.failed', changeId: 'C4', reason: 'deadlock' }]],
    ['change.unknown', [...run().slice(0, 3), { type: 'change.unknown', changeId: 'C4', reason: 'the executor ended' }]],
  ];

  test.each(decided)('%s: no buttons are left but Undo of what ran', (type, events) => {
    const { blocks } = card([...story(), ...events], 'change:C4');
    const ids = shown(blocks).match(/"action_id":"[a-z_]+"/g) ?? [];
    expect(ids).toEqual(['change.verified', 'change.failed', 'change.unknown'].includes(type) ? ['"action_id":"change_undo"'] : []);
    expect(shown(blocks)).toContain('CREATE INDEX CONCURRENTLY');
  });

  test('says who decided, when and why, and what came of it', () => {
    const done = shown(card([...story(), ...run()], 'change:C4').blocks);
    for (const part of [`Approved by <@${approver.userId}> <!date^`, 'Done and verified', 'Before', 'p95 2100 ms', 'p95 40 ms', 'Ran in 1.5 s']) expect(done).toContain(part);
    expect(done).not.toContain('none of these');
    const rejected = shown(card([...story(), { type: 'change.rejected', changeId: 'C4', digest, by: approver, reason: 'not during the sale' }], 'change:C4').blocks);
    expect(rejected).toContain(`Rejected by <@${approver.userId}>`);
    expect(rejected).toContain('not during the sale');
  });

  test('every state has its own words', () => {
    const words = new Set(decided.map(([, events]) => view([...story(), ...events]).changes[0]!.state));
    expect([...words].every((state) => changeStates.includes(state))).toBe(true);
    expect(words.size).toBeGreaterThanOrEqual(10);
  });
});

describe('what was verified', () => {
  const key = (service: string) => `checks-failing@service/${service}`;
  const many = (count: number) => Array.from({ length: count }, (_, index) => key(`shop-${index}`));
  const verified = (before: string[], after: string[], checks: string[] = ['it took']): IncidentEvent[] => [...story(), ...run().slice(0, 5), { type: 'change.verified', changeId: 'C4', checks, before, after }];
  const textOf = (value: unknown): string[] => (typeof value !== 'object' || value === null ? [] : Object.entries(value).flatMap(([name, inner]) => (name === 'text' && typeof inner === 'string' ? [inner] : textOf(inner))));

  test('is told in words, one below the other; the exact keys stand in Details', () => {
    const events = verified([key('checkout'), 'missing-index@table/shop/public.orders'], []);
    const { blocks } = card(events, 'change:C4');
    const texts = textOf(blocks);
    for (const part of ['Before', 'checks failing on service checkout', 'missing index on table public.orders of shop', 'After: ', 'none of these']) expect(texts).toContain(part);
    expect(shown(blocks)).not.toContain('@service/checkout');
    expect(blocks.filter((block) => block.type === 'section' && block.fields !== undefined)).toEqual([]);
    const details = shown(cardModal(view(events), 'change:C4', place));
    expect(details).toContain('checks failing on service checkout (checks-failing@service/checkout)');
    expect(shown(changeModal(view(story()), view(story()).changes[0]!, place))).toContain('missing-index@table/shop/public.orders');
  });

  test('what is left afterwards is told too', () => {
    const texts = textOf(card(verified([key('checkout'), key('cart')], [key('cart')]), 'change:C4').blocks);
    expect(texts.filter((text) => text === 'checks failing on service cart')).toHaveLength(2);
    expect(texts).not.toContain('none of these');
  });

  test('a list never hides exactly one, and Details has what it hides', () => {
    for (let count = 1; count <= 12; count += 1) {
      const { blocks } = card(verified(many(count), [], many(count).map((each) => `gone: ${each}`)), 'change:C4');
      const texts = textOf(blocks);
      const hidden = texts.flatMap((text) => /^… and (\d+) more$/.exec(text)?.[1] ?? []);
      expect(hidden).not.toContain('1');
      expect(texts.filter((text) => text.startsWith('checks failing on')).length + (count > 7 ? Number(hidden[0]) : 0)).toBe(count);
      expect(shown(blocks).includes('"action_id":"card_details"')).toBe(hidden.length > 0);
    }
  });
});

describe('an alert that is reported again', () => {
  const alert = storyAlert({ source: 'pagerduty', title: 'checkout takes 900 ms', url: undefined });
  const opened: IncidentEvent[] = [{ type: 'incident.opened', alert, channel: 'C0INCIDENT', title: alert.title }];

  test('leaves a note, and the root counts it', () => {
    expect(cardsOf(view(opened)).map(({ key }) => key)).toEqual(['root']);
    const once: IncidentEvent[] = [...opened, { type: 'alert.joined', alert }];
    expect(shown(card(once, 'note:2').blocks)).toMatch(/PagerDuty: checkout takes 900 ms.*joined this incident.*reported 2 times/);
    expect(shown(card(once, 'root').blocks)).toContain('reported 2 times');
    const twice: IncidentEvent[] = [...once, { type: 'alert.joined', alert }];
    expect(cardsOf(view(twice)).map(({ key }) => key)).toEqual(['root', 'note:2']);
    expect(shown(card(twice, 'note:2').blocks)).toContain('reported 3 times');
  });

  test('in other words, it has a note of its own', () => {
    const other = storyAlert({ source: 'pagerduty', title: 'checkout takes 1200 ms' });
    const events: IncidentEvent[] = [...opened, { type: 'alert.joined', alert: other }];
    expect(shown(card(events, 'note:2').blocks)).toMatch(/checkout takes 1200 ms.*joined this incident.*reported 2 times/);
    expect(shown(card(events, 'root').blocks)).toContain('reported 2 times');
  });
});

describe('the root card', () => {
  test('counts the tasks as the status does', () => {
    const now = view(story());
    const count = (value: unknown) => /\d+ of \d+ tasks done/.exec(shown(value))?.[0];
    expect(count(card(story(), 'root').blocks)).toBe('2 of 3 tasks done');
    expect(count(statusReply(now).blocks)).toBe('2 of 3 tasks done');
  });

  test('has the plan with a task for each specialist, who asked, the engine and the budget', () => {
    const { blocks } = card(story(), 'root');
    const plan = blocks.find(({ type }) => type === 'plan');
    expect(plan).toMatchObject({ tasks: [{ title: 'First look by the rules', status: 'in_progress' }, { title: 'Database: look at the database', status: 'complete' }, { title: 'Service: look at the service', status: 'complete' }] });
    for (const part of [`<@${requester.userId}>`, 'Rules only', '$0.12 of $2.00', '14 model calls', 'orders has no index on customer_id', '<https://grafana.example/alert/1|grafana.example>']) expect(shown(blocks)).toContain(part);
  });

  test('a report shows its worst findings with their evidence and what could not be seen', () => {
    const { blocks } = card(story(), 'report:T1');
    for (const part of ['orders has no index', 'No index serves', 'E3', 'Seq Scan on orders', 'pg_stat_statements is not installed', '2 more findings']) expect(shown(blocks)).toContain(part);
    expect(shown(cardsOf(view([...story().slice(0, 5), { type: 'specialist.reported', task: 'T1', report: { specialist: 'database', summary: 's', findings: [storyFinding({ supported: false })], gaps: [], evidence: [], outcome: 'complete', seconds: 1 } }])))).toContain('unsupported');
  });
});
