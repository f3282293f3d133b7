/** What a listener threw: one log line, and a word with an id for the person. Never a stack in Slack. */
import { randomUUID } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import type { Logger } from '../telemetry/log.ts';
import { sentence, whisper } from './listeners/listening.ts';
import { placeOf } from './listeners/actions/place.ts';

interface AnyBody {
  type?: string;
  command?: string;
  user?: { id?: string };
  user_id?: string;
  channel?: { id?: string };
  channel_id?: string;
  container?: Record<string, unknown>;
  message?: { ts: string; thread_ts?: string };
  view?: { private_metadata?: string };
  event?: { type?: string; user?: string; channel?: string; thread_ts?: string };
}

export function createErrorHandler(client: WebClient, log: Logger): (failed: { error: unknown; body: unknown }) => Promise<void> {
  return async ({ error, body: raw }) => {
    const body = raw as AnyBody;
    const id = randomUUID().slice(0, 8);
    log.error({ error, id, request: body.command ?? body.event?.type ?? body.type }, 'a request from Slack failed');
    const userId = body.user?.id ?? body.user_id ?? body.event?.user;
    const place = placeIn(body);
    if (!userId || !place) return;
    const words = sentence(`Something went wrong on my side and this was not done. Try again; if it stays, the log has it under ${id}.`);
    await whisper(client, userId, place, words).catch(() => undefined);
  };
}

function placeIn(body: AnyBody): { channel: string; threadTs?: string } | undefined {
  if (body.container) return placeOf(body as Parameters<typeof placeOf>[0]);
  if (body.view) return placeOf({ view: body.view, container: {} } as unknown as Parameters<typeof placeOf>[0]);
  const channel = body.channel_id ?? body.channel?.id ?? body.event?.channel;
  return channel === undefined ? undefined : { channel, ...(body.event?.thread_ts !== undefined && { threadTs: body.event.thread_ts }) };
}
