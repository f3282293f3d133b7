/** Once a day the gateways bind all timelines to one digest, look whether they are whole, and post both. */
import { randomUUID } from 'node:crypto';
import type { Store } from '../incident/store.ts';
import type { Logger } from '../telemetry/log.ts';
import { storeSource } from './source.ts';
import { verifyAudit } from './verify.ts';
import type { Verdict } from './verify.ts';

/** Where it is now; undefined when it could not be posted, or nobody knows whether it was. `again`: look for it first. */
export type PostAnchor = (anchor: { number: number; hash: string; at: string; again: boolean }, verdict: Verdict) => Promise<{ channel: string; ts: string } | undefined>;

export interface AnchoringParts {
  store: Pick<Store, 'audit' | 'timeline' | 'evidence'>;
  /** Absent: no channel is configured. */
  post?: PostAnchor | undefined;
  log: Logger;
  /** Aborted: no look begins, and one that fails is no news. */
  ending?: AbortSignal;
  now?: () => Date;
}

/** Longer than a verification and a post take. */
const claimSeconds = 300;
const tickMilliseconds = 10 * 60_000;

/** One look: takes the day's anchor unless there is one, and posts the newest unless it is posted. Safe in many processes at once. */
export async function anchorOnce({ store, post, log, now = () => new Date() }: AnchoringParts, holder: string): Promise<void> {
  const today = now().toISOString().slice(0, 10);
  const taken = await store.audit.anchor({ notSince: today });
  if (taken) log.info({ anchor: taken.number, digest: taken.hash }, 'audit anchor taken');
  const claim = post && (await store.audit.claimPost(holder, claimSeconds));
  if (!taken && !claim) return;
  const verdict = await verifyAudit(storeSource(store));
  if (verdict.problems.length > 0) log.error({ problems: verdict.problems.slice(0, 10) }, 'the audit trail is broken; run: sre-agent audit verify');
  if (!post || !claim) return;
  const place = await post(claim, verdict);
  if (place) await store.audit.posted(claim.number, place.channel, place.ts);
  else log.warn({ anchor: claim.number }, 'the audit anchor could not be posted; tried again soon');
}

/** Returns what ends it, after the look that is under way. */
export function startAnchoring(parts: AnchoringParts): () => Promise<void> {
  const holder = randomUUID();
  let running: Promise<void> = Promise.resolve();
  const tick = (): void => {
    if (parts.ending?.aborted) return;
    running = running.then(() => anchorOnce(parts, holder)).catch((error: unknown) => {
      if (!parts.ending?.aborted) parts.log.warn({ error }, 'no audit anchor; tried again soon');
    });
  };
  tick();
  const timer = setInterval(tick, tickMilliseconds);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
