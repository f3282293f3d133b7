import { expect, test } from 'vitest';
import type { PageMessage } from '../../../playground/workspace/page-api.ts';
import { applyEvent, emptyState, threadKey, visibleMessages, visibleThread, type PageState } from '../../../playground/workspace/page/state.ts';

const message = (ts: string, more: Partial<PageMessage> = {}): PageMessage => ({ ts, channel: 'C1', user: 'U2', text: ts, ...more });

function opened(...messages: PageMessage[]): PageState {
  return { ...emptyState(), me: 'U1', channel: 'C1', messages: new Map([['C1', messages]]) };
}

test('messages stand in the order of their time, once each', () => {
  const state = opened(message('2.0'));
  for (const ts of ['3.0', '1.0', '3.0', '10.0']) applyEvent(state, { type: 'message', message: message(ts) });
  expect(visibleMessages(state).map((each) => each.ts)).toEqual(['1.0', '2.0', '3.0', '10.0']);
});

test('a reply is counted once, and never twice after the parent came changed', () => {
  const state = opened(message('1.0'));
  const reply = message('2.0', { thread_ts: '1.0' });
  applyEvent(state, { type: 'message', message: reply });
  applyEvent(state, { type: 'message', message: reply });
  expect(visibleMessages(state)).toMatchObject([{ reply_count: 1, reply_users: ['U2'], latest_reply: '2.0' }]);
  applyEvent(state, { type: 'message_changed', message: message('1.0', { reply_count: 2, latest_reply: '3.0' }) });
  applyEvent(state, { type: 'message', message: message('3.0', { thread_ts: '1.0' }) });
  expect(visibleMessages(state)[0]?.reply_count).toBe(2);
});

test('an open thread gets replies and its changed parent', () => {
  const state = { ...opened(message('1.0')), thread: '1.0', threads: new Map([[threadKey('C1', '1.0'), [message('1.0')]]]) };
  applyEvent(state, { type: 'message', message: message('2.0', { thread_ts: '1.0' }) });
  applyEvent(state, { type: 'message_changed', message: message('1.0', { text: 'new' }) });
  expect(visibleThread(state).map((each) => each.text)).toEqual(['new', '2.0']);
});

test('what only one person may see is shown to that person alone', () => {
  const state = opened();
  applyEvent(state, { type: 'message', message: message('1.0', { ephemeralFor: 'U1' }) });
  applyEvent(state, { type: 'message', message: message('2.0', { ephemeralFor: 'U9' }) });
  expect(visibleMessages(state).map((each) => each.ts)).toEqual(['1.0']);
  applyEvent(state, { type: 'message_deleted', channel: 'C1', ts: '1.0' });
  expect(visibleMessages(state)).toEqual([]);
});

test('a message elsewhere makes its channel unread, and says so when it names me', () => {
  const state = opened();
  applyEvent(state, { type: 'message', message: message('1.0', { channel: 'C2', text: 'hi <@U1>' }) });
  applyEvent(state, { type: 'message', message: message('2.0', { channel: 'C2' }) });
  applyEvent(state, { type: 'message', message: message('3.0', { channel: 'C3', user: 'U1' }) });
  expect([...state.unread]).toEqual([['C2', { mention: true }]]);
});

test('an empty status clears the line', () => {
  const state = opened();
  applyEvent(state, { type: 'thread_status', channel: 'C1', thread_ts: '1.0', status: 'looks' });
  expect([...state.statuses.values()]).toEqual(['looks']);
  applyEvent(state, { type: 'thread_status', channel: 'C1', thread_ts: '1.0', status: '' });
  expect(state.statuses.size).toBe(0);
});
