import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import { riskOfRule } from '../../../src/changes/actions/iptables-rule/risk.ts';
import { diffOf, rollbackSeconds, whatItDoes } from '../../../src/changes/actions/iptables-rule/words.ts';
import { kindContext, targetsWith } from '../../support/changes.ts';

type Action = ActionOf<'iptables.rule'>;
const action = (part: Partial<Action>): Action => ({ kind: 'iptables.rule', target: 'edge', family: 'ipv4', table: 'filter', operation: 'insert', chain: 'INPUT', position: 1, rule: { protocol: 'tcp', destination_port: '5432', action: 'DROP' }, ...part });

test.each<[string, Partial<Action>, string]>([
  ['a rule that drops', {}, 'high'],
  ['a rule that rejects one address', { rule: { source: '10.1.1.1', action: 'REJECT' } }, 'high'],
  ['an accept taken away', { operation: 'delete', rule: { protocol: 'tcp', destination_port: '5432', action: 'ACCEPT' } }, 'high'],
  ['a port opened for anybody', { rule: { protocol: 'tcp', destination_port: '5432', action: 'ACCEPT' } }, 'high'],
  ['a port opened for one network', { rule: { protocol: 'tcp', source: '10.20.0.0/16', destination_port: '5432', action: 'ACCEPT' } }, 'medium'],
  ['calls let out', { chain: 'OUTPUT', rule: { protocol: 'tcp', destination_port: '5432', action: 'ACCEPT' } }, 'medium'],
  ['a drop taken away', { operation: 'delete' }, 'medium'],
])('%s', (_what, part, level) => {
  expect(riskOfRule(action(part))).toMatchObject({ level, reasons: [expect.any(String), expect.stringContaining('takes it back by itself')] });
});

describe('words', () => {
  test('a diff shows the one rule that comes or goes, with its number, among its neighbours', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 12 }), fc.nat(), fc.boolean(), (rules, at, comes) => {
        const place = at % (rules.length + 1);
        const longer = rules.toSpliced(place, 0, 'OURS');
        const lines = comes ? diffOf(rules, longer) : diffOf(longer, rules);
        expect(lines.filter((line) => /^[+-]/.test(line))).toEqual([`${comes ? '+' : '-'} ${String(place + 1).padStart(3)}  OURS`]);
        for (const line of lines.filter((each) => /^ {2,4}\d/.test(each))) {
          const [, number, text] = /^ +(\d+) {2}(.*)$/.exec(line) ?? [];
          expect(longer[Number(number) - 1]).toBe(text);
        }
      }),
    );
  });

  test('the effect is said in words that code made', () => {
    expect(whatItDoes(action({}))).toBe('INPUT drops packets over tcp from anywhere to anywhere port 5432');
    expect(whatItDoes(action({ operation: 'delete', rule: { in_interface: 'eth0', source: '10.1.1.1', state: ['NEW'], action: 'ACCEPT' } }))).toBe('INPUT no longer lets through by itself packets of NEW connections from 10.1.1.1 through eth0 to anywhere');
  });

  test('the host waits longer than any verification, or the change is refused', () => {
    const context = (soakSeconds: number, deadlineSeconds: number) => kindContext(targetsWith({}), { verification: { soakSeconds, deadlineSeconds } });
    expect(rollbackSeconds(context(60, 480))).toBe(660);
    expect(rollbackSeconds(kindContext(targetsWith({})))).toBe(660);
    expect(() => rollbackSeconds(context(1_200, 2_600))).toThrow(/lower soak_seconds or verification_deadline_seconds/);
  });
});
