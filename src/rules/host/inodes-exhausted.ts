/** A file system that has room and can't hold one more file. */
import { list } from '../words.ts';
import { factsRule } from './machine-rule.ts';

export const inodesExhausted = factsRule('inodes-exhausted', 'disk', ({ filesystems }, { name }) => {
  const full = filesystems.filter(({ inodesUsed }) => inodesUsed !== null && inodesUsed >= 99);
  const nearly = filesystems.filter(({ inodesUsed }) => inodesUsed !== null && inodesUsed >= 95 && inodesUsed < 99);
  const [severity, found] = full.length > 0 ? (['critical', full] as const) : (['info', nearly] as const);
  if (found.length === 0) return [];
  return [{
    severity,
    mechanism: 'inodes-exhausted',
    title: list(found.map(({ mount, inodesUsed }) => `${mount} of ${name} has ${inodesUsed} % of its inodes in use`)),
    explanation: severity === 'critical' ? 'No new file can be made there ("No space left on device"), although bytes may be free: look for a folder with very many small files.' : 'Some inodes are left, but not many.',
    confidence: severity === 'critical' ? 0.9 : 0.6,
    shows: found.map(({ mount, inodesUsed }) => [`disk ${mount} (`, `inodes ${inodesUsed} % used`]),
  }];
});
