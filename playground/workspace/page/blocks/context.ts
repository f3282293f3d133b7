import type { SendAction } from '../../page-api.ts';
import type { Json } from '../json.ts';
import type { Directory } from '../text/draw.ts';

/** What a block needs to know about where it stands. */
export interface BlockContext {
  directory: Directory;
  container: SendAction['container'];
  /** The page's id of the message or view: prefixes what is remembered. */
  place: string;
  act(action: Pick<SendAction, 'block_id' | 'action_id' | 'element' | 'value' | 'selected_option' | 'selected_options'>): Promise<void>;
}

/** Draws one element of a block, such as a button. */
export interface ElementContext extends BlockContext {
  blockId: string;
  /** Elements of an input block send nothing: their values go with the form. */
  dispatch: boolean;
}

export type DrawBlock = (block: Json, context: BlockContext) => HTMLElement;
export type DrawElement = (json: Json, context: ElementContext) => HTMLElement;

const opened = new Map<string, boolean>();

/** Whether something that folds was left open, kept while the page lives. */
export function wasOpen(key: string, initially: boolean): boolean {
  return opened.get(key) ?? initially;
}

export function rememberOpen(key: string, open: boolean): void {
  opened.set(key, open);
}
