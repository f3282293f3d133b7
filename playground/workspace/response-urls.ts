/** response_url: five uses in thirty minutes, to answer where the person acted. */
import { randomBytes } from 'node:crypto';
import { isRecord } from './http.ts';
import type { Messages } from './messages.ts';
import type { WorkspaceLimits } from './options.ts';
import { BOT_ID, BOT_USER, TEAM } from './people.ts';
import { SlackError, errorBody } from './slack-error.ts';
import type { StoredMessage } from './state.ts';
import { parseMessageContent } from './message-content.ts';

export interface ResponseOrigin {
  user: string;
  channel: string;
  /** The message whose button was pressed. */
  message?: StoredMessage;
}

export interface ResponseUrls {
  issue(origin: ResponseOrigin): string;
  /** Answers a POST to `/response/<token>`. */
  receive(token: string, body: unknown): { status: number; body: Record<string, unknown> };
}

export interface ResponseUrlsOptions {
  messages: Messages;
  limits: WorkspaceLimits;
  baseUrl(): string;
}

const REMEMBERED = 1000;

export function createResponseUrls({ messages, limits, baseUrl }: ResponseUrlsOptions): ResponseUrls {
  const issued = new Map<string, ResponseOrigin & { expires: number; uses: number }>();
  return {
    issue(origin) {
      const token = `${TEAM.id}/${Date.now()}/${randomBytes(18).toString('base64url')}`;
      issued.set(token, { ...origin, expires: Date.now() + limits.responseUrlLifetime, uses: 0 });
      const oldest = issued.keys().next().value;
      if (issued.size > REMEMBERED && oldest !== undefined) issued.delete(oldest);
      return `${baseUrl()}/response/${token}`;
    },
    receive(token, body) {
      const origin = issued.get(token);
      if (origin === undefined || Date.now() > origin.expires) return { status: 404, body: { ok: false, error: 'expired_url' } };
      if (origin.uses >= limits.responseUrlUses) return { status: 404, body: { ok: false, error: 'used_url' } };
      origin.uses += 1;
      try {
        respond(messages, origin, body);
        return { status: 200, body: { ok: true } };
      } catch (error) {
        if (error instanceof SlackError) return { status: 400, body: errorBody(error) };
        throw error;
      }
    },
  };
}

/**
 * What a command's or a response_url's JSON asks for. Throws SlackError.
 * Like Slack, a press on a message is answered by replacing that message unless `replace_original` is false.
 */
export function respond(messages: Messages, origin: ResponseOrigin, body: unknown): void {
  if (!isRecord(body)) throw new SlackError('invalid_payload');
  const original = origin.message === undefined ? undefined : current(messages, origin.message);
  if (body['delete_original'] === true) {
    if (original !== undefined) messages.remove(original);
    if (body['text'] === undefined && body['blocks'] === undefined) return;
  }
  const content = parseMessageContent(body);
  if (original !== undefined && body['delete_original'] !== true && body['replace_original'] !== false) {
    return messages.edit(original, { text: content.text, blocks: content.blocks, attachments: content.attachments });
  }
  const threadTs = body['thread_ts'];
  const draft = {
    channel: origin.channel,
    user: BOT_USER,
    bot_id: BOT_ID,
    ...content,
    ...(typeof threadTs === 'string' && messages.find(origin.channel, threadTs) !== undefined && { thread_ts: threadTs }),
  };
  if (body['response_type'] === 'in_channel') messages.post(draft);
  else messages.postEphemeral(origin.user, draft);
}

function current(messages: Messages, message: StoredMessage): StoredMessage | undefined {
  return message.ephemeralFor === undefined ? messages.find(message.channel, message.ts) : messages.findEphemeral(message.ephemeralFor, message.channel, message.ts);
}

