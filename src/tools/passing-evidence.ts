/** Evidence of verification is looked at once, for quotes, and not kept: the timeline keeps what came out of it. */
import { createHash } from 'node:crypto';
import type { Store } from '../incident/store.ts';

export function passingEvidence(): Pick<Store['evidence'], 'add'> {
  let count = 0;
  return {
    async add(_incidentId, { specialist, tool, command, text, fullText, failed }) {
      count += 1;
      return { id: `E${count}`, specialist, tool, command, text, failed, hash: createHash('sha256').update(fullText).digest('hex'), at: new Date().toISOString() };
    },
  };
}
