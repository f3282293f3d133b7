import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres-server.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // More than CI has processors: the longest files wait for a product that verifies.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
  },
});
