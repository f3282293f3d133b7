import type { Assessment } from '../../risk-level.ts';
import { plural } from '../words.ts';

/** Of a number of replicas that changes; also where a patch does it. */
export function ofScale({ before, after }: { before: number; after: number } = { before: Number.POSITIVE_INFINITY, after: 0 }): Assessment {
  if (after === 0) return { level: 'high', reasons: ['nothing answers any more'] };
  if (after < before) return { level: 'medium', reasons: [`${before - after} of ${before} pods end`] };
  if (after > 4 * Math.max(before, 1)) return { level: 'medium', reasons: ['more than four times the pods: they need room, and what they call gets more load'] };
  return { level: 'low', reasons: [`${plural(after - before, 'more pod')}, none ends`] };
}
