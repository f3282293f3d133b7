/** The app's manifest: what Slack lets it hear, do and offer. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { SlashCommand } from './options.ts';

export interface AppManifest {
  slashCommands: SlashCommand[];
  /** "More actions" of a message. */
  messageShortcuts: { callbackId: string; name: string; description: string }[];
  /** As subscribed to: app_mention, message.channels, ... */
  botEvents: string[];
  /** Scopes of the bot token. */
  scopes: string[];
}

const Manifest = z.object({
  features: z.object({
    slash_commands: z.array(z.object({ command: z.string(), description: z.string(), usage_hint: z.string().default(''), should_escape: z.boolean().default(false) })).default([]),
    shortcuts: z.array(z.object({ name: z.string(), type: z.string(), callback_id: z.string(), description: z.string() })).default([]),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({ event_subscriptions: z.object({ bot_events: z.array(z.string()).default([]) }).optional() }),
});

/** Reads a manifest.json. Throws when it can't be read or misses a part that a Slack app has. */
export function readManifest(file: string): AppManifest {
  const { features, oauth_config: oauth, settings } = Manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  return {
    slashCommands: features.slash_commands.map((command) => ({ command: command.command, description: command.description, usageHint: command.usage_hint, shouldEscape: command.should_escape })),
    messageShortcuts: features.shortcuts.filter(({ type }) => type === 'message').map(({ callback_id: callbackId, name, description }) => ({ callbackId, name, description })),
    botEvents: settings.event_subscriptions?.bot_events ?? [],
    scopes: oauth.scopes.bot,
  };
}

/** The name under which an app subscribes to an event. */
export function subscriptionOf(event: { type: string } & Record<string, unknown>): string {
  if (event.type !== 'message') return event.type;
  return event['channel_type'] === 'im' ? 'message.im' : 'message.channels';
}

/** The scopes of which the app needs one to call a method; none when it needs no scope. */
export function scopesFor(method: string, isDirectMessage: boolean): string[] {
  const kind = isDirectMessage ? 'im' : 'channels';
  switch (method) {
    case 'chat.postMessage':
    case 'chat.update':
    case 'chat.postEphemeral':
    case 'chat.delete':
      return ['chat:write'];
    case 'assistant.threads.setStatus':
      return ['chat:write', 'assistant:write'];
    case 'conversations.history':
    case 'conversations.replies':
      return [`${kind}:history`];
    case 'conversations.info':
    case 'conversations.list':
    case 'conversations.members':
      return [`${kind}:read`];
    case 'conversations.open':
      return ['im:write'];
    case 'conversations.join':
      return ['channels:join'];
    case 'users.info':
    case 'users.list':
    case 'bots.info':
      return ['users:read'];
    case 'usergroups.list':
    case 'usergroups.users.list':
      return ['usergroups:read'];
    case 'reactions.add':
    case 'reactions.remove':
      return ['reactions:write'];
    case 'reactions.get':
      return ['reactions:read'];
    case 'files.getUploadURLExternal':
    case 'files.completeUploadExternal':
      return ['files:write'];
    default:
      return [];
  }
}
