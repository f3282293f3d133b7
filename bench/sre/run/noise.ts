/**
 * Trouble that has nothing to do with the fault and is over by itself: pods of services outside its chain are replaced, and a
 * session reads something slow. Drawn from the world's seed; nothing of it is left when it stopped.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Truth } from '../../../playground/scenarios/scenario.ts';
import type { World } from '../../../playground/scenarios/world.ts';

/** Begins at once. @returns ends it, and waits until it has */
export function startNoise(world: World, truth: Truth, log: (line: string) => void): () => Promise<void> {
  const random = world.random.fork('noise');
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    for (let round = 0; round < 4; round += 1) {
      const what = random.pick([losePod, losePod, readSlowly]);
      await what(world, truth, random).then((words) => log(`noise: ${words}`), (error: unknown) => log(`noise: ${String(error)}`));
      await sleep(random.integer(8, 20) * 1000, undefined, { signal: stopping.signal });
    }
  };
  const over = loop().catch(() => undefined);
  return async () => {
    stopping.abort();
    await over;
  };
}

async function losePod(world: World, { root, chain }: Truth, random: World['random']): Promise<string> {
  const involved = new Set([...root, ...chain].map((name) => name.split('/').at(-1)));
  const pods = (await world.cluster.list('pods')).filter(({ metadata, status }) => {
    const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'ReplicaSet')?.name.replace(/-[a-z0-9]+$/, '');
    return owner !== undefined && !involved.has(owner) && status?.phase === 'Running';
  });
  if (pods.length === 0) return 'no pod is uninvolved';
  const { name } = random.pick(pods).metadata;
  await world.cluster.remove('pods', name);
  return `pod ${name} is lost`;
}

async function readSlowly(world: World, _truth: Truth, random: World['random']): Promise<string> {
  const session = await world.database('orders-db').session('reporting', random.pick(['psql', 'metabase', 'dbeaver']));
  try {
    await session.query(`SELECT pg_sleep(${random.integer(2, 4)})`);
  } finally {
    await session.end();
  }
  return 'a session read slowly';
}
