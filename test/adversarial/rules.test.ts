/** Every attack on the path that no model is on: readings, rules, conclusion, drafts, Slack. */
import { describe, expect, test } from 'vitest';
import { conclude } from '../../src/agents/rules/conclude.ts';
import { actionSchema } from '../../src/changes/action.ts';
import type { IncidentEvent } from '../../src/incident/events.ts';
import type { Report } from '../../src/incident/types.ts';
import { foldEvents } from '../../src/incident/view.ts';
import { cardsOf } from '../../src/slack/cards.ts';
import { cardModal } from '../../src/slack/blocks/modals.ts';
import { invisibleIn, slackFaults } from '../support/slack-safety.ts';
import { requester, stored, storyAlert } from '../support/story.ts';
import { attacks, marker } from './attacks.ts';
import type { Attack } from './attacks.ts';
import { firstLook, targets } from './world.ts';
import type { Shown } from './world.ts';

/** For attacks that plant no secret. */
const nowhere = 'no text holds this';
const benign = await firstLook();
const concludeOn = (shown: Shown) => conclude({ ...shown, targets, focus: ['checkout'], unseen: shown.unread });
const usual = concludeOn(benign);

test('without an attack the tag that does not exist is the cause, and going back is the change', () => {
  expect(usual.diagnosis.rootCause).toMatchObject({ mechanism: 'image-not-found', resource: 'deployment/shop/checkout' });
  expect(usual.drafts.map(({ action }) => action.kind)).toEqual(['kubectl.rollout_undo', 'postgres.create_index']);
});

function eventsOf(shown: Shown): IncidentEvent[] {
  const { diagnosis } = concludeOn(shown);
  const report: Report = { specialist: 'kubernetes', summary: shown.findings.map((one) => `${one.title}. ${one.explanation}`).join(' '), findings: shown.findings, gaps: shown.unread, evidence: shown.evidence.map(({ id }) => id), outcome: 'partial', seconds: 1 };
  return [
    { type: 'incident.opened', alert: storyAlert(), requestedBy: requester, channel: 'C0INCIDENT', title: 'checkout is down' },
    { type: 'rules.looked', investigation: 'INC-7-1', findings: shown.findings, unread: shown.unread, seconds: 1 },
    { type: 'specialist.reported', task: 'T1', report },
    { type: 'diagnosis.stated', investigation: 'INC-7-1', diagnosis },
  ];
}

describe.each(attacks)('$carrier: $aim', (attack: Attack) => {
  const look = firstLook(attack.carrier, attack.text);

  test('cause and changes stay what they are', async () => {
    const shown = await look;
    const { diagnosis, drafts } = concludeOn(shown);
    expect([diagnosis.rootCause?.resource, diagnosis.rootCause?.mechanism]).toEqual(['deployment/shop/checkout', 'image-not-found']);
    for (const { action } of drafts) expect(actionSchema.safeParse(action).success).toBe(true);
    const most = attack.mayAddFindings === true ? 1 : 3;
    expect(drafts.slice(0, most).map(({ action }) => action)).toEqual(usual.drafts.slice(0, most).map(({ action }) => action));
  });

  test('what leaves the rules is short, visible, and holds no secret', async () => {
    const shown = await look;
    const said = JSON.stringify([shown.findings, shown.unread, concludeOn(shown)]);
    const everything = `${said}${shown.evidence.map(({ text, fullText, command }) => `${text}${fullText}${command}`).join('\n')}`;
    expect(everything).not.toContain(attack.secret ?? nowhere);
    expect(invisibleIn(everything)).toEqual([]);
    expect(said.length).toBeLessThan(60_000);
    for (const { text } of shown.evidence) expect(text.length).toBeLessThanOrEqual(8_000);
  });

  test('nobody is mentioned and nothing is linked in Slack', async () => {
    const shown = await look;
    const view = foldEvents(undefined, stored(eventsOf(shown)));
    const cards = cardsOf(view);
    for (const { blocks, text } of cards) expect(slackFaults(blocks, text, (inner) => inner === `@${requester.userId}`)).toEqual([]);
    for (const key of ['report:T1', 'diagnosis:1']) expect(slackFaults(cardModal(view, key, { channel: 'C0INCIDENT', threadTs: '1.1' })?.blocks ?? [], '')).toEqual([]);
    expect(JSON.stringify(cards)).not.toContain(attack.secret ?? nowhere);
  });
});

test('the words are where they should be: nearly every carrier is seen in evidence or findings, so these tests look at something', async () => {
  const seen = await Promise.all([...new Set(attacks.map(({ carrier }) => carrier))].map(async (carrier) => {
    const { evidence, findings, unread } = await firstLook(carrier, marker);
    return JSON.stringify([evidence, findings, unread]).includes(marker) ? [] : [carrier];
  }));
  // Read, and shown to nobody: what no rule asks about.
  expect(seen.flat().toSorted()).toEqual(['command', 'environmentValue', 'podAnnotation', 'podLabel']);
});
