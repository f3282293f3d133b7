/** What the manifest does not ask for, the app does not get. */
import { afterEach, expect, test } from 'vitest';
import type { AppManifest } from '../../../playground/workspace/manifest.ts';
import { readManifest } from '../../../playground/workspace/manifest.ts';
import { BOT_USER, GENERAL, MAYA, TOMAS } from '../../../playground/workspace/people.ts';
import { codeOf, eventually, found, person, startBench } from './support.ts';
import type { Bench } from './support.ts';

const manifest: AppManifest = {
  slashCommands: [{ command: '/sre', description: 'd', usageHint: 'u', shouldEscape: true }],
  messageShortcuts: [{ callbackId: 'investigate_message', name: 'Investigate this', description: 'd' }],
  botEvents: ['app_mention'],
  scopes: ['chat:write', 'channels:history'],
};

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

test('events that it did not subscribe to stay away, and methods need their scopes', async () => {
  const seen: string[] = [];
  const { workspace, client } = (bench = await startBench({
    manifest,
    listen: (app) => {
      app.event('message', async () => void seen.push('message'));
      app.event('app_mention', async () => void seen.push('app_mention'));
    },
  }));
  await person(workspace, MAYA).say(GENERAL, 'hello');
  await person(workspace, MAYA).say(GENERAL, '@sre-agent hello');
  await eventually(() => expect(seen).toEqual(['app_mention']));
  const ts = found((await client.chat.postMessage({ channel: GENERAL, text: 'x' })).ts);
  expect(await codeOf(client.conversations.history({ channel: GENERAL }))).toBe('ok');
  expect(await codeOf(client.conversations.info({ channel: GENERAL }))).toBe('missing_scope');
  expect(await codeOf(client.reactions.add({ channel: GENERAL, timestamp: ts, name: 'eyes' }))).toBe('missing_scope');
  await expect(client.users.info({ user: MAYA })).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'users:read', provided: 'chat:write,channels:history' } });
});

test('a command with should_escape has its mentions resolved, with names', async () => {
  const texts: string[] = [];
  const { workspace } = (bench = await startBench({
    manifest,
    listen: (app) =>
      app.command('/sre', async ({ ack, command }) => {
        texts.push(command.text);
        await ack();
      }),
  }));
  await person(workspace, MAYA).say(GENERAL, '/sre ask @tomas in #general');
  expect(texts).toEqual([`ask <@${TOMAS}|tomas> in <#${GENERAL}|general>`]);
});

test('a message shortcut carries the message, and an answer can be dismissed', async () => {
  const { workspace } = (bench = await startBench({
    manifest,
    listen: (app) =>
      app.shortcut({ type: 'message_action', callback_id: 'investigate_message' }, async ({ ack, shortcut, respond }) => {
        await ack();
        const { message, user } = shortcut as { message: { text?: string }; user: { id: string } };
        await respond(`${user.id} asks about: ${message.text}`);
      }),
  }));
  const maya = person(workspace, MAYA);
  expect((await maya.get('/page/bootstrap'))['messageShortcuts']).toMatchObject([{ callback_id: 'investigate_message' }]);
  await person(workspace, TOMAS).say(GENERAL, 'checkout is red');
  const channel = GENERAL;
  const { ts } = found((await maya.channel(channel))[0]);
  expect(await maya.post('/page/shortcuts', { channel, ts, callback_id: 'other' })).toMatchObject({ ok: false });
  expect(await maya.post('/page/shortcuts', { channel, ts, callback_id: 'investigate_message' })).toEqual({ ok: true });
  const answer = await eventually(async () => found((await maya.channel(channel))[1]));
  expect(answer).toMatchObject({ text: `${MAYA} asks about: checkout is red`, ephemeralFor: MAYA, user: BOT_USER });
  await person(workspace, TOMAS).post('/page/dismissals', { channel, ts: answer.ts });
  expect(await maya.channel(channel)).toHaveLength(2);
  await maya.post('/page/dismissals', { channel, ts: answer.ts });
  expect(await maya.channel(channel)).toHaveLength(1);
});

test('the product’s own manifest can be read', () => {
  expect(readManifest(new URL('../../../manifest.json', import.meta.url).pathname)).toMatchObject({ slashCommands: [{ command: '/sre' }], scopes: expect.arrayContaining(['chat:write']) });
});
