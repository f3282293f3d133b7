import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clean, costOf, dateText, escapeText, oneLine, person, reveal, safeUrl, truncate, truncateMiddle } from '../../src/slack/blocks/text.ts';

const any = fc.string({ unit: 'binary', maxLength: 300 });

describe('clean', () => {
  test('drops what hides or reorders, keeps letters of every script', () => {
    expect(clean('a\u202eb\u200bc\u{e0041}d\0\ufeff')).toBe('abcd');
    expect(clean('שלום مرحبا')).toBe('שלום مرحبا');
    expect(clean('one\r\ntwo\u2028three')).toBe('one\ntwo\nthree');
    expect(clean('\ud800x')).toBe('\ufffdx');
    expect(clean(`Z${'\u0300'.repeat(500)}`).length).toBeLessThanOrEqual(5);
  });
});

describe('reveal', () => {
  test('loses nothing: what is invisible is written out', () => {
    expect(reveal('a\u202eb')).toBe('a\\u{202e}b');
    expect(reveal('SELECT\n\t1')).toBe('SELECT\n\t1');
  });
});

describe('escapeText', () => {
  test('leaves no entity, formatting or emoji code', () => {
    expect(escapeText('<!channel> & <@U1>')).toBe('&lt;!channel&gt; &amp; &lt;@U1&gt;');
    expect(escapeText('*b* `c` ~d~ :tada: 12:30:45')).not.toMatch(/[*`~]|:tada:/);
    expect(escapeText('12:30:45')).toBe('12:30:45');
    fc.assert(fc.property(any, (text) => void expect(escapeText(text)).not.toMatch(/[<>*`~]/)));
  });
});

describe('truncate', () => {
  test('never passes its limit and never cuts a grapheme', () => {
    const family = '👩‍👩‍👧‍👦';
    expect(truncate(family.repeat(10), 25)).toBe(`${family.repeat(2)}…`);
    const parts = fc.array(fc.constantFrom(family, '🇺🇦', 'e\u0301', '&', '<', 'a', ' '), { maxLength: 80 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 120 }), (each, limit) => {
        const text = each.join('');
        const cut = truncate(text, limit);
        expect(costOf(cut)).toBeLessThanOrEqual(Math.max(limit, 1));
        const graphemes = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment).join('|');
        const kept = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(cut.replace(/…$/, ''))].map(({ segment }) => segment).join('|');
        expect(graphemes.startsWith(kept)).toBe(true);
      }),
    );
  });

  test('from the middle: head and tail stay, and the gap is said', () => {
    const text = `${'a'.repeat(3000)}END`;
    const cut = truncateMiddle(text, 500);
    expect(cut.startsWith('aaa')).toBe(true);
    expect(cut.endsWith('END')).toBe(true);
    expect(cut).toMatch(/\(\d+ characters left out\)/);
    fc.assert(fc.property(any, fc.integer({ min: 80, max: 300 }), (each, limit) => void expect(costOf(truncateMiddle(each, limit))).toBeLessThanOrEqual(limit)));
  });
});

describe('people, dates and links', () => {
  test('only a real id becomes a mention', () => {
    expect(person('U0MAYA0001')).toBe('<@U0MAYA0001>');
    expect(person('U1|channel> <!here')).not.toMatch(/[<>]/);
  });

  test('only a real date becomes a date', () => {
    expect(dateText('2026-11-22T12:00:00Z')).toBe('<!date^1795348800^{time}|2026-11-22 12:00 UTC>');
    expect(dateText('<!channel>')).toBe('&lt;!channel&gt;');
  });

  test('only plain web addresses become links', () => {
    expect(safeUrl('https://grafana.example/d/1?x=<y>')).toEqual({ url: 'https://grafana.example/d/1?x=%3Cy%3E', host: 'grafana.example' });
    for (const bad of ['javascript:alert(1)', 'https://user:pass@host/', 'not a url', '', undefined]) expect(safeUrl(bad)).toBeUndefined();
    fc.assert(fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), any, (url, more) => void expect(safeUrl(`${url}${more}`)?.url ?? '').not.toMatch(/[<>|\s]/)));
  });

  test('one line is one line', () => {
    fc.assert(fc.property(any, (text) => void expect(oneLine(text)).not.toContain('\n')));
  });
});
