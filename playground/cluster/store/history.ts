/** The latest events of each resource, so that a watch can go on where it broke off. Old ones fall out. */
import type { StoreEvent } from './store.ts';

export interface HistoryLimits {
  perResource: number;
  overall: number;
}

export interface History {
  add(resource: string, revision: number, event: StoreEvent): void;
  /** Events after `revision`, oldest first. */
  since(resource: string, revision: number): StoreEvent[];
  /** A watch from before this version has missed something. */
  floor(resource: string): number;
}

interface Kept {
  events: { revision: number; event: StoreEvent }[];
  floor: number;
}

export function createHistory(limits: HistoryLimits, firstRevision: number): History {
  const kept = new Map<string, Kept>();
  let total = 0;

  const keptOf = (resource: string): Kept => {
    let one = kept.get(resource);
    if (one === undefined) {
      one = { events: [], floor: firstRevision };
      kept.set(resource, one);
    }
    return one;
  };
  /** A tenth at a time: cutting an array for every event would cost more than the event. */
  const cut = (one: Kept): void => {
    const dropped = one.events.splice(0, Math.ceil(one.events.length / 10));
    total -= dropped.length;
    one.floor = dropped.at(-1)?.revision ?? one.floor;
  };
  const oldest = (): Kept | undefined => {
    const filled = [...kept.values()].filter((one) => one.events.length > 0);
    return filled.toSorted((a, b) => (a.events[0]?.revision ?? 0) - (b.events[0]?.revision ?? 0))[0];
  };

  return {
    add: (resource, revision, event) => {
      const one = keptOf(resource);
      one.events.push({ revision, event });
      total += 1;
      if (one.events.length > limits.perResource) cut(one);
      while (total > limits.overall) {
        const first = oldest();
        if (first === undefined) break;
        cut(first);
      }
    },
    since: (resource, revision) => (kept.get(resource)?.events ?? []).filter((one) => one.revision > revision).map(({ event }) => event),
    floor: (resource) => kept.get(resource)?.floor ?? firstRevision,
  };
}
