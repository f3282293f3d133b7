/** The manifest asks for what the listeners and the Web API calls in src/ need, and for nothing else. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { App } from '@slack/bolt';
import { expect, test } from 'vitest';
import { actionIds } from '../../src/slack/blocks/card.ts';
import { viewIds } from '../../src/slack/blocks/modals.ts';
import { registerListeners } from '../../src/slack/listeners/index.ts';

const root = new URL('../../', import.meta.url);

/** docs.slack.dev, each method's page: the bot scopes that it needs; none is `[]`. */
const scopesOf: Record<string, string[]> = {
  'assistant.threads.setStatus': ['chat:write'],
  'auth.test': [],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.push': [],
  'views.update': [],
};
const scopesOfEvents: Record<string, string[]> = { app_mention: ['app_mentions:read'] };

interface Manifest {
  features: { slash_commands: { command: string; url: string }[]; shortcuts: { type: string; callback_id: string }[] };
  oauth_config: { scopes: { bot: string[] } };
  settings: { event_subscriptions: { bot_events: string[]; request_url: string }; interactivity: { is_enabled: boolean; request_url: string }; socket_mode_enabled: boolean };
}

async function manifest(): Promise<Manifest> {
  return JSON.parse(await readFile(new URL('manifest.json', root), 'utf8')) as Manifest;
}

function registered() {
  const seen = { commands: [] as string[], actions: [] as string[], events: [] as string[], shortcuts: [] as { type: string; callback_id: string }[], views: [] as string[] };
  const app = {
    command: (name: string) => void seen.commands.push(name),
    action: ({ action_id }: { action_id: string }) => void seen.actions.push(action_id),
    event: (name: string) => void seen.events.push(name),
    shortcut: (constraints: { type: string; callback_id: string }) => void seen.shortcuts.push(constraints),
    view: ({ callback_id }: { callback_id: string }) => void seen.views.push(callback_id),
  };
  registerListeners(app as unknown as App, {} as never);
  return seen;
}

async function methodsUsed(): Promise<Set<string>> {
  const files = (await readdir(new URL('src/slack', root), { recursive: true })).filter((file) => file.endsWith('.ts'));
  const sources = await Promise.all(files.map((file) => readFile(new URL(path.posix.join('src/slack', file.split(path.sep).join('/')), root), 'utf8')));
  return new Set(sources.flatMap((source) => [...source.matchAll(/\bclient\.((?:[a-zA-Z]+\.)+[a-zA-Z]+)\(/g)].map(([, method]) => method!)));
}

test('commands, shortcuts and events are those that are listened to', async () => {
  const { features, settings } = await manifest();
  const seen = registered();
  expect(features.slash_commands.map(({ command }) => command)).toEqual(seen.commands);
  expect(features.shortcuts.map(({ type, callback_id }) => [type === 'message' ? 'message_action' : 'shortcut', callback_id])).toEqual(seen.shortcuts.map(({ type, callback_id }) => [type, callback_id]));
  expect(settings.event_subscriptions.bot_events.toSorted()).toEqual(seen.events.toSorted());
  expect(settings.interactivity.is_enabled).toBe(true);
  const urls = [settings.event_subscriptions.request_url, settings.interactivity.request_url, ...features.slash_commands.map(({ url }) => url)];
  for (const url of urls) expect(new URL(url).pathname).toBe('/slack/events');
});

test('every button and modal has its listener', () => {
  const seen = registered();
  expect(seen.actions.toSorted()).toEqual(Object.values(actionIds).toSorted());
  expect(seen.views.toSorted()).toEqual(Object.values(viewIds).toSorted());
});

test('the scopes are exactly those that the methods and events need', async () => {
  const { oauth_config, settings } = await manifest();
  const methods = await methodsUsed();
  expect([...methods].filter((method) => !(method in scopesOf))).toEqual([]);
  expect(methods.size).toBeGreaterThanOrEqual(10);
  const needed = new Set(['commands', ...[...methods].flatMap((method) => scopesOf[method]!), ...settings.event_subscriptions.bot_events.flatMap((event) => scopesOfEvents[event]!)]);
  expect(oauth_config.scopes.bot.toSorted()).toEqual([...needed].toSorted());
});
