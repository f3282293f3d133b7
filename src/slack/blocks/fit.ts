/** Makes a card fit into one message, whatever it holds: the least valuable parts go first, and it says so. */
import type { KnownBlock } from '@slack/types';
import { context } from './elements.ts';
import { costOf } from './text.ts';

/** Blocks that stay or go together. */
export interface Part {
  blocks: KnownBlock[];
  /** 0 always stays; of the rest the highest goes first, the later one among equals. */
  drop: number;
}

export interface Room {
  blocks: number;
  characters: number;
}

/** Slack takes 50 blocks and about 13,000 characters in all; the difference is for what it counts and we don't. */
export const messageRoom: Room = { blocks: 50, characters: 11_500 };
/** Slack takes 100 blocks and 250 kB. */
export const modalRoom: Room = { blocks: 100, characters: 60_000 };

/** `dropped` is how many parts went; a line in their place says so. Parts with drop 0 must fit by themselves. */
export function fit(parts: Part[], room: Room = messageRoom, where = 'Details'): { blocks: KnownBlock[]; dropped: number } {
  const kept = new Set(parts.filter(({ blocks }) => blocks.length > 0));
  const expendable = parts.map((part, index) => ({ part, index })).filter(({ part }) => part.drop > 0 && part.blocks.length > 0);
  expendable.sort((one, other) => other.part.drop - one.part.drop || other.index - one.index);
  let dropped = 0;
  while (!fits([...kept], room, dropped) && expendable.length > 0) {
    kept.delete(expendable.shift()!.part);
    dropped += 1;
  }
  const blocks = parts.filter((part) => kept.has(part)).flatMap((part) => part.blocks);
  if (dropped === 0) return { blocks, dropped };
  const notice = context(`${dropped} more: ${where}`);
  const actions = blocks.findIndex((block) => block.type === 'actions');
  return { blocks: actions === -1 ? [...blocks, notice] : blocks.toSpliced(actions, 0, notice), dropped };
}

/** Every text in a block, as Slack counts it. */
export function charactersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let total = 0;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string') total += counted.has(name) ? costOf(inner) : 0;
    else total += charactersOf(inner);
  }
  return total;
}

const counted = new Set(['text', 'title', 'value', 'url', 'alt_text', 'fallback', 'user_id']);

function fits(parts: Part[], room: Room, dropped: number): boolean {
  const blocks = parts.flatMap((part) => part.blocks);
  return blocks.length + (dropped > 0 ? 1 : 0) <= room.blocks && charactersOf(blocks) + (dropped > 0 ? 60 : 0) <= room.characters;
}
