import type { ElementContext } from '../blocks/context.ts';
import { confirmed } from '../confirm.ts';
import { asText, has, type Json } from '../json.ts';

type Detail = Partial<Parameters<ElementContext['act']>[0]>;

/** Sends what a person did with an element, after its confirm dialog if it has one. Returns whether it was sent; `busy` shows that it is on its way. */
export async function dispatchAction(json: Json, context: ElementContext, detail: Detail, busy?: HTMLElement): Promise<boolean> {
  if (has(json, 'confirm') && !(await confirmed(json['confirm'], context.directory))) return false;
  busy?.setAttribute('aria-busy', 'true');
  await context.act({ block_id: context.blockId, action_id: asText(json['action_id']), element: asText(json['type']), ...detail });
  busy?.removeAttribute('aria-busy');
  return true;
}
