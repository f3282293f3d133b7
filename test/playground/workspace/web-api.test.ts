import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebClient } from '@slack/web-api';
import { APPROVERS, BOT_ID, BOT_USER, GENERAL, INCIDENTS, MAYA, SHOP_ALERTS, TEAM } from '../../../playground/workspace/people.ts';
import type { Workspace } from '../../../playground/workspace/server.ts';
import { codeOf, complaintsOf, found, person, startOnly, webClient } from './support.ts';

let workspace: Workspace;
let client: WebClient;
beforeAll(async () => {
  ({ workspace } = await startOnly());
  client = webClient(workspace);
});
afterAll(() => workspace.close());

const post = async (channel: string, text: string, extra: object = {}): Promise<string> => found((await client.chat.postMessage({ channel, text, ...extra })).ts);

describe('identity', () => {
  test('auth.test says who the app is, and refuses other tokens', async () => {
    expect(await client.auth.test()).toMatchObject({ ok: true, user_id: BOT_USER, bot_id: BOT_ID, team_id: TEAM.id });
    const stranger = (token?: string): WebClient => new WebClient(token, { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } });
    expect(await codeOf(stranger('xoxb-other').auth.test())).toBe('invalid_auth');
    expect(await codeOf(stranger().auth.test())).toBe('not_authed');
    expect(await codeOf(client.apiCall('chat.postMessages'))).toBe('unknown_method');
    expect(await codeOf(client.apiCall('constructor'))).toBe('unknown_method');
  });

  test('people, groups, channels and bots', async () => {
    expect((await client.users.info({ user: MAYA })).user).toMatchObject({ real_name: 'Maya Lindqvist', is_bot: false });
    expect(await codeOf(client.users.info({ user: 'U0NOBODY00' }))).toBe('user_not_found');
    expect((await client.usergroups.list({ include_users: true })).usergroups).toMatchObject([{ handle: 'sre-approvers', users: APPROVERS.users }]);
    expect(await codeOf(client.usergroups.users.list({ usergroup: 'S0OTHER000' }))).toBe('no_such_subteam');
    expect((await client.conversations.info({ channel: INCIDENTS })).channel).toMatchObject({ name: 'incidents', is_member: true });
    expect((await client.conversations.list()).channels?.map((channel) => channel.name)).toEqual(['incidents', 'shop-alerts', 'general']);
    expect((await client.conversations.members({ channel: INCIDENTS })).members).toContain(MAYA);
    expect(await codeOf(client.conversations.info({ channel: 'C0NOWHERE0' }))).toBe('channel_not_found');
    expect((await client.bots.info({ bot: BOT_ID })).bot).toMatchObject({ user_id: BOT_USER });
  });
});

describe('chat.*', () => {
  test('refuse with Slack’s codes', async () => {
    const ts = await post(GENERAL, 'mine');
    await person(workspace, MAYA).say(GENERAL, 'hers');
    const hers = found((await person(workspace, MAYA).channel(GENERAL)).find((message) => message.text === 'hers')).ts;
    const reply = await post(GENERAL, 'reply', { thread_ts: ts });
    expect(await codeOf(client.chat.postMessage({ channel: 'C0NOWHERE0', text: 'x' }))).toBe('channel_not_found');
    expect(await codeOf(client.chat.postMessage({ channel: GENERAL, text: '' }))).toBe('no_text');
    expect(await codeOf(client.chat.postMessage({ channel: GENERAL, text: 'x', thread_ts: '1.000001' }))).toBe('thread_not_found');
    expect(await codeOf(client.chat.postMessage({ channel: GENERAL, text: 'x', thread_ts: reply }))).toBe('cannot_reply_to_message');
    expect(await codeOf(client.apiCall('chat.postMessage', { channel: GENERAL, text: 'x', blocks: 'not json' }))).toBe('invalid_blocks_format');
    expect(await codeOf(client.apiCall('chat.postMessage', { channel: GENERAL, text: 'x', metadata: '{"event_type":3}' }))).toBe('invalid_metadata_schema');
    expect(await codeOf(client.apiCall('chat.postMessage', { channel: GENERAL, text: 'x', markdown_text: 'y' }))).toBe('markdown_text_conflict');
    expect(await complaintsOf(client.apiCall('chat.postMessage', { channel: GENERAL, text: 'x', blocks: [{ type: 'nonsense' }] }))).toEqual(['[ERROR] unsupported type: nonsense [json-pointer:/blocks/0/type]']);
    expect(await codeOf(client.chat.update({ channel: GENERAL, ts: hers, text: 'mine now' }))).toBe('cant_update_message');
    expect(await codeOf(client.chat.update({ channel: GENERAL, ts: '1.000001', text: 'x' }))).toBe('message_not_found');
    expect(await codeOf(client.chat.update({ channel: GENERAL, ts, text: 'x'.repeat(4001) }))).toBe('msg_too_long');
    expect(await codeOf(client.chat.delete({ channel: GENERAL, ts: hers }))).toBe('cant_delete_message');
    expect(await codeOf(client.chat.delete({ channel: GENERAL, ts: '1.000001' }))).toBe('message_not_found');
    expect(await codeOf(client.chat.postEphemeral({ channel: GENERAL, user: 'U0NOBODY00', text: 'x' }))).toBe('user_not_in_channel');
    expect(await codeOf(client.chat.getPermalink({ channel: GENERAL, message_ts: '1.000001' }))).toBe('message_not_found');
  });

  test('an update with text alone takes the blocks away and marks it as edited', async () => {
    const ts = await post(SHOP_ALERTS, 'card', { blocks: [{ type: 'divider' }] });
    await client.chat.update({ channel: SHOP_ALERTS, ts, text: 'words' });
    const [message] = await person(workspace, MAYA).channel(SHOP_ALERTS);
    expect(message).toMatchObject({ text: 'words', edited: true });
    expect(message).not.toHaveProperty('blocks');
  });

  test('a text over 40,000 characters is cut, with a warning', async () => {
    const answer = await client.chat.postMessage({ channel: SHOP_ALERTS, text: 'x'.repeat(40_001) });
    expect(answer.message?.text).toHaveLength(40_000);
    expect(answer.response_metadata?.warnings).toEqual(['message_truncated']);
    await client.chat.delete({ channel: SHOP_ALERTS, ts: found(answer.ts) });
  });

  test('a deleted parent with replies leaves a tombstone; a permalink leads to the page', async () => {
    const ts = await post(SHOP_ALERTS, 'parent');
    const reply = await post(SHOP_ALERTS, 'reply', { thread_ts: ts });
    const link = found((await client.chat.getPermalink({ channel: SHOP_ALERTS, message_ts: reply })).permalink);
    const followed = await fetch(link, { redirect: 'manual' });
    expect([followed.status, followed.headers.get('location')]).toEqual([302, `/#channel=${SHOP_ALERTS}&thread=${ts}`]);
    await client.chat.delete({ channel: SHOP_ALERTS, ts });
    expect((await person(workspace, MAYA).thread(SHOP_ALERTS, ts)).map((message) => message.text)).toEqual(['This message was deleted.', 'reply']);
  });

  test('takes JSON bodies too', async () => {
    const response = await fetch(`${workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: 'Bearer xoxb-tests' },
      body: JSON.stringify({ channel: 'general', text: 'from json', blocks: [{ type: 'divider' }] }),
    });
    expect(await response.json()).toMatchObject({ ok: true, channel: GENERAL, message: { blocks: [{ type: 'divider' }] } });
  });
});

describe('conversations.history and replies', () => {
  test('page with cursors, newest first and oldest first, with metadata only when asked', async () => {
    const { workspace: other } = await startOnly();
    const bot = webClient(other);
    const stamps: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      stamps.push(found((await bot.chat.postMessage({ channel: GENERAL, text: `message ${index}`, metadata: { event_type: 'card', event_payload: { key: index } } })).ts));
    }
    expect(new Set(stamps).size).toBe(5);
    expect([...stamps].sort()).toEqual(stamps);
    const pages: (string | undefined)[][] = [];
    for await (const page of bot.paginate('conversations.history', { channel: GENERAL, limit: 2 })) {
      pages.push((page as unknown as { messages: { text?: string }[] }).messages.map((message) => message.text));
    }
    expect(pages).toEqual([['message 4', 'message 3'], ['message 2', 'message 1'], ['message 0']]);
    expect((await bot.conversations.history({ channel: GENERAL, limit: 1 })).messages?.[0]).not.toHaveProperty('metadata');
    expect((await bot.conversations.history({ channel: GENERAL, limit: 1, include_all_metadata: true })).messages?.[0]?.metadata).toEqual({ event_type: 'card', event_payload: { key: 4 } });
    expect((await bot.conversations.history({ channel: GENERAL, oldest: found(stamps[1]), latest: found(stamps[3]) })).messages?.map((message) => message.text)).toEqual(['message 2']);
    expect((await bot.conversations.history({ channel: GENERAL, oldest: found(stamps[1]), latest: found(stamps[3]), inclusive: true })).messages).toHaveLength(3);
    const thread = found(stamps[0]);
    await bot.chat.postMessage({ channel: GENERAL, thread_ts: thread, text: 'reply', metadata: { event_type: 'card', event_payload: { key: 'r' } } });
    const replies = await bot.conversations.replies({ channel: GENERAL, ts: thread, include_all_metadata: true });
    expect(replies.messages).toMatchObject([{ text: 'message 0', reply_count: 1, thread_ts: thread, metadata: { event_payload: { key: 0 } } }, { text: 'reply', metadata: { event_payload: { key: 'r' } } }]);
    expect((await bot.conversations.history({ channel: GENERAL })).messages).toHaveLength(5);
    expect(await codeOf(bot.conversations.replies({ channel: GENERAL, ts: '1.000001' }))).toBe('thread_not_found');
    expect(await codeOf(bot.conversations.history({ channel: GENERAL, cursor: 'bm90IG9uZQ==' }))).toBe('invalid_cursor');
    await other.close();
  });
});

test('reactions', async () => {
  const timestamp = await post(GENERAL, 'react to me');
  const reaction = { channel: GENERAL, timestamp, name: 'white_check_mark' };
  expect(await codeOf(client.reactions.add(reaction))).toBe('ok');
  expect(await codeOf(client.reactions.add(reaction))).toBe('already_reacted');
  expect((await client.reactions.get({ channel: GENERAL, timestamp })).message?.reactions).toEqual([{ name: 'white_check_mark', users: [BOT_USER], count: 1 }]);
  expect(await codeOf(client.reactions.remove(reaction))).toBe('ok');
  expect(await codeOf(client.reactions.remove(reaction))).toBe('no_reaction');
  expect(await codeOf(client.reactions.add({ ...reaction, timestamp: '1.000001' }))).toBe('message_not_found');
  expect(await codeOf(client.reactions.add({ ...reaction, name: 'not a name' }))).toBe('invalid_name');
});

test('files are uploaded, posted in a thread, and can be read', async () => {
  const thread = await post(GENERAL, 'evidence follows');
  await client.filesUploadV2({ channel_id: GENERAL, thread_ts: thread, filename: 'evidence.txt', content: 'seq scan on orders', title: 'EXPLAIN', initial_comment: 'The plan' });
  const reply = found((await person(workspace, MAYA).thread(GENERAL, thread))[1]);
  expect(reply).toMatchObject({ text: 'The plan', files: [{ name: 'evidence.txt', mimetype: 'text/plain' }] });
  const file = await fetch(`${workspace.url}${found(reply.files?.[0]).url}`);
  expect([await file.text(), file.headers.get('content-type')]).toEqual(['seq scan on orders', 'text/plain; charset=utf-8']);
  expect(await codeOf(client.files.completeUploadExternal({ files: [{ id: 'F0NOTHING0', title: 'x' }] }))).toBe('file_not_found');
});

test('a thread’s status needs a thread', async () => {
  expect(await codeOf(client.assistant.threads.setStatus({ channel_id: GENERAL, thread_ts: '1.000001', status: 'is thinking' }))).toBe('thread_not_found');
  const thread_ts = await post(GENERAL, 'think');
  expect(await codeOf(client.assistant.threads.setStatus({ channel_id: GENERAL, thread_ts, status: 'is thinking', loading_messages: ['Reading...'] }))).toBe('ok');
  expect(await codeOf(client.assistant.threads.setStatus({ channel_id: GENERAL, thread_ts, status: '', loading_messages: ['x'.repeat(51)] }))).toBe('invalid_arguments');
});
