/** What a card is: one Slack message that shows a part of an incident. */
import type { Button, KnownBlock } from '@slack/types';
import { button } from './elements.ts';
import { charactersOf, fit, messageRoom } from './fit.ts';
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
  approveFrozen: 'change_approve_frozen',
  reject: 'change_reject',
  edit: 'change_edit',
  undo: 'change_undo',
  changeDetails: 'change_details',
  cardDetails: 'card_details',
  offer: 'investigate_offer',
} as const;

/** A card whose left-out parts can be read behind a Details button, there when parts are left out or `always`; `beside` stand with it. `text` is raw. */
export function cardOf(parts: Part[], text: string, details?: { incident: string; key: string; always?: boolean; beside?: Button[] }): CardBody {
  const whole = fit(parts);
  const shown = { text: escapeText(oneLine(text, 300)), blocks: whole.blocks };
  const beside = details?.beside ?? [];
  if (!details || (whole.dropped === 0 && !details.always && beside.length === 0)) return shown;
  const room = { blocks: messageRoom.blocks - 1, characters: messageRoom.characters - 300 - charactersOf(beside) };
  const fitted = fit(parts, room);
  const open = button('Details', actionIds.cardDetails, { incident: details.incident, key: details.key }, { accessibility_label: 'Show everything about this' });
  return { ...shown, blocks: [...fitted.blocks, { type: 'actions', block_id: 'card_details', elements: [...beside, ...(fitted.dropped > 0 || details.always ? [open] : [])] }] };
}
