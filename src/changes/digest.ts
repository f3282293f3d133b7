/**
 * The digest binds a decision to everything the person was shown. Whatever differs, in the row or in the world
 * that is resolved again, is another change and needs another approval.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { Change } from './change.ts';

const domain = 'sre-agent/change/v1';

/** SHA-256, lower-case hex. */
export function digestOf(change: Omit<Change, 'digest' | 'state' | 'createdAt' | 'written'>): string {
  return sha256(
    canonicalJson([
      domain,
      {
        id: change.id,
        incidentId: change.incidentId,
        action: change.action,
        title: change.title,
        rationale: change.rationale,
        lockKey: change.lockKey,
        findings: change.findings,
        findingKeys: change.findingKeys,
        proposedBy: change.proposedBy,
        askedBy: change.askedBy,
        undoOf: change.undoOf,
        command: change.command,
        equivalent: change.equivalent,
        previewHash: sha256(change.preview),
        resolved: change.resolved,
        undo: change.undo,
        verification: change.verification,
        blastRadius: change.blastRadius,
        facts: change.facts,
        risk: change.risk,
        policy: change.policy,
        expiresAt: change.expiresAt,
      },
    ]),
  );
}

/** Whether the stored change still is the one its digest was made of. */
export function verifyDigest(change: Change): boolean {
  return sameDigest(change.digest, digestOf(change));
}

/** Constant-time; false for anything that is not two full digests. */
export function sameDigest(left: string, right: string): boolean {
  if (!isDigest(left) || !isDigest(right)) return false;
  return timingSafeEqual(Buffer.from(left, 'hex'), Buffer.from(right, 'hex'));
}

function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
