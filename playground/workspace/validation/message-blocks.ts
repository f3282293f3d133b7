/** The blocks of one message, as chat.postMessage and its relatives check them. */
import { isRecord } from '../http.ts';
import { MAXIMUM_MARKDOWN, MESSAGE_BLOCK } from './blocks.ts';
import { array } from './check.ts';
import type { Problem } from './check.ts';
import { duplicateIdentifiers } from './identifiers.ts';

const MAXIMUM_BLOCKS = 50;
const MAXIMUM_CHARACTERS = 13_000;

export type BlocksVerdict = { ok: true } | { ok: false; error: 'invalid_blocks' | 'msg_blocks_too_long'; problems: Problem[] };

const checkBlocks = array(MESSAGE_BLOCK, { minimum: 0, maximum: MAXIMUM_BLOCKS });

export function checkMessageBlocks(blocks: unknown): BlocksVerdict {
  const problems: Problem[] = [];
  checkBlocks(blocks, '/blocks', problems);
  if (Array.isArray(blocks)) problems.push(...duplicateIdentifiers(blocks, '/blocks'), ...togetherInOneMessage(blocks.filter(isRecord)));
  if (problems.length > 0) return { ok: false, error: 'invalid_blocks', problems };
  if (countCharacters(blocks) > MAXIMUM_CHARACTERS) return { ok: false, error: 'msg_blocks_too_long', problems: [] };
  return { ok: true };
}

function togetherInOneMessage(blocks: Record<string, unknown>[]): Problem[] {
  const problems: Problem[] = [];
  const has = (type: string): boolean => blocks.some((block) => block['type'] === type);
  if (has('plan') && has('task_card')) problems.push({ message: 'plan and task_card cannot be used in the same message', pointer: '/blocks' });
  const markdown = blocks.filter((block) => block['type'] === 'markdown');
  if (markdown.length > 1 && countCharacters(markdown) > MAXIMUM_MARKDOWN) problems.push({ message: `markdown blocks must be less than ${MAXIMUM_MARKDOWN + 1} characters together`, pointer: '/blocks' });
  return problems;
}

/** Characters of everything that is shown. */
export function countCharacters(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, entry) => sum + countCharacters(entry), 0);
  if (!isRecord(value)) return 0;
  return Object.entries(value).reduce((sum, [key, entry]) => {
    if (typeof entry === 'string') return sum + (['text', 'title', 'alt_text'].includes(key) ? entry.length : 0);
    return sum + countCharacters(entry);
  }, 0);
}
