import type { ActionOf } from '../../action.ts';
import type { Assessment } from '../../risk-level.ts';

/** What stops traffic can stop more than was meant; what lets anybody in lets in more than was meant. */
export function riskOfRule({ operation, chain, rule }: ActionOf<'iptables.rule'>): Assessment {
  const armed = 'the host takes it back by itself unless it is verified';
  if (operation === 'insert' && rule.action !== 'ACCEPT') return { level: 'high', reasons: [`it stops traffic of a whole host (${rule.action})`, armed] };
  if (operation === 'delete' && rule.action === 'ACCEPT') return { level: 'high', reasons: ['traffic that was let through may be stopped', armed] };
  if (operation === 'delete') return { level: 'medium', reasons: ['traffic that was stopped may pass: it is no longer stopped by this rule', armed] };
  if (rule.source === undefined && chain !== 'OUTPUT') return { level: 'high', reasons: ['it lets traffic in from anywhere', armed] };
  return { level: 'medium', reasons: ['it lets traffic through that may have been stopped', armed] };
}
