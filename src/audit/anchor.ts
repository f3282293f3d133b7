/** An anchor binds every timeline as it stood at one moment, and the anchor before. Whoever keeps its hash elsewhere can tell a rewriting. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../changes/canonical-json.ts';

/** The last event that an incident had, and its evidence. */
export interface AnchorHead {
  incidentId: string;
  sequence: number;
  hash: string;
  /** E1 to E<count>. */
  evidenceCount: number;
  /** hashEvidence() of these. */
  evidenceHash: string;
}

export interface Anchor {
  /** 1, 2, 3, ... without holes. */
  number: number;
  /** ISO 8601. */
  at: string;
  /** Of the incidents that moved since the anchor before, in order of their ids. */
  heads: AnchorHead[];
  previousHash: string;
  /** SHA-256, lower-case hex, of previousHash and the canonical JSON of the rest. */
  hash: string;
}

export const firstAnchorHash = '0'.repeat(64);

export function hashAnchor({ number, at, heads, previousHash }: Omit<Anchor, 'hash'>): string {
  return createHash('sha256')
    .update(`sre-agent/anchor/v1\n${previousHash}`)
    .update(canonicalJson({ number, at, heads: heads.map(({ incidentId, sequence, hash, evidenceCount, evidenceHash }) => ({ incidentId, sequence, hash, evidenceCount, evidenceHash })) }))
    .digest('hex');
}

/** Of the hashes of E1, E2, ... in order; the store computes the same in SQL. */
export function hashEvidence(hashes: readonly string[]): string {
  return createHash('sha256').update(hashes.join(',')).digest('hex');
}

/** The number of the first anchor that is not what it was; undefined when all are. */
export function findAnchorBreak(anchors: readonly Anchor[]): number | undefined {
  let previousHash = firstAnchorHash;
  for (const [index, anchor] of anchors.entries()) {
    if (anchor.number !== index + 1 || anchor.previousHash !== previousHash || anchor.hash !== hashAnchor(anchor)) return index + 1;
    previousHash = anchor.hash;
  }
  return undefined;
}
