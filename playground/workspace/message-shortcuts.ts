/** "More actions" of a message, as the app's manifest offers them. */
import { acknowledged } from './app-requests.ts';
import { PageRefusal } from './page-refusal.ts';
import type { Parts } from './parts.ts';
import { actionTimestamp, commonPayload } from './payloads.ts';
import type { Channel } from './people.ts';
import { messageJson } from './web-api/message-json.ts';

/** Throws PageRefusal when there is no such shortcut or message, or the app does not acknowledge. */
export async function runMessageShortcut(parts: Parts, shortcut: { user: string; channel: Channel; ts: string; callbackId: string }): Promise<void> {
  const { user, channel, ts, callbackId } = shortcut;
  const message = parts.messages.find(channel.id, ts);
  if (message === undefined) throw new PageRefusal('This message is not there any more.');
  if (parts.options.manifest?.messageShortcuts.some((known) => known.callbackId === callbackId) !== true) throw new PageRefusal('There is no such shortcut.', 404);
  const answer = await parts.appRequests.interaction({
    type: 'message_action',
    callback_id: callbackId,
    ...commonPayload(user),
    action_ts: actionTimestamp(),
    trigger_id: parts.triggers.issue({ user }),
    response_url: parts.responseUrls.issue({ user, channel: channel.id }),
    message_ts: ts,
    channel: { id: channel.id, name: channel.isDirectMessage ? 'directmessage' : channel.name },
    message: messageJson(parts.state, message),
  });
  if (!acknowledged(answer)) throw new PageRefusal('sre-agent did not respond to this. Try again in a moment.');
}
