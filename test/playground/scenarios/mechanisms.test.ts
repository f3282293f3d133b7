import { describe, expect, it } from 'vitest';
import { isMechanism, type MechanismName } from '../../../playground/scenarios/mechanisms.ts';

describe('the vocabulary of causes', () => {
  it.each<[string, MechanismName]>([
    ['undecodable-message', 'poison-message'],
    ['a malformed row blocks the queue', 'poison-message'],
    ['cache ttl of 0', 'cache-ineffective'],
    ['upstream-port-wrong', 'upstream-address-wrong'],
    ['unwell-since-rollout variable CATALOG_URL was "a", is "b"', 'wrong-environment-value'],
    ['timeout-below-work', 'timeout-too-short'],
    ['poll interval far too long', 'slow-consumer'],
    ['session-leak', 'connections-exhausted'],
    ['too many open files', 'descriptor-exhaustion'],
    ['signing key rotated for one side only', 'token-or-key-mismatch'],
    ['upstream-connections-limited-to-one', 'pool-too-small'],
    ['crash-loop-since-rollout', 'bad-release'],
  ])('knows "%s" as %s', (claim, name) => expect(isMechanism(claim, [name])).toBe(true));

  it.each<[string, MechanismName]>([
    ['queue-backlog', 'poison-message'],
    ['feature-flag', 'slow-consumer'],
    ['cpu-throttled', 'cache-ineffective'],
    ['oom-killed', 'memory-leak'],
    ['configuration-change', 'feature-flag'],
    ['connection-refused', 'connections-exhausted'],
    ['requests time out', 'timeout-too-short'],
    ['unwell-since-rollout', 'upstream-address-wrong'],
    ['missing-key', 'token-or-key-mismatch'],
    ['database-unreachable', 'data-corrupt'],
    ['crash-loop', 'bad-release'],
  ])('does not take "%s" for %s', (claim, name) => expect(isMechanism(claim, [name])).toBe(false));
});
