/** The calls that put cards into Slack, each with what its failure means for trying again. */
import type { WebClient } from '@slack/web-api';
import { WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import type { KnownBlock } from '@slack/types';
import type { CardBody } from './blocks/card.ts';
import { plainer } from './blocks/plainer.ts';

export const metadataType = 'sre_agent_card';

/** `refused`: Slack said no, nothing was written. `unsure`: it may or may not have been written. */
export type Failure = { kind: 'refused'; error: string } | { kind: 'limited'; milliseconds: number } | { kind: 'unsure'; error: string };

export interface CardPlace {
  incidentId: string;
  key: string;
  channel: string;
  /** The root card's ts; absent for the root itself. */
  threadTs?: string;
}

/** @returns the message's ts, or why there is none */
export async function postCard(client: WebClient, place: CardPlace, body: CardBody): Promise<{ ts: string } | Failure> {
  return withPlainer(body, async ({ blocks, text }) => {
    const answer = await client.chat.postMessage({
      channel: place.channel,
      ...(place.threadTs && { thread_ts: place.threadTs }),
      text,
      blocks,
      metadata: { event_type: metadataType, event_payload: { incident: place.incidentId, key: place.key } },
      unfurl_links: false,
      unfurl_media: false,
      parse: 'none',
    });
    return { ts: answer.ts ?? '' };
  });
}

export async function updateCard(client: WebClient, place: CardPlace & { ts: string }, body: CardBody): Promise<{ ts: string } | Failure> {
  return withPlainer(body, async ({ blocks, text }) => {
    await client.chat.update({
      channel: place.channel,
      ts: place.ts,
      text,
      blocks,
      metadata: { event_type: metadataType, event_payload: { incident: place.incidentId, key: place.key } },
      parse: 'none',
    });
    return { ts: place.ts };
  });
}

/**
 * Finds a card that was posted although we never learnt its ts.
 * @param since ISO 8601: when the incident was opened
 * @returns its ts, undefined when Slack has no such message, or why Slack could not be asked
 */
export async function findCard(client: WebClient, place: CardPlace, since: string): Promise<{ ts: string } | undefined | Failure> {
  const oldest = String(Math.floor(Date.parse(since) / 1000) - 300);
  let cursor: string | undefined;
  try {
    for (let page = 0; page < 20; page += 1) {
      const more = { channel: place.channel, include_all_metadata: true, oldest, limit: 200, ...(cursor && { cursor }) };
      const answer = place.threadTs ? await client.conversations.replies({ ...more, ts: place.threadTs }) : await client.conversations.history(more);
      const found = answer.messages?.find(({ metadata }) => isThisCard(metadata, place));
      if (found?.ts) return { ts: found.ts };
      cursor = answer.response_metadata?.next_cursor;
      if (!cursor) return undefined;
    }
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}

export function isFailure(result: { ts: string } | Failure | undefined): result is Failure {
  return result !== undefined && 'kind' in result;
}

function isThisCard(metadata: { event_type?: string; event_payload?: object } | undefined, place: CardPlace): boolean {
  const payload = metadata?.event_payload as Record<string, unknown> | undefined;
  return metadata?.event_type === metadataType && payload?.['incident'] === place.incidentId && payload?.['key'] === place.key;
}

/** A workspace that does not take our blocks gets the same words in plainer ones. */
async function withPlainer(body: CardBody, call: (body: CardBody) => Promise<{ ts: string }>): Promise<{ ts: string } | Failure> {
  const bodies: { text: string; blocks: KnownBlock[] }[] = [body, { ...body, blocks: plainer(body.blocks) }, { ...body, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: body.text, verbatim: true } }] }];
  let failure: Failure = { kind: 'refused', error: 'invalid_blocks' };
  for (const each of bodies) {
    try {
      return await call(each);
    } catch (error) {
      failure = failureOf(error);
      if (failure.kind !== 'refused' || !blockErrors.has(failure.error)) return failure;
    }
  }
  return failure;
}

const blockErrors = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long']);

/** Slack's own troubles, where the call may have worked all the same. */
const serverErrors = new Set(['fatal_error', 'internal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org']);

function failureOf(error: unknown): Failure {
  if (error instanceof WebAPIRateLimitedError) return { kind: 'limited', milliseconds: Math.max(1, error.retryAfter) * 1000 };
  if (error instanceof WebAPIPlatformError && error.data.error === 'ratelimited') return { kind: 'limited', milliseconds: 5000 };
  if (error instanceof WebAPIPlatformError && !serverErrors.has(error.data.error)) return { kind: 'refused', error: error.data.error };
  return { kind: 'unsure', error: error instanceof Error ? error.message : String(error) };
}
