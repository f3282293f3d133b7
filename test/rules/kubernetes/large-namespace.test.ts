/** A namespace of a size that nobody looks through: what looks through all pods or services for each workload would take minutes. */
import { expect, test } from 'vitest';
import { namespaceOf } from '../../../bench/bounds/objects.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import { targets } from '../readings-support.ts';
import { read } from './objects.ts';

test('5,000 pods of 500 workloads are judged in seconds', async () => {
  const { objects, events } = namespaceOf({ workloads: 500, podsEach: 10 });
  const readings = await read(objects, { events });
  const begun = performance.now();
  const found = detectAll(readings, targets());
  // A second or so where nothing else runs.
  expect(performance.now() - begun).toBeLessThan(12_000);
  expect(found.filter(({ finding }) => finding.mechanism.startsWith('crash')).map(({ finding }) => finding.resource).slice(0, 2)).toEqual(['deployment/shop/service-1', 'deployment/shop/service-3']);
});
