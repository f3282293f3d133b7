/** Modals and the Home tab, as views.open and its relatives check them. */
import { isRecord } from '../http.ts';
import { VIEW_BLOCK } from './blocks.ts';
import { all, array, boolean, byType, literal, object, string } from './check.ts';
import type { Check, Problem } from './check.ts';
import { duplicateIdentifiers } from './identifiers.ts';
import { plainText } from './objects.ts';

const MAXIMUM_VIEW_BYTES = 250_000;

export type ViewVerdict = { ok: true; view: Record<string, unknown> } | { ok: false; error: 'invalid_arguments' | 'view_too_large'; problems: Problem[] };

const blocks = array(VIEW_BLOCK, { minimum: 0, maximum: 100 });
const common: Record<string, Check> = {
  private_metadata: string({ maximum: 3000 }),
  callback_id: string({ maximum: 255 }),
  external_id: string({ maximum: 255 }),
};

const submitForInputs: Check = (value, pointer, problems) => {
  if (!isRecord(value) || !Array.isArray(value['blocks']) || value['submit'] !== undefined) return;
  if (value['blocks'].some((block) => isRecord(block) && block['type'] === 'input')) problems.push({ message: 'missing required field: submit', pointer });
};

const view = byType({
  modal: all(
    object(
      { type: literal('modal'), title: plainText(24), blocks },
      { ...common, submit: plainText(24), close: plainText(24), clear_on_close: boolean, notify_on_close: boolean, submit_disabled: boolean },
    ),
    submitForInputs,
  ),
  home: object({ type: literal('home'), blocks }, common),
});

export function checkView(value: unknown): ViewVerdict {
  const problems: Problem[] = [];
  view(value, '/view', problems);
  if (isRecord(value) && Array.isArray(value['blocks'])) problems.push(...duplicateIdentifiers(value['blocks'], '/view/blocks'));
  if (problems.length > 0 || !isRecord(value)) return { ok: false, error: 'invalid_arguments', problems };
  if (Buffer.byteLength(JSON.stringify(value)) > MAXIMUM_VIEW_BYTES) return { ok: false, error: 'view_too_large', problems };
  return { ok: true, view: value };
}
