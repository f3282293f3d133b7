import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { describeProblem } from '../../../playground/workspace/validation/check.ts';
import { checkMessageBlocks, countCharacters } from '../../../playground/workspace/validation/message-blocks.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const letters = (count: number): string => 'x'.repeat(count);
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) });
const many = <T>(count: number, item: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => item(index));
const button = (extra: object = {}) => ({ type: 'button', text: plain('Go'), ...extra });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const option = (value = 'v', text = 'Option') => ({ text: plain(text), value });
const select = (extra: object = {}) => ({ type: 'static_select', options: [option()], ...extra });
const rich = (...elements: object[]) => ({ type: 'rich_text', elements });
const richLine = (...elements: object[]) => rich({ type: 'rich_text_section', elements });
const task = (extra: object = {}) => ({ type: 'task_card', task_id: 't1', title: 'Look', status: 'in_progress', ...extra });
const raw = (text: string) => ({ type: 'raw_text', text });
const table = (rows: number, columns: number) => ({ type: 'table', rows: many(rows, () => many(columns, () => raw('x'))) });
const input = (element: object) => ({ type: 'input', label: plain('Label'), element });

const verdict = (...blocks: unknown[]): string => {
  const checked = checkMessageBlocks(blocks);
  return checked.ok ? 'ok' : [checked.error, ...checked.problems.map(describeProblem)].join(' | ');
};

describe('what Slack accepts is accepted', () => {
  const confirm = { title: plain('Sure?'), text: mrkdwn('*Really*'), confirm: plain('Yes'), deny: plain('No'), style: 'danger' };
  test.each<[string, object]>([
    ['section with fields and accessory', { type: 'section', block_id: 'a', fields: many(10, () => mrkdwn(letters(100))), accessory: { type: 'image', image_url: 'https://x.test/a.png', alt_text: 'a' } }],
    ['section of 3000 characters', section(letters(3000))],
    ['header of 150 characters', { type: 'header', text: plain(letters(150)) }],
    ['context of ten', { type: 'context', elements: many(10, () => mrkdwn('x')) }],
    ['divider', { type: 'divider' }],
    ['25 buttons', actions(...many(25, () => button({ confirm, style: 'danger', value: letters(2000), accessibility_label: 'x' })))],
    ['overflow', actions({ type: 'overflow', options: many(5, (index) => option(String(index))), confirm })],
    ['select of a hundred', actions(select({ options: many(100, (index) => option(String(index), letters(75))), placeholder: plain('Pick'), initial_option: option('1') }))],
    ['grouped select', actions({ type: 'static_select', option_groups: [{ label: plain('Group'), options: [option()] }] })],
    ['multi select, people, channels', actions({ type: 'multi_static_select', options: [option()] }, { type: 'users_select' }, { type: 'conversations_select' }, { type: 'channels_select' })],
    ['radio buttons, checkboxes, pickers', actions({ type: 'radio_buttons', options: [{ text: mrkdwn('*a*'), value: 'a' }] }, { type: 'checkboxes', options: [option()] }, { type: 'datepicker', initial_date: '2026-11-22' }, { type: 'timepicker', initial_time: '13:00' })],
    ['input', input({ type: 'plain_text_input', multiline: true, max_length: 3000, placeholder: plain('Why?') })],
    ['markdown of 12,000 characters', { type: 'markdown', text: letters(12_000) }],
    ['table of 100 by 20', table(100, 20)],
    ['table with settings', { ...table(1, 2), column_settings: [{ align: 'right', is_wrapped: true }, null] }],
    ['image', { type: 'image', slack_file: { id: 'F1' }, alt_text: 'graph', title: plain('Graph') }],
    ['plan', { type: 'plan', title: 'Plan', tasks: [task({ details: richLine({ type: 'text', text: 'a' }), sources: [{ type: 'url', url: 'https://x.test', text: 'x' }] }), task({ status: 'complete', output: richLine({ type: 'text', text: 'b' }) })] }],
    ['task_card', task()],
    ['rich text of every kind', rich(
      { type: 'rich_text_section', elements: [
        { type: 'text', text: 'a', style: { bold: true, italic: true, strike: true, code: true } }, { type: 'link', url: 'https://x.test', text: 'x' }, { type: 'user', user_id: 'U1' },
        { type: 'channel', channel_id: 'C1' }, { type: 'usergroup', usergroup_id: 'S1' }, { type: 'emoji', name: 'tada' }, { type: 'broadcast', range: 'here' }, { type: 'date', timestamp: 1, format: '{date}' },
        { type: 'color', value: '#fff' }, { type: 'team', team_id: 'T1' } ] },
      { type: 'rich_text_list', style: 'ordered', indent: 1, border: 1, elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'a' }] }] },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'code' }] },
      { type: 'rich_text_quote', elements: [{ type: 'text', text: 'quote' }] },
    )],
  ])('%s', (_name, block) => expect(verdict(block)).toBe('ok'));

  test('fifty blocks', () => expect(verdict(...many(50, () => ({ type: 'divider' })))).toBe('ok'));
});

describe('each limit has its words and its place', () => {
  test.each<[string, object, string]>([
    ['section text', section(letters(3001)), 'must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
    ['empty section', section(''), 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    ['section without text', { type: 'section' }, 'missing required field: text [json-pointer:/blocks/0]'],
    ['eleven fields', { type: 'section', fields: many(11, () => mrkdwn('x')) }, 'no more than 10 items allowed [json-pointer:/blocks/0/fields]'],
    ['long field', { type: 'section', fields: [mrkdwn(letters(2001))] }, 'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]'],
    ['header', { type: 'header', text: plain(letters(151)) }, 'must be less than 151 characters [json-pointer:/blocks/0/text/text]'],
    ['header in mrkdwn', { type: 'header', text: mrkdwn('x') }, 'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]'],
    ['context of eleven', { type: 'context', elements: many(11, () => mrkdwn('x')) }, 'no more than 10 items allowed [json-pointer:/blocks/0/elements]'],
    ['26 buttons', actions(...many(26, () => button())), 'no more than 25 items allowed [json-pointer:/blocks/0/elements]'],
    ['no actions', actions(), 'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]'],
    ['button text', actions(button({ text: plain(letters(76)) })), 'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]'],
    ['button value', actions(button({ value: letters(2001) })), 'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]'],
    ['button style', actions(button({ style: 'warning' })), 'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]'],
    ['action_id', actions(button({ action_id: letters(256) })), 'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]'],
    ['block_id', { type: 'divider', block_id: letters(256) }, 'must be less than 256 characters [json-pointer:/blocks/0/block_id]'],
    ['confirm text', actions(button({ confirm: { text: plain(letters(301)) } })), 'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]'],
    ['option text', actions(select({ options: [option('v', letters(76))] })), 'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]'],
    ['101 options', actions(select({ options: many(101, (index) => option(String(index))) })), 'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]'],
    ['options and groups', actions(select({ option_groups: [{ label: plain('g'), options: [option()] }] })), 'exactly one of options, option_groups is required [json-pointer:/blocks/0/elements/0]'],
    ['six overflow options', actions({ type: 'overflow', options: many(6, (index) => option(String(index))) }), 'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]'],
    ['markdown', { type: 'markdown', text: letters(12_001) }, 'must be less than 12001 characters [json-pointer:/blocks/0/text]'],
    ['table rows', table(101, 1), 'no more than 100 items allowed [json-pointer:/blocks/0/rows]'],
    ['table columns', table(1, 21), 'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]'],
    ['table of plain strings', { type: 'table', rows: [['x']] }, 'must be an object [json-pointer:/blocks/0/rows/0/0]'],
    ['image without alt_text', { type: 'image', image_url: 'https://x.test/a.png' }, 'missing required field: alt_text [json-pointer:/blocks/0]'],
    ['task status', task({ status: 'completed' }), 'must be one of: pending, in_progress, complete, error [json-pointer:/blocks/0/status]'],
    ['task details as text', task({ details: 'text' }), 'must be an object [json-pointer:/blocks/0/details]'],
    ['plan task', { type: 'plan', title: 'p', tasks: [section('x')] }, 'unsupported type: section [json-pointer:/blocks/0/tasks/0/type]'],
    ['unknown block', { type: 'sparkline' }, 'unsupported type: sparkline [json-pointer:/blocks/0/type]'],
    ['alert outside a modal', { type: 'alert', text: plain('x') }, 'unsupported type: alert [json-pointer:/blocks/0/type]'],
    ['no type', {}, 'missing required field: type [json-pointer:/blocks/0/type]'],
    ['type of an inherited property', { type: 'constructor' }, 'unsupported type: constructor [json-pointer:/blocks/0/type]'],
    ['additional property', { type: 'divider', text: 'x' }, 'invalid additional property: text [json-pointer:/blocks/0]'],
    ['unknown rich text', rich({ type: 'rich_text_table', elements: [] }), 'unsupported type: rich_text_table [json-pointer:/blocks/0/elements/0/type]'],
    ['mrkdwn within rich text', richLine(mrkdwn('x')), 'unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/elements/0/type]'],
    ['input element', input(button()), 'unsupported type: button [json-pointer:/blocks/0/element/type]'],
    ['disabled button', actions(button({ disabled: true })), 'invalid additional property: disabled [json-pointer:/blocks/0/elements/0]'],
  ])('%s', (_name, block, words) => expect(verdict(block)).toBe(`invalid_blocks | [ERROR] ${words}`));

  test('51 blocks', () => expect(verdict(...many(51, () => ({ type: 'divider' })))).toBe('invalid_blocks | [ERROR] no more than 50 items allowed [json-pointer:/blocks]'));
  test('the same block_id twice', () => expect(verdict({ type: 'divider', block_id: 'a' }, { type: 'divider', block_id: 'a' })).toContain('`block_id` "a" already exists'));
  test('the same action_id twice in a block', () => expect(verdict(actions(button({ action_id: 'a' }), button({ action_id: 'a' })))).toContain('`action_id` "a" already exists'));
  test('plan and task_card together', () => expect(verdict({ type: 'plan', title: 'p' }, task())).toContain('plan and task_card'));
  test('markdown over 12,000 together', () => expect(verdict({ type: 'markdown', text: letters(6001) }, { type: 'markdown', text: letters(6000) })).toContain('less than 12001 characters together'));
  test('13,000 characters over all blocks', () => {
    expect(verdict(...many(5, () => section(letters(2600))))).toBe('ok');
    expect(verdict(...many(5, () => section(letters(2600))), section('x'))).toBe('msg_blocks_too_long');
  });
});

test('nothing that is JSON makes the check throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(typeof checkMessageBlocks(value).ok).toBe('boolean');
      expect(countCharacters(value)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a section is accepted exactly when it has 1 to 3000 characters', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3100 }), (length) => {
      expect(verdict(section(letters(length))) === 'ok').toBe(length >= 1 && length <= 3000);
    }),
  );
});
