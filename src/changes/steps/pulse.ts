/** Tells the store, for as long as a change runs here, that somebody works on it. */
import type { Run } from './run.ts';

export function startPulse({ store, change, identity, pace, log }: Run): () => void {
  const timer = setInterval(() => {
    store.changes.heartbeat(change.id, identity).catch((error: unknown) => log.warn({ error, change: change.id }, 'no heartbeat'));
  }, pace.heartbeatMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}
