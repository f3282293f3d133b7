import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDesk } from '../../src/incident/create-desk.ts';
import { titleOf } from '../../src/incident/title.ts';
import { createTestStore, testAlert } from '../support/store.ts';
import { noOffers } from '../support/desk.ts';

it('a long title with an emoji at the cut opens an incident, and half a character is nowhere', async () => {
  const { store, close } = await createTestStore();
  const desk = createDesk({ ...noOffers,
    store,
    queue: { add: async () => undefined, work: async () => undefined, depth: async () => ({ waiting: 0, active: 0 }), close: async () => undefined },
    decide: async () => ({ outcome: 'approved' }),
  });
  const { incident } = await desk.open(testAlert({ title: `${'x'.repeat(138)}🔥${'y'.repeat(50)}` }), { channel: 'C1' });
  expect((await store.incidents.get(incident.id))?.title).toMatch(/^x{138}(🔥)?…$/u);
  await close();
});

it('is one line of at most 140 whole characters, and never empty', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
    const title = titleOf(text);
    expect([...title].length).toBeLessThanOrEqual(140);
    expect(title).not.toMatch(/\n/);
    expect(title.trim()).not.toBe('');
    expect(Buffer.from(title).toString()).toBe(title);
  }));
});
