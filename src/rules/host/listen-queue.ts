/** A process that accepts no more connections: its listen queue is full, and the kernel drops new ones. */
import { list } from '../words.ts';
import { socketsRule } from './machine-rule.ts';

export const listenQueue = socketsRule('listen-queue-full', ({ listeners, counters }, { name }) => {
  const full = listeners.filter(({ waiting, limit }) => limit !== undefined && limit > 0 && waiting >= limit);
  if (full.length === 0) return [];
  const overflows = counters.find((one) => one.name === 'ListenOverflows')?.perSecond ?? 0;
  return [{
    severity: 'warning',
    mechanism: 'listen-queue-full',
    title: `Nobody accepts the connections to ${list(full.slice(0, 4).map(({ address, port }) => `${address}:${port}`))} of ${name}: ${full.length === 1 ? 'its listen queue is' : 'their listen queues are'} full`,
    explanation: `The process is stuck or too slow to accept; clients see timeouts, not refusals.${overflows > 0 ? ` ${overflows} connections were dropped in the second that was watched.` : ''} Look at what the process waits for.`,
    confidence: 0.85,
    shows: full.slice(0, 4).map(({ address, port }) => [`listens on ${address}:${port}:`, 'FULL']),
  }];
});
