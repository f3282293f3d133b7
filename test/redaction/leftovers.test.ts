/** A process that redacts for weeks keeps nothing of what it redacted. */
import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/redaction/redactor.ts';

test('redacting leaves no measurements behind', async () => {
  const { redact } = createRedactor({ knownSecrets: () => [] });
  for (let call = 0; call < 20; call += 1) await redact(`line ${call}: password=hunter2-${call}`);
  expect(performance.getEntries().filter(({ name }) => /^@core>|secretlint/.test(name))).toEqual([]);
});
