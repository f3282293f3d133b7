import { asText, type Json } from '../json.ts';
import { reconcile, type Item } from '../keyed.ts';
import { drawActions } from './actions.ts';
import { drawContextBlock } from './context-block.ts';
import type { BlockContext, DrawBlock } from './context.ts';
import { drawDivider } from './divider.ts';
import { drawHeader } from './header.ts';
import { drawImage } from './image.ts';
import { drawInput } from './input.ts';
import { drawMarkdown } from './markdown.ts';
import { drawPlan, patchPlan } from './plan.ts';
import { drawRichText } from './rich-text.ts';
import { drawSection } from './section.ts';
import { drawTable } from './table.ts';
import { drawTaskCard } from './task-card.ts';
import { drawUnknown } from './unknown.ts';

const drawers: Record<string, DrawBlock> = {
  actions: drawActions,
  context: drawContextBlock,
  divider: drawDivider,
  header: drawHeader,
  image: drawImage,
  input: drawInput,
  markdown: drawMarkdown,
  plan: drawPlan,
  rich_text: drawRichText,
  section: drawSection,
  table: drawTable,
  task_card: drawTaskCard,
};

/** Brings a container to show these blocks; a block that did not change keeps its elements, and what was typed into them. */
export function patchBlocks(parent: HTMLElement, blocks: Json[], context: BlockContext): void {
  const seen = new Map<string, number>();
  reconcile(
    parent,
    blocks.map((block, index): Item => {
      const type = asText(block['type']);
      const complete: Json = { ...block, block_id: asText(block['block_id']) || `block-${index}` };
      // A plan is known by its place, so that its tasks can change one by one.
      const identity = type === 'plan' ? `plan ${asText(complete['block_id'])}` : JSON.stringify(complete);
      const repeat = seen.get(identity) ?? 0;
      seen.set(identity, repeat + 1);
      const draw = Object.hasOwn(drawers, type) ? (drawers[type] ?? drawUnknown) : drawUnknown;
      return {
        key: `${identity} ${repeat}`,
        version: JSON.stringify(complete),
        render: () => frame(draw(complete, context), type, asText(complete['block_id'])),
        ...(type === 'plan' ? { patch: (existing) => patchPlan(existing, complete, context) } : {}),
      };
    }),
  );
}

function frame(node: HTMLElement, type: string, blockId: string): HTMLElement {
  node.classList.add('block');
  node.dataset['block'] = type;
  node.dataset['blockId'] = blockId;
  return node;
}
