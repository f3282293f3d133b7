/** What every contestant must do, whatever it does about the fault. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Contestant, Site } from '../../bench/sre/contestants/contestant.ts';
import { processesOf } from '../../bench/sre/schedule/leftovers.ts';
import type { Ask } from '../../playground/scenarios/scenario.ts';
import { waitFor } from '../support/wait-for.ts';

/** All of a site but what the test makes for each run. */
export type Grounds = Pick<Site, 'view' | 'namespace'>;

const ask: Ask = { by: 'alertmanager', alertname: 'ErrorsHigh', severity: 'critical', summary: 'cart answers with errors', description: 'for two minutes', labels: { service: 'cart' } };
const outcomes = ['verified', 'undone', 'failed', 'unknown', 'refused', 'rejected', 'stale', 'expired', 'open', 'done'];

export function describeContestant(contestant: Contestant, grounds: () => Grounds): void {
  describe(`${contestant.name} keeps the contract of contestants`, () => {
    let directory: string;
    let stop: AbortController;
    beforeEach(() => {
      directory = mkdtempSync(path.join(tmpdir(), 'sre-contestant-'));
      stop = new AbortController();
    });
    afterEach(() => rmSync(directory, { recursive: true, force: true }));
    const site = (): Site => ({ scenario: 'any', seed: 1, directory, limits: { seconds: 60, dollars: 1 }, signal: stop.signal, log: () => undefined, ...grounds() });

    test('is told, answers with what it did, and leaves nothing running', async () => {
      const entrant = await contestant.enter(site());
      try {
        const attempt = await entrant.investigate(ask);
        expect(JSON.parse(JSON.stringify(attempt))).toEqual(attempt);
        expect(attempt.changes.every(({ outcome, executed, approved }) => outcomes.includes(outcome) && (approved || !executed))).toBe(true);
        expect(new Set(attempt.changes.map(({ id }) => id)).size).toBe(attempt.changes.length);
        expect(Object.values(attempt.times).every((milliseconds) => milliseconds >= 0)).toBe(true);
        expect(contestant.engine === 'model' || Object.keys(attempt.models).length === 0).toBe(true);
      } finally {
        await entrant.leave();
        await entrant.leave();
      }
      await waitFor('nothing to run in its folder', () => processesOf(directory).length === 0);
    });

    test('ends with the run', async () => {
      const entrant = await contestant.enter(site());
      const over = entrant.investigate(ask).then(() => 'answered', () => 'ended');
      stop.abort();
      expect(['answered', 'ended']).toContain(await over);
      await entrant.leave();
      await waitFor('nothing to run in its folder', () => processesOf(directory).length === 0);
    });
  });
}
