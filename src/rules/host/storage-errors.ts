/** The kernel can't read or write a disk, or took a file system out of use. */
import { factsRule, isRecent } from './machine-rule.ts';

const readOnly = /remounting filesystem read-only|(?:force_)?shut(?:ting)? ?down (?:the )?filesystem|filesystem has been shut down/i;
const failing = /\bI\/O error\b|blk_update_request: (?:critical )?\w+ error|EXT4-fs error|XFS .*(?:metadata I\/O error|Corruption)|BTRFS (?:error|critical)|medium error/i;
const recentSeconds = 24 * 3_600;

export const storageErrors = factsRule('storage-errors', 'disk', (facts, { name }) => {
  const recent = facts.kernel.filter(({ at }) => at !== '' && isRecent(at, facts, recentSeconds));
  const closed = recent.filter(({ text }) => readOnly.test(text));
  const broken = recent.filter(({ text }) => failing.test(text));
  const found = closed.length > 0 ? closed : broken;
  if (found.length === 0) return [];
  return [{
    severity: closed.length > 0 ? 'critical' : 'warning',
    mechanism: closed.length > 0 ? 'filesystem-read-only' : 'storage-errors',
    title: closed.length > 0 ? `A file system of ${name} was taken out of use after errors: nothing can be written to it` : `The kernel of ${name} reports errors of a disk`,
    explanation: 'A disk, its connection or its file system is damaged. Nothing is repaired from here: restarting what uses it may make it worse.',
    confidence: 0.85,
    shows: found.slice(-2).map(({ text }) => [text.slice(0, 80)]),
  }];
});
