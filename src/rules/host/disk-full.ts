/** A file system without room: writes to it fail. */
import type { Filesystem } from '../machine-readings.ts';
import { list } from '../words.ts';
import { factsRule } from './machine-rule.ts';

const fullPercent = 99;
const nearlyPercent = 95;
const megabyte = 1024 * 1024;

export const diskFull = factsRule('disk-full', 'disk', ({ filesystems }, { name }) => {
  const counted = filesystems.filter(({ bytes }) => bytes >= megabyte);
  const full = counted.filter(isFull);
  const nearly = counted.filter((one) => !isFull(one) && one.used >= nearlyPercent);
  const [severity, found] = full.length > 0 ? (['critical', full] as const) : (['info', nearly] as const);
  if (found.length === 0) return [];
  return [{
    severity,
    mechanism: 'disk-full',
    title: `${list(found.map(({ mount, used }) => `${mount} of ${name} is ${used} % full`))}`,
    explanation: severity === 'critical' ? 'Programs that write there fail: databases stop accepting writes, logs and temporary files are lost. What may be deleted, or how the disk is enlarged, is for whoever owns the host to say.' : 'There is room left, but not much.',
    confidence: severity === 'critical' ? 0.9 : 0.6,
    shows: found.map(({ mount, used }) => [`disk ${mount} (`, `${used} % of`]),
  }];
});

/** Rounded up by df: a large disk of 100 % may have gigabytes left. */
function isFull({ used, availableBytes, bytes }: Filesystem): boolean {
  return used >= fullPercent && availableBytes < Math.max(64 * megabyte, bytes * 0.01);
}
