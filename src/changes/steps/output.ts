import { createHash } from 'node:crypto';

/** What an event keeps of a run: the output without secrets, the hash of what it really was, and as whom it ran. */
export function outputFacts({ output, identity }: { output: string; identity?: string | undefined }, redact: (text: string) => string): { output: string; outputHash: string; identity?: string } {
  return { output: redact(output), outputHash: createHash('sha256').update(output, 'utf8').digest('hex'), ...(identity !== undefined && { identity: redact(identity) }) };
}
