import { afterEach, describe, expect, test } from 'vitest';
import { BOT_USER, GENERAL, INCIDENTS, MAYA, OLIVER, TOMAS } from '../../../playground/workspace/people.ts';
import { eventually, found, listen, person, startBench, startOnly } from './support.ts';
import type { Bench, BenchOptions } from './support.ts';

let bench: Bench | undefined;
const start = async (options?: BenchOptions): Promise<Bench> => (bench = await startBench(options));
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

describe('a slash command', () => {
  test('is acknowledged, answered, and opens a thread that grows and changes', async () => {
    const { workspace, client } = await start({
      listen: (app) =>
        app.command('/sre', async ({ ack, command, respond, client: bot }) => {
          await ack();
          await respond(`Looking into it: ${command.text}`);
          const card = await bot.chat.postMessage({ channel: command.channel_id, text: 'Incident', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'Checkout is slow' } }] });
          await bot.chat.postMessage({ channel: command.channel_id, thread_ts: found(card.ts), text: 'first finding' });
          await bot.chat.update({ channel: command.channel_id, ts: found(card.ts), text: 'Incident, resolved', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'Checkout is well' } }] });
          await bot.chat.postEphemeral({ channel: command.channel_id, user: command.user_id, thread_ts: found(card.ts), text: 'for you only' });
        }),
    });
    const maya = person(workspace, MAYA);
    expect(await maya.say(INCIDENTS, '/sre investigate checkout is slow')).toEqual({ ok: true });
    const card = await eventually(async () => found((await maya.channel(INCIDENTS)).find((message) => message.text === 'Incident, resolved')));
    expect(card.blocks).toMatchObject([{ type: 'header', text: { text: 'Checkout is well' } }]);
    expect(card).toMatchObject({ reply_count: 1, reply_users: [BOT_USER], user: BOT_USER });
    expect((await maya.channel(INCIDENTS)).map((message) => message.text)).toEqual(['Looking into it: investigate checkout is slow', 'Incident, resolved']);
    await eventually(async () => expect((await maya.thread(INCIDENTS, card.ts)).map((message) => message.text)).toEqual(['Incident, resolved', 'first finding', 'for you only']));
    const tomas = person(workspace, TOMAS);
    expect((await tomas.thread(INCIDENTS, card.ts)).map((message) => message.text)).toEqual(['Incident, resolved', 'first finding']);
    expect((await tomas.channel(INCIDENTS)).map((message) => message.text)).toEqual(['Incident, resolved']);
    const replies = await client.conversations.replies({ channel: INCIDENTS, ts: card.ts });
    expect(replies.messages?.map((message) => message.text)).toEqual(['Incident, resolved', 'first finding']);
  });

  test('that is acknowledged with words shows them to the person alone', async () => {
    const { workspace } = await start({ listen: (app) => app.command('/sre', async ({ ack }) => ack('Usage: /sre investigate ...')) });
    await person(workspace, MAYA).say(GENERAL, '/sre');
    expect(await person(workspace, MAYA).channel(GENERAL)).toMatchObject([{ text: 'Usage: /sre investigate ...', ephemeralFor: MAYA, user: BOT_USER }]);
    expect(await person(workspace, OLIVER).channel(GENERAL)).toEqual([]);
  });

  test('that nobody acknowledges in time says so', async () => {
    const { workspace } = await start({ limits: { acknowledgement: 250 }, listen: (app) => app.command('/sre', async () => undefined) });
    await person(workspace, MAYA).say(INCIDENTS, '/sre investigate x');
    expect(await person(workspace, MAYA).channel(INCIDENTS)).toMatchObject([{ text: '/sre failed because the app did not respond (operation_timeout).', ephemeralFor: MAYA }]);
  });

  test('without an app to take it fails with dispatch_failed', async () => {
    const { workspace } = await startOnly();
    await person(workspace, MAYA).say(INCIDENTS, '/sre investigate x');
    expect(await person(workspace, MAYA).channel(INCIDENTS)).toMatchObject([{ text: '/sre failed with the error "dispatch_failed".' }]);
    await workspace.close();
  });

  test('is not supported in threads, and an unknown one is no command', async () => {
    const seen: string[] = [];
    const { workspace } = await start({
      listen: (app) =>
        app.command(/.*/, async ({ ack, command }) => {
          seen.push(command.command);
          await ack();
        }),
    });
    const maya = person(workspace, MAYA);
    await maya.say(GENERAL, 'hello');
    const [hello] = await maya.channel(GENERAL);
    await maya.say(GENERAL, '/sre investigate', found(hello).ts);
    await maya.say(GENERAL, '/deploy everything');
    expect((await maya.thread(GENERAL, found(hello).ts)).at(-1)).toMatchObject({ text: '/sre is not supported in threads. Sorry!', ephemeralFor: MAYA });
    expect((await maya.channel(GENERAL)).at(-1)?.text).toContain('`/deploy` is not a valid command');
    expect(seen).toEqual([]);
  });

  test('carries its text escaped and its mentions as typed', async () => {
    const texts: string[] = [];
    const { workspace } = await start({
      listen: (app) =>
        app.command('/sre', async ({ ack, command }) => {
          texts.push(command.text);
          await ack();
        }),
    });
    await person(workspace, MAYA).say(GENERAL, '/sre investigate <!channel> a & b for @maya');
    expect(texts).toEqual(['investigate &lt;!channel&gt; a &amp; b for @maya']);
  });
});

describe('messages of people', () => {
  test('reach the app as events, with mentions resolved and everything else escaped', async () => {
    const mentions: Record<string, unknown>[] = [];
    const messages: Record<string, unknown>[] = [];
    const { workspace } = await start({
      listen: (app) => {
        app.event('app_mention', async ({ event }) => void mentions.push({ ...event }));
        app.event('message', async ({ event }) => void messages.push({ ...event }));
      },
    });
    const maya = person(workspace, MAYA);
    await maya.say(GENERAL, '@sre-agent see #incidents and @Tomás Ferreira, <!channel> & https://shop.test/x.');
    const event = await eventually(() => found(mentions[0]));
    expect(event).toMatchObject({
      user: MAYA,
      channel: GENERAL,
      text: `<@${BOT_USER}> see <#${INCIDENTS}> and <@${TOMAS}>, &lt;!channel&gt; &amp; <https://shop.test/x>.`,
    });
    await maya.say(GENERAL, 'and more', String(event['ts']));
    await eventually(() => expect(messages).toHaveLength(2));
    expect(messages.find((message) => message['text'] === 'and more')).toMatchObject({ thread_ts: event['ts'], parent_user_id: MAYA, channel_type: 'channel' });
    expect(mentions).toHaveLength(1);
  });

  test('to the app directly are messages of type im that nobody else sees', async () => {
    const messages: Record<string, unknown>[] = [];
    const { workspace, client } = await start({ listen: (app) => app.event('message', async ({ event }) => void messages.push({ ...event })) });
    const direct = found((await client.conversations.open({ users: MAYA })).channel?.id);
    await person(workspace, MAYA).say(direct, 'psst');
    await client.chat.postMessage({ channel: MAYA, text: 'yes?' });
    expect((await person(workspace, MAYA).channel(direct)).map((message) => message.text)).toEqual(['psst', 'yes?']);
    await eventually(() => expect(messages).toMatchObject([{ channel_type: 'im', text: 'psst' }]));
    expect(await person(workspace, OLIVER).get(`/page/channels/${direct}/messages`)).toMatchObject({ ok: false });
    expect((await person(workspace, OLIVER).say(direct, 'let me in'))['ok']).toBe(false);
  });

  test('and reactions of people arrive as reaction_added', async () => {
    const reactions: Record<string, unknown>[] = [];
    const { workspace, client } = await start({ listen: (app) => app.event('reaction_added', async ({ event }) => void reactions.push({ ...event })) });
    const posted = await client.chat.postMessage({ channel: GENERAL, text: 'react' });
    expect(await person(workspace, TOMAS).post('/page/reactions', { channel: GENERAL, ts: posted.ts, name: 'eyes', active: true })).toEqual({ ok: true });
    await eventually(() => expect(reactions).toMatchObject([{ user: TOMAS, reaction: 'eyes', item: { channel: GENERAL, ts: posted.ts }, item_user: BOT_USER }]));
    expect(await person(workspace, MAYA).channel(GENERAL)).toMatchObject([{ reactions: [{ name: 'eyes', users: [TOMAS] }] }]);
  });
});

describe('the event stream', () => {
  test('carries messages to everybody and ephemerals to their person', async () => {
    const { workspace, client } = await start();
    const [maya, oliver] = await Promise.all([listen(workspace, MAYA), listen(workspace, OLIVER)]);
    await eventually(() => expect([maya.events.length, oliver.events.length]).toEqual([2, 2]));
    await client.chat.postEphemeral({ channel: GENERAL, user: MAYA, text: 'secret' });
    const posted = await client.chat.postMessage({ channel: GENERAL, text: 'open' });
    await client.assistant.threads.setStatus({ channel_id: GENERAL, thread_ts: found(posted.ts), status: 'is thinking' });
    await client.chat.postMessage({ channel: GENERAL, thread_ts: found(posted.ts), text: 'done' });
    const texts = (events: readonly unknown[]): unknown[] => events.flatMap((event) => (event as { message?: { text: string } }).message?.text ?? (event as { status?: string }).status ?? []);
    await eventually(() => expect(texts(maya.events)).toEqual(['secret', 'open', 'is thinking', 'done', 'open', '']));
    await eventually(() => expect(texts(oliver.events)).toEqual(['open', 'is thinking', 'done', 'open', '']));
    maya.close();
    oliver.close();
  });
});
