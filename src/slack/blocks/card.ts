/** What a card is: one Slack message that shows a part of an incident. */
import type { KnownBlock } from '@slack/types';
import { button } from './elements.ts';
import { fit, messageRoom } from './fit.ts';
import type { Part } from './fit.ts';
import { escapeText, oneLine } from './text.ts';

export interface CardBody {
  blocks: KnownBlock[];
  /** What notifications and screen readers say; escaped. */
  text: string;
}

/** The listeners' names for what people click; the manifest and the listeners are tested against each other. */
export const actionIds = {
  approve: 'change_approve',
  reject: 'change_reject',
  changeDetails: 'change_details',
  cardDetails: 'card_details',
  offer: 'investigate_offer',
} as const;

/** A card whose left-out parts can be read behind a Details button, there when parts are left out or `always`. `text` is raw. */
export function cardOf(parts: Part[], text: string, details?: { incident: string; key: string; always?: boolean }): CardBody {
  const whole = fit(parts);
  const shown = { text: escapeText(oneLine(text, 300)), blocks: whole.blocks };
  if (!details || (whole.dropped === 0 && !details.always)) return shown;
  const room = { blocks: messageRoom.blocks - 1, characters: messageRoom.characters - 200 };
  const actions: KnownBlock = { type: 'actions', block_id: 'card_details', elements: [button('Details', actionIds.cardDetails, { incident: details.incident, key: details.key }, { accessibility_label: 'Show everything this message leaves out' })] };
  return { ...shown, blocks: [...fit(parts, room).blocks, actions] };
}
