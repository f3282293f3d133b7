/** block_id and action_id: unique where Slack wants them unique, filled in where they are missing. */
import { randomBytes } from 'node:crypto';
import { isRecord } from '../http.ts';
import type { Problem } from './check.ts';

/** A copy of the blocks in which every block and every interactive element has its id, as Slack returns them. */
export function fillIdentifiers(blocks: readonly unknown[]): Record<string, unknown>[] {
  return blocks.filter(isRecord).map((block) => {
    const filled = structuredClone(block);
    filled['block_id'] ??= generated();
    for (const element of interactiveElements(filled)) element['action_id'] ??= generated();
    return filled;
  });
}

/** The block's elements that have an action_id, or could have one. */
export function interactiveElements(block: Record<string, unknown>): Record<string, unknown>[] {
  const candidates = [block['accessory'], block['element'], ...(block['type'] === 'actions' && Array.isArray(block['elements']) ? (block['elements'] as unknown[]) : [])];
  return candidates.filter(isRecord).filter((element) => element['type'] !== 'image');
}

export function duplicateIdentifiers(blocks: readonly unknown[], pointer: string): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  blocks.forEach((block, index) => {
    if (!isRecord(block)) return;
    const id = block['block_id'];
    if (typeof id === 'string') {
      if (seen.has(id)) problems.push({ message: `\`block_id\` "${id}" already exists`, pointer: `${pointer}/${index}/block_id` });
      seen.add(id);
    }
    const actions = new Set<string>();
    for (const element of interactiveElements(block)) {
      const action = element['action_id'];
      if (typeof action !== 'string') continue;
      if (actions.has(action)) problems.push({ message: `\`action_id\` "${action}" already exists for \`block_id\` "${String(id ?? '')}"`, pointer: `${pointer}/${index}` });
      actions.add(action);
    }
  });
  return problems;
}

function generated(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}
