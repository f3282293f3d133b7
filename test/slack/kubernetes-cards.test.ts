/** The cards of the Kubernetes actions: what runs can be read whole, and Slack takes them. */
import { expect, test } from 'vitest';
import { checkMessageBlocks } from '../../playground/workspace/validation/message-blocks.ts';
import { checkView } from '../../playground/workspace/validation/views.ts';
import { kindOf } from '../../src/changes/actions/kinds.ts';
import { foldEvents } from '../../src/incident/view.ts';
import { isReadable } from '../../src/slack/blocks/change-buttons.ts';
import { changeModal } from '../../src/slack/blocks/modals.ts';
import { cardsOf } from '../../src/slack/cards.ts';
import { openFakeWorld } from '../changes/actions/cluster-world.ts';
import { samples } from '../changes/actions/kubectl-samples.ts';
import { digest, story, storyChange, stored } from '../support/story.ts';

const actions = Object.values(samples).filter((action) => action.kind !== 'helm.rollback');

test('Details holds the whole undo, however long: it runs by itself', () => {
  const end = 'the last words of the undo';
  const change = storyChange({ undo: { kind: 'automatic', command: [`${'x'.repeat(6000)} ${end}`], description: 'Back.' }, digest });
  const view = foldEvents(undefined, stored([...story().slice(0, 10), { type: 'change.proposed', change }]));
  const shown = view.changes.find(({ id }) => id === change.id);
  if (!shown) throw new Error('no change');
  const modal = changeModal(view, shown, { channel: 'C0INCIDENT', threadTs: '1700000000.000100' });
  expect(JSON.stringify(modal)).toContain(end);
  expect(checkView(JSON.parse(JSON.stringify(modal)) as never)).toMatchObject({ ok: true });
});

test.each(actions)('$kind', async (action) => {
  const { checks, ...prepared } = await kindOf(action).prepare(action, openFakeWorld().context);
  const template = storyChange();
  const change = storyChange({ action, ...prepared, verification: { checks, soakSeconds: 20 }, digest });
  const events = story().map((event) => (event.type === 'change.proposed' && event.change.id === template.id ? { ...event, change } : event));
  const view = foldEvents(undefined, stored(events.slice(0, events.findIndex((event) => event.type === 'change.proposed') + 1)));
  const card = cardsOf(view).find(({ key }) => key === `change:${change.id}`);
  if (!card) throw new Error('no card');
  const { blocks } = JSON.parse(JSON.stringify(card)) as { blocks: [] };
  expect(checkMessageBlocks(blocks)).toEqual({ ok: true });
  expect(isReadable(change)).toBe(true);
  const text = JSON.stringify(blocks);
  expect(text).toContain(JSON.stringify(change.command[0]).slice(1, -1));
  expect(text).toContain(JSON.stringify(change.preview.split('\n')[0]).slice(1, -1));
  const shown = view.changes.find(({ id }) => id === change.id);
  if (!shown) throw new Error('no change');
  const modal = changeModal(view, shown, { channel: 'C0INCIDENT', threadTs: '1700000000.000100' });
  expect(checkView(JSON.parse(JSON.stringify(modal)) as never)).toMatchObject({ ok: true });
});
