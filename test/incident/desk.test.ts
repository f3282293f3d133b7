import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDesk } from '../../src/incident/create-desk.ts';
import type { QueueBackend } from '../../src/queue/queue.ts';
import { createTestStore, testAlert } from '../support/store.ts';
import { noOffers } from '../support/desk.ts';

let world: Awaited<ReturnType<typeof createTestStore>>;
let queued: string[];
beforeEach(async () => {
  world = await createTestStore();
  queued = [];
});
afterEach(() => world.close());

function desk() {
  const queue = { add: async (_name: string, id: string) => void (queued.includes(id) || queued.push(id)) } as unknown as QueueBackend;
  return createDesk({ ...noOffers, store: world.store, queue, decide: () => Promise.reject(new Error('not used')) });
}

async function diagnosed(): Promise<string> {
  const { incident } = await desk().open(testAlert(), { channel: 'C1' });
  await world.store.timeline.append(incident.id, { type: 'investigation.started', investigation: `${incident.id}-1`, engine: 'rules' });
  await world.store.incidents.setStatus(incident.id, ['open'], 'diagnosed');
  return incident.id;
}

describe('an alert that fires again', () => {
  it('is only noted while it never ended', async () => {
    const id = await diagnosed();
    await desk().open(testAlert(), { channel: 'C1' });
    expect(queued).toEqual([`investigate-${id}-1`]);
  });

  it('is investigated anew when it had ended, once for all its deliveries', async () => {
    const id = await diagnosed();
    await desk().noteResolved(testAlert({ status: 'resolved' }));
    await Promise.all([desk().open(testAlert(), { channel: 'C1' }), desk().open(testAlert(), { channel: 'C1' })]);
    expect(queued).toEqual([`investigate-${id}-1`, `investigate-${id}-2`]);
  });
});
