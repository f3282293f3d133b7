/** "is looking at the database...": set by the app, cleared by its next message in the thread or after two minutes. */
import type { PageEvent } from './page-api.ts';
import type { PageEvents } from './page-events.ts';

const CLEARED_AFTER_MILLISECONDS = 120_000;

export interface ThreadStatuses {
  /** '' clears. */
  set(channel: string, threadTs: string, status: string): void;
  /** For a page that has just connected. */
  current(): PageEvent[];
  close(): void;
}

export function createThreadStatuses(pageEvents: PageEvents): ThreadStatuses {
  const statuses = new Map<string, { event: PageEvent; timer: NodeJS.Timeout }>();
  const set = (channel: string, threadTs: string, status: string): void => {
    const key = `${channel}:${threadTs}`;
    const before = statuses.get(key);
    if (before === undefined && status === '') return;
    clearTimeout(before?.timer);
    statuses.delete(key);
    const event: PageEvent = { type: 'thread_status', channel, thread_ts: threadTs, status };
    if (status !== '') {
      const timer = setTimeout(() => set(channel, threadTs, ''), CLEARED_AFTER_MILLISECONDS);
      timer.unref();
      statuses.set(key, { event, timer });
    }
    pageEvents.publish(event);
  };
  return {
    set,
    current: () => [...statuses.values()].map((entry) => entry.event),
    close() {
      for (const entry of statuses.values()) clearTimeout(entry.timer);
      statuses.clear();
    },
  };
}
