import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres-server.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // One more than CI has processors: the longest files wait for a product that verifies.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
