import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../../bench/transcripts/compare.ts';
import { explained, readDifferences, stale } from '../../../bench/transcripts/differences.ts';
import type { Difference } from '../../../bench/transcripts/differences.ts';
import { holdAgainstTranscripts } from '../../../bench/transcripts/hold.ts';
import { fetchKubeTools, findKubectl } from '../../../playground/kube-tools.ts';
import { requirement } from '../../support/requirements.ts';

const folder = fileURLToPath(new URL('../../fixtures/kubernetes-1.36', import.meta.url));

describe.skipIf(!requirement('kubectl'))('the transcripts of a real cluster', () => {
  let comparisons: Comparison[] = [];
  let differences: Difference[] = [];
  beforeAll(async () => {
    differences = await readDifferences();
    const kubectl = await fetchKubeTools().then((tools) => tools.kubectl, () => findKubectl());
    comparisons = await holdAgainstTranscripts({ folder, kubectl, speed: 4, listed: (comparison) => explained(differences, comparison) !== undefined });
  }, 240_000);

  it('are answered alike, but for what is listed', () => {
    const open = comparisons.filter((comparison) => !comparison.matches && explained(differences, comparison) === undefined);
    expect(open.map(({ recorded, code, missing, unexpected }) => ({ id: recorded.id, code, missing, unexpected }))).toEqual([]);
  });

  it('list no difference that is none', () => {
    expect(stale(differences, comparisons)).toEqual([]);
  });

  it('match in most answers', () => {
    expect(comparisons.length).toBe(103);
    expect(comparisons.filter(({ matches }) => matches).length).toBeGreaterThanOrEqual(86);
  });
});
