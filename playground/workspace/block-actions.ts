/** A press, choice or entry in a message or a modal. */
import { acknowledged } from './app-requests.ts';
import { chosenValue } from './element-values.ts';
import { isRecord } from './http.ts';
import type { SendAction } from './page-api.ts';
import type { Parts } from './parts.ts';
import { actionTimestamp, commonPayload } from './payloads.ts';
import { BOT_ID, findChannel } from './people.ts';
import { PageRefusal } from './page-refusal.ts';
import type { StoredMessage } from './state.ts';
import { interactiveElements } from './validation/identifiers.ts';
import { messageJson } from './web-api/message-json.ts';
import { collectValues } from './view-values.ts';

/** Throws PageRefusal when there is no such element any more, or the app does not acknowledge. */
export async function sendBlockAction(parts: Parts, action: SendAction): Promise<void> {
  const source = action.container.type === 'view' ? viewSource(parts, action, action.container.view_id) : messageSource(parts, action, action.container);
  const taken = takeAction(source.blocks, action);
  const answer = await parts.appRequests.interaction({
    type: 'block_actions',
    ...commonPayload(action.user),
    trigger_id: parts.triggers.issue({ user: action.user, ...(source.viewId !== undefined && { viewId: source.viewId }) }),
    ...source.payload,
    state: { values: 'selected_option' in taken || 'selected_options' in taken ? { [action.block_id]: { [action.action_id]: taken } } : {} },
    actions: [{ ...taken, action_ts: actionTimestamp() }],
  });
  if (!acknowledged(answer)) throw new PageRefusal('sre-agent did not respond to this. Try again in a moment.');
}

interface Source {
  blocks: unknown;
  payload: Record<string, unknown>;
  viewId?: string;
}

function messageSource(parts: Parts, action: SendAction, container: Extract<SendAction['container'], { type: 'message' }>): Source {
  const channel = findChannel(container.channel);
  const message =
    parts.messages.findEphemeral(action.user, container.channel, container.ts) ?? parts.messages.find(container.channel, container.ts);
  if (channel === undefined || !channel.members.includes(action.user) || message === undefined || message.bot_id !== BOT_ID) {
    throw new PageRefusal('This message is not there any more.');
  }
  const ephemeral = message.ephemeralFor !== undefined;
  return {
    blocks: allBlocks(message),
    payload: {
      container: {
        type: 'message',
        message_ts: message.ts,
        channel_id: channel.id,
        is_ephemeral: ephemeral,
        ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }),
      },
      channel: { id: channel.id, name: channel.isDirectMessage ? 'directmessage' : channel.name },
      ...(!ephemeral && { message: messageJson(parts.state, message) }),
      response_url: parts.responseUrls.issue({ user: action.user, channel: channel.id, message }),
    },
  };
}

function viewSource(parts: Parts, action: SendAction, viewId: string): Source {
  const open = parts.modals.find(action.user, viewId);
  const home = parts.modals.home(action.user);
  const view = open?.json ?? (home?.id === viewId ? home.view : undefined);
  if (view === undefined) throw new PageRefusal('This window is closed already.');
  const { values } = collectValues(view['blocks'], {});
  return { blocks: view['blocks'], viewId, payload: { container: { type: 'view', view_id: viewId }, view: { ...view, state: { values } } } };
}

/** The element is found in what is stored, and its value taken from there: what the page sends is not believed. */
function takeAction(blocks: unknown, action: SendAction): Record<string, unknown> {
  const block = Array.isArray(blocks) ? blocks.filter(isRecord).find((candidate) => candidate['block_id'] === action.block_id) : undefined;
  const element = block === undefined ? undefined : interactiveElements(block).find((candidate) => candidate['action_id'] === action.action_id);
  if (element === undefined || element['type'] !== action.element) throw new PageRefusal('This message has changed; look at it again.');
  const place = { action_id: action.action_id, block_id: action.block_id };
  if (element['type'] === 'button') {
    const { type, text, value, style, url, confirm } = element;
    return {
      type,
      ...place,
      text,
      ...(value !== undefined && { value }),
      ...(style !== undefined && { style }),
      ...(url !== undefined && { url }),
      ...(confirm !== undefined && { confirm }),
    };
  }
  const chosen = chosenValue(element, { value: action.value, selected_option: action.selected_option, selected_options: action.selected_options });
  if (chosen === undefined) throw new PageRefusal('This is not one of the options.');
  return { ...chosen, ...place };
}

function allBlocks(message: StoredMessage): unknown[] {
  const attached = (message.attachments ?? []).filter(isRecord).flatMap((attachment) => (Array.isArray(attachment['blocks']) ? (attachment['blocks'] as unknown[]) : []));
  return [...(message.blocks ?? []), ...attached];
}
