/** Processes that the kernel ended for want of memory. */
import type { MemoryKill } from '../machine-readings.ts';
import { count, list } from '../words.ts';
import { factsRule, isRecent } from './machine-rule.ts';

const recentSeconds = 3_600;

export const memoryKills = factsRule('out-of-memory-kills', 'memory', (facts, { name }) => {
  const recent = facts.memoryKills.filter(({ at }) => isRecent(at, facts, recentSeconds));
  const found = recent.length > 0 ? recent : facts.memoryKills;
  if (found.length === 0) return [];
  const victims = [...new Set(found.map(({ process }) => process))].slice(0, 4);
  return [{
    severity: recent.length > 0 ? 'warning' : 'info',
    mechanism: 'out-of-memory-kills',
    title: `The kernel of ${name} ended ${count(found.length, 'process', 'processes')} for want of memory ${recent.length > 0 ? 'within the last hour' : 'within the last day, none in the last hour'}: ${list(victims)}`,
    explanation: `${limitOf(found)} Whatever was served by them was cut off.`,
    confidence: 0.9,
    shows: found.slice(-3).map(({ pid, process }) => [String(pid), process]),
  }];
});

function limitOf(kills: readonly MemoryKill[]): string {
  const ofGroup = kills.filter(({ ofGroup: group }) => group).length;
  if (ofGroup === kills.length) return 'They reached the limit of their own control group (a container\'s, or a unit\'s), while the host had memory left.';
  return ofGroup === 0 ? 'The host itself ran out of memory.' : 'Some reached the limit of their own control group, others the end of the host\'s memory.';
}
