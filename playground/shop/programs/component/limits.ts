/** How much a component takes on: requests a second, and requests at once. */
import { RequestFailure } from '../common/failure.ts';
import type { Log } from '../common/log.ts';
import type { Metrics } from '../common/metrics.ts';

const complaintMilliseconds = 5_000;

/** A token bucket that holds a second's worth. The function throws RequestFailure 429. 0: no limit. */
export function createRateLimit(perSecond: number, log: Log, metrics: Metrics): () => void {
  const refused = metrics.counter('rate_limited_requests_total', 'Requests refused by the rate limit');
  metrics.gauge('rate_limit_requests_per_second', 'The rate limit; 0: none', () => perSecond);
  const complain = atMostEvery(complaintMilliseconds);
  let left = perSecond;
  let at = Date.now();
  let count = 0;
  return () => {
    if (perSecond === 0) return;
    const now = Date.now();
    left = Math.min(perSecond, left + ((now - at) / 1000) * perSecond);
    at = now;
    if (left >= 1) {
      left -= 1;
      return;
    }
    refused();
    count += 1;
    complain(() => log('warn', `rate limit of ${perSecond} requests a second: refused`, { code: 'RATE_LIMITED', limit_rps: perSecond, refused: count }));
    throw new RequestFailure(429, 'RATE_LIMITED', `more than ${perSecond} requests a second`);
  };
}

/** At most `size` at once, `queueLength` more in a line; what waits is worked off even when nobody waits for it any more. 0: no limit. */
export function createSlots(size: number, queueLength: number, log: Log, metrics: Metrics): <T>(work: () => Promise<T>) => Promise<T> {
  const line: { start: () => void; since: number }[] = [];
  const complain = atMostEvery(complaintMilliseconds);
  let busy = 0;
  metrics.gauge('worker_slots', 'Requests worked on at once; 0: no limit', () => size);
  metrics.gauge('worker_slots_busy', 'Requests being worked on', () => busy);
  metrics.gauge('worker_queue_length', 'Requests waiting for a slot', () => line.length);
  return async (work) => {
    if (size > 0 && busy >= size) {
      const state = { workers: size, waiting: line.length, queue_limit: queueLength, oldest_ms: line[0] === undefined ? 0 : Date.now() - line[0].since };
      if (line.length >= queueLength) {
        complain(() => log('error', `all ${size} workers busy and the queue is full`, { code: 'QUEUE_FULL', ...state }));
        throw new RequestFailure(503, 'QUEUE_FULL', `${size} workers busy, ${line.length} requests waiting`);
      }
      if (line.length >= size) complain(() => log('warn', `all ${size} workers busy: ${line.length} requests wait`, { code: 'QUEUED', ...state }));
      await new Promise<void>((start) => line.push({ start, since: Date.now() }));
    } else {
      busy += 1;
    }
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next) next.start();
      else busy -= 1;
    }
  };
}

function atMostEvery(milliseconds: number): (work: () => void) => void {
  let last = 0;
  return (work) => {
    if (Date.now() - last < milliseconds) return;
    last = Date.now();
    work();
  };
}
