/** The day's anchor in its channel: once, by whichever gateway is first, also when one died over it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { anchorOnce } from '../../src/audit/anchoring.ts';
import type { PostAnchor } from '../../src/audit/anchoring.ts';
import type { Store } from '../../src/incident/store.ts';
import { createAnchorPost } from '../../src/slack/audit-post.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { startSlackWorld, troubles } from '../support/slack-world.ts';
import type { SlackWorld } from '../support/slack-world.ts';
import { testAlert } from '../support/store.ts';

const channel = 'C0INCIDENT';
let world: SlackWorld;
let post: PostAnchor;
beforeEach(async () => {
  world = await startSlackWorld();
  post = createAnchorPost(world.client, channel);
  await world.store.incidents.openOrJoin({ alert: testAlert(), channel, title: 'A problem' });
});
afterEach(() => world.close());

const texts = (): string[] => world.workspace.messages(channel).filter(({ metadata }) => metadata?.event_payload['incident'] === 'audit').map((message) => JSON.stringify(message));
const look = (over: Partial<Parameters<typeof anchorOnce>[0]> = {}, holder = 'one'): Promise<void> => anchorOnce({ store: world.store, post, log: silentLogger, ...over }, holder);
/** The lease of whoever has the post runs out. */
const impatient: Store['audit']['claimPost'] = (holder) => world.store.audit.claimPost(holder, 0);
const store = (): Store => ({ ...world.store, audit: { ...world.store.audit, claimPost: impatient } });

test('ten gateways, day after day', async () => {
  await Promise.all(Array.from({ length: 10 }, (_, index) => look({}, `gateway ${index}`)));
  const [anchor] = await world.store.audit.anchors();
  expect(texts()).toEqual([expect.stringMatching(`whole: 1 incidents, 1 events[^]*${anchor?.hash}`) as string]);
  await look();
  expect(texts()).toHaveLength(1);
  const tomorrow = (): Date => new Date(Date.now() + 24 * 3_600_000);
  await look({ now: tomorrow });
  expect(await world.store.audit.anchors()).toHaveLength(2);
  expect(texts()).toHaveLength(2);
});

test('a gateway that died after it posted: the next one finds the message and posts no other', async () => {
  await expect(look({ store: { ...store(), audit: { ...store().audit, posted: () => Promise.reject(new Error('died here')) } } })).rejects.toThrow('died here');
  expect(texts()).toHaveLength(1);
  await look({ store: store() });
  expect(texts()).toHaveLength(1);
  expect(await world.store.audit.claimPost('two', 60)).toBeUndefined();
});

test('Slack that does not answer is asked again', async () => {
  await look({ store: store(), post: () => Promise.resolve(undefined) });
  expect(texts()).toHaveLength(0);
  await look({ store: store() });
  expect(texts()).toHaveLength(1);
});

test('a broken trail is said in the channel', async () => {
  const broken: Store = { ...store(), timeline: { ...world.store.timeline, whole: async (id) => ({ ...(await world.store.timeline.whole(id)), events: [] }) } };
  await look({ store: broken });
  expect(texts()).toEqual([expect.stringMatching(/audit trail is broken[^]*INC-1, event 1/) as string]);
  expect(troubles(world.lines)).toEqual([]);
});
