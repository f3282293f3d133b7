/** Patches other than server-side apply: what comes out is decoded, and what can't be is the patch's fault. */
import { StatusError } from '../api/status.ts';
import type { StoredObject } from '../objects/object.ts';
import type { Shape } from '../resources/resource.ts';
import { cleanAs, named, strictProblem, unknownFieldTexts } from '../schema/decode.ts';
import type { About, Decoded } from '../schema/decode.ts';
import { objectType } from '../schema/types.ts';
import { goMap } from './element-order.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicPatch } from './strategic-patch.ts';
import { isFields } from './values.ts';
import type { Fields } from './values.ts';

export interface PatchBody {
  type: 'json' | 'merge' | 'strategic';
  body: unknown;
}

/** `current` stays as it is. Throws StatusError 400 and 422. */
export function applyPatch(current: StoredObject, patch: PatchBody, shape: Shape, about: About): Decoded {
  const patched = patchedFields(current as Fields, patch, shape);
  if (!isFields(patched)) throw invalidPatch(JSON.stringify(patched), `json: cannot unmarshal ${Array.isArray(patched) ? 'array' : typeof patched} into Go value of type v1.${about.kind}`);
  const { object, unknown, problem } = cleanAs(structuredClone(patched), shape);
  const texts = unknownFieldTexts(unknown);
  const why = problem ?? (texts.length > 0 && about.validation === 'Strict' ? strictProblem(texts) : undefined);
  if (why !== undefined) {
    const ordered = (): Fields => named(cleanAs(structuredClone(current as Fields), shape).object, about) as Fields;
    throw patch.type === 'strategic' ? invalidPatch(goMap(patch.body), converted(why)) : invalidPatch(goJson(patchedFields(ordered(), patch, shape)), why);
  }
  return { object: named(object, about), warnings: about.validation === 'Warn' ? texts : [] };
}

function patchedFields(current: Fields, { type, body }: PatchBody, shape: Shape): unknown {
  switch (type) {
    case 'json': return applyJsonPatch(current, body);
    case 'merge': return applyMergePatch(current, body);
    case 'strategic': {
      const known = 'type' in shape ? objectType(shape.type) : undefined;
      if (known === undefined) throw new StatusError({ code: 415, reason: 'UnsupportedMediaType', message: 'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, application/apply-patch+cbor' });
      return applyStrategicPatch(current, body, known);
    }
  }
}

function invalidPatch(value: string, why: string): StatusError {
  const detail = `Invalid value: ${JSON.stringify(value)}: ${why}`;
  return new StatusError({ code: 422, reason: 'Invalid', message: ` "" is invalid: patch: ${detail}`, details: { causes: [{ reason: 'FieldValueInvalid', message: detail, field: 'patch' }] } });
}

/** A strategic patch never was JSON when Go came to fill its structs: it has other words for a wrong type. */
function converted(problem: string): string {
  const [matched, from = '', to = ''] = /^json: cannot unmarshal (\S+)(?: \S+)? into Go struct field \S+ of type (\S+)$/.exec(problem) ?? [];
  if (matched === undefined) return problem;
  const plain: Record<string, string> = { string: 'string', number: 'int64', bool: 'bool', object: 'map', array: 'slice' };
  if (to.startsWith('[]')) return `cannot restore slice from ${plain[from] ?? from}`;
  if (to.startsWith('map[')) return `cannot restore map from ${plain[from] ?? from}`;
  if (from === 'number' && to === 'string') return 'cannot convert int64 to string';
  return /^(u?int\d*|float\d+|bool|string)$/.test(to) ? `unrecognized type: ${to}` : `cannot restore struct from: ${plain[from] ?? from}`;
}

function goJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
