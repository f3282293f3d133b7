/** Whether a world is well: every service within its objectives, every pod that is to stay ready. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../../../playground/scenarios/world.ts';

/** What is not well, in words; empty when all is. */
export async function complaints(world: World): Promise<string[]> {
  return [...servicesNotHealthy(world), ...(await podsNotReady(world))];
}

export function servicesNotHealthy(world: World): string[] {
  const known = new Map(world.services.figures().map((figures) => [figures.name, figures]));
  return world.services.names().flatMap((name) => {
    const figures = known.get(name);
    if (figures?.state === 'healthy') return [];
    if (figures === undefined) return [`${name} has no figures`];
    return [`${name} is ${figures.state} (${Math.round(figures.successRate * 100)} % of ${figures.requests} requests, p95 ${Math.round(figures.p95Milliseconds)} ms)`];
  });
}

/** Pods of jobs end, and what ended or is going is no complaint: their owners speak for them. */
export async function podsNotReady(world: World): Promise<string[]> {
  const pods = await world.cluster.list('pods');
  return pods.flatMap(({ metadata, status }) => {
    const ends = metadata.ownerReferences?.some(({ kind }) => kind === 'Job') === true || ['Succeeded', 'Failed'].includes(status?.phase ?? '');
    if (ends || metadata.deletionTimestamp !== undefined) return [];
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    return ready?.status === 'True' ? [] : [`pod ${metadata.name} is not ready (${status?.phase ?? 'no status'})`];
  });
}

/** Asks until nothing is complained of. @returns the last complaints; empty when all was well in time */
export async function waitUntilHealthy(world: World, seconds: number): Promise<string[]> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await complaints(world);
    if (found.length === 0 || performance.now() > end) return found;
    await sleep(500);
  }
}
