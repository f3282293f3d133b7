/** What every listener works with, and how it answers one person. */
import type { App } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Desk } from '../../incident/desk.ts';
import type { Store } from '../../incident/store.ts';
import type { Actor, Alert, Incident } from '../../incident/types.ts';
import type { Logger } from '../../telemetry/log.ts';
import { slackAlert } from '../../intake/slack.ts';
import type { SlackRequest } from '../../intake/slack.ts';
import type { CardBody } from '../blocks/card.ts';
import { section } from '../blocks/elements.ts';
import type { Place } from '../blocks/modals.ts';
import { escapeText, oneLine } from '../blocks/text.ts';

export interface Listening {
  desk: Desk;
  store: Store;
  log: Logger;
}

export type Register = (app: App, listening: Listening) => void;

/** Bolt's respond(): answers through the response_url. */
export type Respond = (message: { response_type: 'ephemeral'; replace_original: false; text: string; blocks?: CardBody['blocks'] }) => Promise<unknown>;

/** One sentence for one person; `words` is raw. */
export function sentence(words: string): CardBody {
  return { blocks: [section(escapeText(oneLine(words, 1500)))], text: escapeText(oneLine(words, 1500)) };
}

/** Only this person sees it: in the thread where we can write, else through the response_url. */
export async function whisper(client: WebClient, userId: string, place: Place, body: CardBody, respond?: Respond): Promise<void> {
  try {
    await client.chat.postEphemeral({ channel: place.channel, user: userId, ...(place.threadTs && { thread_ts: place.threadTs }), ...body });
  } catch (error) {
    if (!respond) throw error;
    await reply(respond, body);
  }
}

export async function reply(respond: Respond, { text, blocks }: CardBody): Promise<void> {
  await respond({ response_type: 'ephemeral', replace_original: false, text, blocks });
}

/** What says why we can't write in a channel; undefined when we can, or when Slack does not say. */
export async function whyNotHere(client: WebClient, channel: string): Promise<string | undefined> {
  try {
    const { channel: found } = await client.conversations.info({ channel });
    if (found?.is_archived) return 'This channel is archived: ask me in another one.';
    return found?.is_member === false && !found.is_im ? 'I am not in this channel. Invite me with /invite, then ask again.' : undefined;
  } catch (error) {
    const code = (error as { data?: { error?: string } }).data?.error;
    return code === 'channel_not_found' ? 'I can\'t see this channel. Invite me with /invite, then ask again.' : undefined;
  }
}

/**
 * Acknowledges a request once its work is done, so that whoever dies meanwhile leaves a click that Slack says has
 * failed; at the latest after `milliseconds`, because Slack waits for three seconds.
 * @param acknowledge is told what came of it by then
 * @returns the result, and whether it came too late to be part of the acknowledgement
 */
export async function thenAcknowledge<T>(work: Promise<T>, acknowledge: (soFar: { result: T } | 'goes on' | 'failed') => Promise<unknown>, milliseconds = 2500): Promise<{ result: T; late: boolean }> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<'goes on'>((resolve) => {
    timer = setTimeout(() => resolve('goes on'), milliseconds);
  });
  try {
    const first = await Promise.race([work.then((result) => ({ result })), waited]);
    await acknowledge(first);
    return { result: await work, late: first === 'goes on' };
  } catch (error) {
    await acknowledge('failed').catch(() => undefined); // the person is told what failed; twice is refused by Bolt
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Opens a modal; where Slack says that the click is too old for one, the person is told to click again. */
export async function openModal(open: () => Promise<unknown>, tell: (words: string) => Promise<unknown>): Promise<void> {
  try {
    await open();
  } catch (error) {
    if (!/trigger_id/.test((error as { data?: { error?: string } }).data?.error ?? '')) throw error;
    await tell('Slack waits three seconds for a window, and this one came too late: click once more.');
  }
}

/** Opens or joins, and says which. */
export async function openFor({ desk }: Listening, request: SlackRequest, by: Actor): Promise<CardBody> {
  const alert: Alert = slackAlert(request);
  const { incident, opened } = await desk.open(alert, { channel: request.channel, requestedBy: by });
  return sentence(opened ? `${incident.id} is open: its thread follows in this channel.` : `${incident.id} is already about this: I noted it in its thread.`);
}

/** The incident whose thread this is. */
export async function incidentOf({ desk }: Listening, { channel, threadTs }: Place): Promise<Incident | undefined> {
  return threadTs === undefined ? undefined : desk.findByThread(channel, threadTs);
}
