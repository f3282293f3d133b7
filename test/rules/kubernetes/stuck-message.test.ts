import { expect, test } from 'vitest';
import { deployment, findings, well } from './objects.ts';

const failing = (id: string, why = 'Unexpected end of JSON input'): string => JSON.stringify({ level: 'error', msg: `message ${id} failed: ${why}` });
const done = (id: string): string => JSON.stringify({ level: 'info', msg: `message ${id} done` });
const seen = async (lines: string[]) => (await findings([...deployment('labels', [{}], { available: [1] }), well('labels')], { logs: { 'labels-r1-abcde': lines } })).filter(({ mechanism }) => mechanism === 'poison-message');

test.each([
  ['JSON lines', [done('41'), failing('42'), failing('42'), failing('42')]],
  ['plain lines', ['processed record id=41', ...Array.from({ length: 4 }, () => 'ERROR could not decode record id=42: malformed payload')]],
])('one message that fails for what it holds, and none after it: %s', async (_, lines) => {
  const [only, ...others] = await seen(lines);
  expect(others).toEqual([]);
  expect(only).toMatchObject({ severity: 'warning', resource: 'deployment/shop/labels', title: expect.stringContaining('42') as string });
  expect(only).not.toHaveProperty('remedy');
  expect(only?.quotes.length).toBeGreaterThan(0);
});
test.each([
  ['others are worked off meanwhile', [failing('42'), done('43'), failing('42'), failing('42')]],
  ['it got through at last', [failing('42'), failing('42'), failing('42'), done('42')]],
  ['what it is sent to fails', [failing('42', 'connect ECONNREFUSED'), failing('42', 'connect ECONNREFUSED'), failing('42', 'connect ECONNREFUSED')]],
  ['each fails for itself', [failing('42'), failing('43'), failing('44'), failing('45')]],
  ['it failed once', [failing('42')]],
])('no finding where %s', async (_, lines) => {
  expect(await seen(lines)).toEqual([]);
});
