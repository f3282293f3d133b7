import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordsOfKey } from '../../src/incident/finding-words.ts';

test.each([
  ['checks-failing@service/checkout', 'checks failing on service checkout'],
  ['missing-index@table/shop/public.orders', 'missing index on table public.orders of shop'],
  ['blocked-by-idle-transaction@session/shop/7698', 'blocked by idle transaction on session 7698 of shop'],
  ['setting-too-tight@setting/shop/statement_timeout@reports', 'setting too tight on setting statement_timeout for reports of shop'],
  ['setting-too-tight@setting/shop/statement_timeout', 'setting too tight on setting statement_timeout of shop'],
  ['dns-not-answering@network/dns', 'dns not answering on network dns'],
])('%s', (key, words) => expect(wordsOfKey(key)).toBe(words));

test('what is no key is left as it is', () => {
  fc.assert(fc.property(fc.string().filter((text) => !/^[a-z0-9-]+@[a-z-]+\/./s.test(text)), (text) => void expect(wordsOfKey(text)).toBe(text)));
});
