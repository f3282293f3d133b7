import type { ElementContext } from '../blocks/context.ts';
import { asText, type Json } from '../json.ts';

/** The value of a form's element in the shape of view.state.values, and whether a person has filled it in. */
export interface ElementValue {
  value: Json;
  filled: boolean;
  /** In words, when what was typed cannot be sent. */
  problem?: string;
}

const readers = new WeakMap<HTMLElement, { blockId: string; actionId: string; read: () => ElementValue }>();

/** Makes an element's value part of the form that it stands in. */
export function registerValue(node: HTMLElement, json: Json, context: ElementContext, read: () => ElementValue): void {
  node.dataset['value'] = '';
  readers.set(node, { blockId: context.blockId, actionId: asText(json['action_id']), read });
}

export interface FormValue extends ElementValue {
  blockId: string;
  actionId: string;
}

export function readValues(form: HTMLElement): FormValue[] {
  return [...form.querySelectorAll<HTMLElement>('[data-value]')].flatMap((node) => {
    const reader = readers.get(node);
    return reader === undefined ? [] : [{ blockId: reader.blockId, actionId: reader.actionId, ...reader.read() }];
  });
}
