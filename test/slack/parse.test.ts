import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCommand } from '../../src/slack/listeners/commands/parse.ts';

test.each([
  ['', { name: 'help' }],
  ['  help ', { name: 'help' }],
  ['investigate', { name: 'investigate', text: '' }],
  ['Investigate  checkout is\nslow ', { name: 'investigate', text: 'checkout is\nslow' }],
  ['status', { name: 'status' }],
  ['status inc-12', { name: 'status', incidentId: 'INC-12' }],
  ['stop 7', { name: 'stop', incidentId: 'INC-7' }],
  ['resume', { name: 'resume' }],
  ['resume INC-3', { name: 'resume', incidentId: 'INC-3' }],
  ['list', { name: 'list' }],
])('%j', (text, command) => {
  expect(parseCommand(text)).toEqual(command);
});

test('a stop that names no incident stops nothing by mistake', () => {
  expect(parseCommand('stop everything please')).toMatchObject({ name: 'help', hint: expect.stringContaining('"everything please"') });
  expect(parseCommand('resume all of it')).toMatchObject({ name: 'help', hint: expect.stringContaining('/sre resume INC-12') });
});

test('anything is understood or answered with help', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void expect(['help', 'investigate', 'status', 'stop', 'resume', 'list']).toContain(parseCommand(text).name)));
});
