/** Events are kept for an hour after they were last seen. */
import type { ClusterClient } from '../../client.ts';
import type { ObjectOf } from '../../objects/object.ts';
import { failureLog, managed, type ClusterControllerSettings, type Running } from './settings.ts';

const keptMilliseconds = 3_600_000;
const lookMilliseconds = 60_000;

export function startEventExpiry(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('event-expiry'));
  const failed = failureLog(settings, 'event-expiry');
  const timer = setInterval(() => {
    try {
      removeExpired(client, Date.now());
    } catch (error) {
      failed('events', error);
    }
  }, lookMilliseconds);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** `now`: milliseconds since the epoch. */
export function removeExpired(client: ClusterClient, now: number): void {
  for (const event of client.list('events')) {
    if (now - lastSeen(event) > keptMilliseconds) client.delete('events', event.metadata.namespace, event.metadata.name, { uid: event.metadata.uid });
  }
}

function lastSeen({ metadata, lastTimestamp, eventTime, series }: ObjectOf<'events'>): number {
  const times = [metadata.creationTimestamp, lastTimestamp, eventTime, series?.lastObservedTime].map((time) => Date.parse(time ?? ''));
  return Math.max(...times.filter((time) => !Number.isNaN(time)));
}
