/** Watches of the same process: a handler runs after the write that caused it, one at a time, in order. */
import type { StoredObject } from '../../objects/object.ts';
import type { Store } from '../../store/store.ts';

export interface WatchQueue {
  add(task: () => void): void;
  stop(): void;
}

export function createWatchQueue(failed: (error: unknown) => void): WatchQueue {
  let tasks: (() => void)[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let stopped = false;
  const run = (): void => {
    scheduled = undefined;
    const batch = tasks;
    tasks = [];
    for (const task of batch) {
      if (stopped) return;
      try {
        task();
      } catch (error) {
        failed(error);
      }
    }
  };
  return {
    add: (task) => {
      if (stopped) return;
      tasks.push(task);
      scheduled ??= setImmediate(run);
    },
    stop: () => {
      stopped = true;
      tasks = [];
      if (scheduled !== undefined) clearImmediate(scheduled);
    },
  };
}

export interface AnyHandler {
  added?(object: StoredObject): void;
  modified?(object: StoredObject, previous: StoredObject): void;
  deleted?(object: StoredObject): void;
}

export function watchInProcess(store: Store, queue: WatchQueue, resource: string, handler: AnyHandler): () => void {
  let ended = false;
  const later = (task: () => void): void => queue.add(() => {
    if (!ended) task();
  });
  for (const object of store.list(resource)) later(() => handler.added?.(object));
  const stop = store.watch(resource, undefined, (event) => later(() => {
    if (event.type === 'ADDED') handler.added?.(event.object);
    else if (event.type === 'DELETED') handler.deleted?.(event.object);
    else handler.modified?.(event.object, event.previous ?? event.object);
  }));
  return () => {
    ended = true;
    stop();
  };
}
