import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { patientTimeout } from '../../../src/tools/readings/collect.ts';
import { readDatabase } from '../../../src/tools/readings/database.ts';
import { memoryRecorder, targets } from '../../rules/readings-support.ts';
import { createTestDatabase } from '../../support/postgres.ts';

const fired = async (signal: AbortSignal): Promise<number> => {
  const began = performance.now();
  for (const deadline = Date.now() + 45_000; !signal.aborted && Date.now() < deadline; ) await sleep(5);
  expect(signal.aborted).toBe(true);
  return performance.now() - began;
};

test('a target has its time, and more as the machine shows itself to be slow; a cleared one never ends', async () => {
  let patience = 1;
  const growing = patientTimeout(100, () => patience);
  patience = 3;
  expect(await fired(growing.signal)).toBeGreaterThan(250);
  const plain = patientTimeout(10, () => 1);
  await fired(plain.signal);
  const cleared = patientTimeout(10, () => 1);
  cleared.clear();
  await sleep(60);
  expect(cleared.signal.aborted).toBe(false);
});

test('a database that runs out of time keeps what was read, and names what was not', async () => {
  const database = await createTestDatabase();
  const { record, all } = memoryRecorder();
  const stop = new AbortController();
  try {
    const reading = await readDatabase({ name: 'shop', kind: 'postgres', read: { variable: 'X', reveal: () => database.url } }, {
      signal: stop.signal, targets: targets(),
      record: async (specialist, tool, result) => {
        if (tool === 'postgres_settings') stop.abort();
        return record(specialist, tool, result);
      },
    });
    expect(reading.overrides).toBeDefined();
    expect(reading.sessions).toBeDefined();
    expect(reading.plans).toBeUndefined();
    expect(reading.unread).toEqual([expect.objectContaining({ what: 'database shop', code: 'ABORTED', message: expect.stringMatching(/^tables, indexes and plans of statements \(the time/) })]);
    expect(all.map((one) => one.tool)).toContain('postgres_settings');
  } finally {
    await database.close();
  }
});
