/** The hash chain: each event binds the one before, the incident's row binds the last. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../changes/canonical-json.ts';
import type { StoredEvent } from '../../incident/events.ts';

export const firstPreviousHash = '0'.repeat(64);

/** SHA-256, lower-case hex. */
export function hashEvent({ incidentId, sequence, at, event, previousHash }: Omit<StoredEvent, 'hash'>): string {
  return createHash('sha256')
    .update(previousHash)
    .update(canonicalJson({ incidentId, sequence, at, event }))
    .digest('hex');
}

/** `events` in order of sequence; `head` is what the incident's row says the last one is. */
export function findBreak(events: StoredEvent[], head: { sequence: number; hash: string }): { brokenAt: number } | undefined {
  let previousHash = firstPreviousHash;
  for (const [index, event] of events.entries()) {
    const whole = event.sequence === index + 1 && event.previousHash === previousHash && event.hash === hashEvent(event);
    if (!whole) return { brokenAt: index + 1 };
    previousHash = event.hash;
  }
  if (head.sequence > events.length) return { brokenAt: events.length + 1 };
  if (head.sequence < events.length) return { brokenAt: head.sequence + 1 };
  return head.hash === previousHash ? undefined : { brokenAt: Math.max(events.length, 1) };
}
