import { expect, test } from 'vitest';
import { unreadOf, verifyByRules } from '../../src/rules/verify.ts';
import { broken, database, memoryRecorder, ok, readings, service, targets, times } from './readings-support.ts';

const verdictOn = (parts: Parameters<typeof readings>[0]) =>
  verifyByRules({ targets: targets(), record: memoryRecorder().record, collect: async () => readings(parts) })(new AbortController().signal);

test('the keys of what matters, sorted and once each; remarks are left out', async () => {
  const verdict = await verdictOn({ services: [service('ledger', { samples: times(6, broken('x')) }), service('api', { samples: times(6, broken('x')) }), service('other', { samples: [...times(5, ok(10)), broken('x')] })] });
  expect(verdict.keys).toEqual(['checks-failing@service/api', 'checks-failing@service/ledger']);
  expect(verdict.titles).toHaveLength(2);
  expect(verdict.unread).toEqual([]);
});

test('a healthy world has no keys, and what could not be read is said', async () => {
  expect((await verdictOn({ services: [service('api')], databases: [database('shop')] })).keys).toEqual([]);
  const blind = { databases: [{ name: 'shop', unread: [{ what: 'database shop', message: 'password authentication failed', code: '28P01' }] }] };
  expect((await verdictOn(blind)).unread).toEqual(['database shop: password authentication failed']);
  expect(unreadOf(readings(blind))).toHaveLength(1);
});
