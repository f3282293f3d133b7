import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMrkdwn } from '../../../playground/workspace/page/text/mrkdwn.ts';
import { plainText, type Block, type Inline } from '../../../playground/workspace/page/text/nodes.ts';

const text = (words: string): Inline => ({ kind: 'text', text: words });
const paragraph = (...children: Inline[]): Block => ({ kind: 'paragraph', children });
const styled = (style: 'bold' | 'italic' | 'strike', ...children: Inline[]): Inline => ({ kind: 'styled', style, children });

describe('styles', () => {
  test.each<[string, Block[]]>([
    ['*bold* and _italic_ and ~gone~', [paragraph(styled('bold', text('bold')), text(' and '), styled('italic', text('italic')), text(' and '), styled('strike', text('gone')))]],
    ['*bold with _italic_ inside*', [paragraph(styled('bold', text('bold with '), styled('italic', text('italic')), text(' inside')))]],
    ['2*3*4 and snake_case_name stay', [paragraph(text('2*3*4 and snake_case_name stay'))]],
    ['* not bold *', [paragraph(text('* not bold *'))]],
    ['**', [paragraph(text('**'))]],
    ['*one\ntwo*', [paragraph(text('*one\ntwo*'))]],
    ['a `*code*` b', [paragraph(text('a '), { kind: 'code', text: '*code*' }, text(' b'))]],
    ['*`x*y`*', [paragraph(styled('bold', { kind: 'code', text: 'x*y' }))]],
  ])('%j', (source, expected) => {
    expect(parseMrkdwn(source)).toEqual(expected);
  });
});

describe('blocks', () => {
  test('a fence keeps what is in it', () => {
    expect(parseMrkdwn('before\n```select 1 &lt;&gt; 2;\n*x* <> y```\nafter')).toEqual([paragraph(text('before')), { kind: 'code', text: 'select 1 <> 2;\n*x* <> y', language: '' }, paragraph(text('after'))]);
  });

  test('an open fence is text', () => {
    expect(plainText(parseMrkdwn('a ```b'))).toBe('a ```b');
  });

  test('quotes, escaped and not', () => {
    expect(parseMrkdwn('> one\n&gt; two\nthree')).toEqual([{ kind: 'quote', children: [paragraph(text('one\ntwo'))] }, paragraph(text('three'))]);
    expect(parseMrkdwn('>>> all\nof it')).toEqual([{ kind: 'quote', children: [paragraph(text('all\nof it'))] }]);
  });

  test('lists nest by indentation', () => {
    const [list] = parseMrkdwn('1. one\n2. two\n  - deep\n3. three');
    expect(list).toMatchObject({ kind: 'list', ordered: true, items: [{}, { children: [{}, { kind: 'list', ordered: false, items: [{}] }] }, {}] });
  });
});

describe('tokens', () => {
  test.each<[string, Inline]>([
    ['<https://example.com/a?b=1&amp;c=2|the page>', { kind: 'link', url: 'https://example.com/a?b=1&c=2', children: [text('the page')] }],
    ['<https://example.com>', { kind: 'link', url: 'https://example.com/', children: [text('https://example.com')] }],
    ['<mailto:a@example.com|mail>', { kind: 'link', url: 'mailto:a@example.com', children: [text('mail')] }],
    ['<@U01ABC>', { kind: 'user', id: 'U01ABC', label: '' }],
    ['<#C01ABC|general>', { kind: 'channel', id: 'C01ABC', label: 'general' }],
    ['<!here>', { kind: 'broadcast', range: 'here' }],
    ['<!subteam^S01|sre>', { kind: 'usergroup', id: 'S01', label: 'sre' }],
    ['<!date^1700000000^{date} at {time}^https://example.com|then>', { kind: 'date', timestamp: 1_700_000_000, format: '{date} at {time}', url: 'https://example.com', fallback: 'then' }],
    [':rotating_light:', { kind: 'emoji', name: 'rotating_light', character: '🚨' }],
  ])('%s', (source, expected) => {
    expect(parseMrkdwn(source)).toEqual([paragraph(expected)]);
  });

  test.each(['<javascript:alert(1)|click>', '<data:text/html,x|click>', '<vbscript:x|click>', '<JaVaScRiPt:alert(1)|click>', '<file:///etc/passwd|click>'])('%s is no link', (source) => {
    expect(parseMrkdwn(source)).toEqual([paragraph(text('click'))]);
  });

  test('unknown shortcodes, broken tokens and entities are text', () => {
    expect(plainText(parseMrkdwn(':no_such_emoji: 10:30:00 <b>x</b> &amp;lt; &lt;!channel&gt;'))).toBe(':no_such_emoji: 10:30:00 <b>x</b> &lt; <!channel>');
  });
});

describe('any text', () => {
  const pieces = fc.array(fc.oneof(fc.constantFrom('*', '_', '~', '`', '```', '<', '>', '|', '\n', '> ', '• ', '1. ', ':x:', '&amp;', '<@U123>', '<https://a.b|', ' ', 'word', '🙂', 'שלום', '<script>'), fc.string({ maxLength: 6 })), { maxLength: 60 });

  test('is read without an error, and never links to anything but http(s) and mailto', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const addresses = inlinesOf(parseMrkdwn(parts.join(''))).flatMap((node) => (node.kind === 'link' ? [node.url] : []));
        for (const address of addresses) expect(address).toMatch(/^(https?:|mailto:)/);
      }),
    );
  });

  test('without any marks comes out as it went in', () => {
    const plain = fc.array(fc.constantFrom('a', 'B', '7', ' ', 'é', '🙂', '.', ',', 'ש'), { minLength: 1, maxLength: 80 }).map((letters) => `x${letters.join('')}`);
    fc.assert(
      fc.property(plain, (words) => {
        expect(plainText(parseMrkdwn(words))).toBe(words);
      }),
    );
  });

  test.each(['*a ', '<', '`', '_x ~y *z ', ':a', '> ', '- a\n', '&', '*_~`', '```', '<!date^1^', '*a b* '])('of 40,000 characters of %j ends', (piece) => {
    expect(parseMrkdwn(piece.repeat(Math.ceil(40_000 / piece.length)))).toBeInstanceOf(Array);
  });
});

function inlinesOf(nodes: (Block | Inline)[]): (Block | Inline)[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'list') return node.items.flatMap((item) => inlinesOf(item.children));
    return 'children' in node ? [node, ...inlinesOf(node.children)] : [node];
  });
}
