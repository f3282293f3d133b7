import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMarkdown } from '../../../playground/workspace/page/text/markdown.ts';
import { plainText, type Block, type Inline } from '../../../playground/workspace/page/text/nodes.ts';

const text = (words: string): Inline => ({ kind: 'text', text: words });
const paragraph = (...children: Inline[]): Block => ({ kind: 'paragraph', children });

describe('blocks', () => {
  test('headings, rules, paragraphs', () => {
    expect(parseMarkdown('## Root *cause* ##\n\none\ntwo\n\n---\nthree')).toEqual([
      { kind: 'heading', level: 2, children: [text('Root '), { kind: 'styled', style: 'italic', children: [text('cause')] }] },
      paragraph(text('one\ntwo')),
      { kind: 'rule' },
      paragraph(text('three')),
    ]);
  });

  test('a fence, closed or open, is code', () => {
    expect(parseMarkdown('```sql\nselect **1**;\n```')).toEqual([{ kind: 'code', text: 'select **1**;', language: 'sql' }]);
    expect(parseMarkdown('~~~\na\n# b')).toEqual([{ kind: 'code', text: 'a\n# b', language: '' }]);
  });

  test('a table with alignment, escaped bars and missing cells', () => {
    expect(parseMarkdown('| A | B |\n| :-- | --: |\n| a\\|b | **2** |\n| only |')).toEqual([
      {
        kind: 'table',
        align: ['left', 'right'],
        rows: [
          [[text('A')], [text('B')]],
          [[text('a|b')], [{ kind: 'styled', style: 'bold', children: [text('2')] }]],
          [[text('only')], []],
        ],
      },
    ]);
  });

  test('lists nest, carry tasks, and keep their first number', () => {
    expect(parseMarkdown('3. three\n   - [x] done\n   - [ ] open\n4. four')).toMatchObject([
      { kind: 'list', ordered: true, start: 3, items: [{ children: [{}, { kind: 'list', items: [{ checked: true }, { checked: false }] }] }, { checked: null }] },
    ]);
  });

  test('quotes hold blocks', () => {
    expect(parseMarkdown('> # a\n> - b')).toMatchObject([{ kind: 'quote', children: [{ kind: 'heading' }, { kind: 'list' }] }]);
  });
});

describe('inline', () => {
  test.each<[string, Inline[]]>([
    ['**bold** __too__', [{ kind: 'styled', style: 'bold', children: [text('bold')] }, text(' '), { kind: 'styled', style: 'bold', children: [text('too')] }]],
    ['~~gone~~', [{ kind: 'styled', style: 'strike', children: [text('gone')] }]],
    ['`a` ``b`c``', [{ kind: 'code', text: 'a' }, text(' '), { kind: 'code', text: 'b`c' }]],
    ['[the *page*](https://example.com)', [{ kind: 'link', url: 'https://example.com/', children: [text('the '), { kind: 'styled', style: 'italic', children: [text('page')] }] }]],
    ['see https://example.com/a.', [text('see '), { kind: 'link', url: 'https://example.com/a', children: [text('https://example.com/a')] }, text('.')]],
    ['\\*not italic\\*', [text('*not italic*')]],
    ['snake_case_name and 2 * 3 * 4', [text('snake_case_name and 2 * 3 * 4')]],
    ['<img src=x onerror=alert(1)>', [text('<img src=x onerror=alert(1)>')]],
    ['[x](javascript:alert`1`)', [text('x')]],
    [':white_check_mark: <@U01ABC>', [{ kind: 'emoji', name: 'white_check_mark', character: '✅' }, text(' '), { kind: 'user', id: 'U01ABC', label: '' }]],
  ])('%s', (source, expected) => {
    expect(parseMarkdown(source)).toEqual([paragraph(...expected)]);
  });
});

describe('any text', () => {
  const pieces = fc.array(fc.oneof(fc.constantFrom('*', '**', '_', '~~', '`', '```\n', '[', '](', ')', '<', '>', '|', '\n', '|-|', '# ', '- ', '1. ', '\\', 'https://', 'javascript:', ' ', 'word'), fc.string({ maxLength: 6 })), { maxLength: 60 });

  test('is read without an error, and never links to anything but http(s) and mailto', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const links = JSON.stringify(parseMarkdown(parts.join(''))).matchAll(/"kind":"link","url":"([^"]*)"/g);
        for (const found of links) expect(found[1]).toMatch(/^(https?:|mailto:)/);
      }),
    );
  });

  test('the words of a paragraph are kept', () => {
    const words = fc.array(fc.stringMatching(/^[a-gi-z]{1,8}$/), { minLength: 1, maxLength: 30 }).map((list) => list.join(' '));
    fc.assert(
      fc.property(words, (source) => {
        expect(plainText(parseMarkdown(source))).toBe(source);
      }),
    );
  });

  test.each(['>', '**a ', '[', '`', '[a](', '|', '- ', '| a |\n', '\\'])('of 12,000 characters of %j ends', (piece) => {
    expect(parseMarkdown(piece.repeat(Math.ceil(12_000 / piece.length)))).toBeInstanceOf(Array);
  });
});
