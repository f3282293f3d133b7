/** `view.state.values` of a submitted modal, and what the client would not have let through. */
import { chosenValue, complaint, initialValue } from './element-values.ts';
import { isRecord } from './http.ts';
import { interactiveElements } from './validation/identifiers.ts';

export interface ViewValues {
  values: Record<string, Record<string, unknown>>;
  /** block_id -> what is wrong, for input blocks. */
  errors: Record<string, string>;
}

export function collectValues(blocks: unknown, submitted: Record<string, Record<string, unknown>>): ViewValues {
  const values: ViewValues['values'] = {};
  const errors: ViewValues['errors'] = {};
  for (const block of Array.isArray(blocks) ? blocks.filter(isRecord) : []) {
    const blockId = String(block['block_id']);
    for (const element of interactiveElements(block)) {
      const initial = initialValue(element);
      if (initial === undefined) continue;
      const actionId = String(element['action_id']);
      const given = submitted[blockId]?.[actionId];
      const value = isRecord(given) ? chosenValue(element, given) : initial;
      if (value === undefined) {
        errors[blockId] = 'Please choose one of the options.';
        continue;
      }
      (values[blockId] ??= {})[actionId] = value;
      const wrong = block['type'] === 'input' ? complaint(element, value, block['optional'] === true) : undefined;
      if (wrong !== undefined) errors[blockId] = wrong;
    }
  }
  return { values, errors };
}
