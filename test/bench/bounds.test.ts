/** Bad input ends in a report that names what is missing or cut, in bounded time and memory. The figures: npm run bench:bounds. */
import { afterEach, expect, test } from 'vitest';
import { runCase } from '../../bench/bounds/cases.ts';
import type { CaseName } from '../../bench/bounds/cases.ts';

const megabyte = 1024 * 1024;
let stopWatching: () => void = () => undefined;
afterEach(() => stopWatching());

/** The most that this process held beyond what it held before. */
function watchMemory(): () => number {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
  stopWatching = () => clearInterval(timer);
  return () => Math.max(most, process.memoryUsage().rss) - before;
}

test.each<[CaseName, RegExp]>([
  ['no permission', /^pods in namespace shop of cluster main: .*Forbidden/],
  ['a cluster that hangs', /^cluster main: /],
  ['a database that dies mid-query', /^database orders: sessions, connections, .*terminated unexpectedly/],
  ['targets that do not exist', /^database orders: connect ECONNREFUSED/],
])('%s is a gap, and no cause', async (name, gap) => {
  const { gaps, summary, shown } = await runCase(name, 3_000);
  expect(gaps.filter((one) => gap.test(one))).toHaveLength(1);
  expect(summary).toMatch(/could (?:not )?be read|cannot be reached/i);
  expect(shown).toBeLessThanOrEqual(8_000);
});

test('a log of 200 MB costs what is kept of it, and the cut is said', async () => {
  const used = watchMemory();
  const { findings, shown, stored, cut, gaps } = await runCase('a log of 200 MB', 30_000);
  expect(findings).toBeGreaterThan(0);
  // On a machine that is too busy to read it in time, that it could not be read is said instead.
  expect(cut || gaps.some((gap) => gap.startsWith('logs in namespace shop'))).toBe(true);
  expect([shown <= 8_000, stored <= 2_000_000]).toEqual([true, true]);
  expect(used()).toBeLessThan(400 * megabyte);
});

test('binary in a log hides nothing else', async () => {
  const { findings, shown } = await runCase('binary in a log', 30_000);
  expect(findings).toBeGreaterThan(0);
  expect(shown).toBeLessThanOrEqual(8_000);
});
