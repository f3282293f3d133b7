/** An object as somebody would write it down: without what the server and its controllers keep for themselves. */
import { redactPatterns } from '../../../redaction/patterns.ts';
import { isSecretVariable } from '../../../redaction/secret-names.ts';
import { stripUnsafeText } from '../../../redaction/unsafe-text.ts';
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject } from '../kubectl/json-patch.ts';
import { isObject } from '../kubectl/json-patch.ts';
import { secretAt } from '../kubectl/masking.ts';
import { comparable, textsAt } from '../kubectl/objects.ts';
import { plain } from '../words.ts';

const largest = 60_000;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** What `kubectl create` makes the same object of, but for uid, versions and times. What kubectl last applied comes with it. */
export function manifestOf(live: JsonObject): JsonObject {
  const form = formOf(live);
  const applied = textsAt(live, '/metadata/annotations')[lastApplied];
  if (applied === undefined) return form;
  const metadata = form['metadata'] as JsonObject;
  return { ...form, metadata: { ...metadata, annotations: { ...(isObject(metadata['annotations']) && metadata['annotations']), [lastApplied]: applied } } };
}

/** What two objects have in common that are the same: no uid, no annotation that kubectl or a controller keeps. */
export function formOf(object: JsonObject): JsonObject {
  const { metadata, ...rest } = comparable(object);
  if (!isObject(metadata)) return rest;
  const { uid: _uid, annotations, ...kept } = metadata;
  return { ...rest, metadata: { ...kept, ...(isObject(annotations) && Object.keys(annotations).length > 0 && { annotations }) } };
}

/** Throws RefusedError for what nobody may be shown, and for what nobody could see. */
export function refuseUnshowable(object: JsonObject, words: string): void {
  if (JSON.stringify(object).length > largest) throw new RefusedError(`${words} is too large to be shown whole: do this one by hand.`);
  const secret = secretAt(object, '') ?? Object.keys(textsAt(object, '/data')).find(isSecretVariable);
  if (secret !== undefined) throw secretRefusal(words, secret);
  for (const text of textsIn(object)) {
    if (stripUnsafeText(text) !== text) throw new RefusedError(`${words} holds characters that nobody can see: do this one by hand.`);
    if (redactPatterns(text, '[redacted]') !== text || (text.startsWith('{') && hidesSecret(text))) throw secretRefusal(words, 'one of its values');
  }
}

function secretRefusal(words: string, what: string): RefusedError {
  return new RefusedError(`${words}: ${plain(what, 80)} looks like a secret. sre-agent neither shows nor carries secrets: do this one by hand, or keep the value in a Secret and refer to it.`);
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.entries(value).flatMap(([key, child]) => [key, ...textsIn(child)]) : [];
}

/** An object written inside another's annotation. */
function hidesSecret(text: string): boolean {
  try {
    const inner = JSON.parse(text) as Json;
    return isObject(inner) && (secretAt(inner, '') ?? Object.keys(textsAt(inner, '/data')).find(isSecretVariable)) !== undefined;
  } catch {
    return false;
  }
}
