/** The table of tracked connections is full: packets of new ones are dropped, without a word to the other side. */
import { socketsRule } from './machine-rule.ts';

export const connectionTracking = socketsRule('conntrack-table-full', ({ conntrack }, { name }) => {
  if (conntrack === undefined || !(conntrack.limit > 0)) return [];
  const share = conntrack.used / conntrack.limit;
  if (share < 0.85) return [];
  const full = share >= 0.97;
  return [{
    severity: full ? 'critical' : 'info',
    mechanism: 'conntrack-table-full',
    title: `${name} tracks ${conntrack.used} of ${conntrack.limit} connections`,
    explanation: full ? 'New connections to, from and through this host are dropped and time out, while established ones work. Raise net.netfilter.nf_conntrack_max, or find who opens so many.' : 'Beyond the limit new connections are dropped.',
    confidence: full ? 0.92 : 0.6,
    shows: [['connection tracking:', conntrack.used, conntrack.limit]],
  }];
});
