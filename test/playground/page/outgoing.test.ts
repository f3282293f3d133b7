import { expect, test } from 'vitest';
import type { PageUser } from '../../../playground/workspace/page-api.ts';
import { parseMrkdwn } from '../../../playground/workspace/page/text/mrkdwn.ts';
import { plainText } from '../../../playground/workspace/page/text/nodes.ts';
import { outgoingText, slashCommand } from '../../../playground/workspace/page/text/outgoing.ts';

const user = (id: string, name: string): PageUser => ({ id, name, realName: name, title: '', isBot: false, color: '#000', avatar: 'X' });
const users = [user('U1', 'mira'), user('U2', 'sre-agent')];

test.each([
  ['@mira please look', '<@U1> please look'],
  ['ask (@mira).', 'ask (<@U1>).'],
  ['@sre-agent why?', '<@U2> why?'],
  ['@sre-agent- x', '<@U2>- x'],
  ['a@mira.example', 'a@mira.example'],
  ['@nobody', '@nobody'],
  ['a < b && <@U9>', 'a &lt; b &amp;&amp; &lt;@U9&gt;'],
])('%s is kept as %s', (typed, kept) => {
  expect(outgoingText(typed, users)).toBe(kept);
});

test('what was typed reads back the same', () => {
  const typed = '<!channel> <b>x</b> & &lt; <https://example.com|x>';
  expect(plainText(parseMrkdwn(outgoingText(typed, users)))).toBe(typed);
});

test.each([
  ['/sre status', '/sre'],
  ['/sre', '/sre'],
  ['/ sre', null],
  ['/etc/passwd is odd', null],
  ['a /sre', null],
])('the command of %j is %j', (typed, command) => {
  expect(slashCommand(typed)).toBe(command);
});
