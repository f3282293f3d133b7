/** The objects of a manifest, as helm and kubectl take them in. Whoever writes a release may write what two readers read as two things. */
import { parseAllDocuments } from 'yaml';
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject } from '../kubectl/json-patch.ts';
import { isObject } from '../kubectl/json-patch.ts';

/** A list is what is in it. Throws RefusedError for what could mean something else to another reader. */
export function objectsIn(text: string): JsonObject[] {
  // Line ends to YAML 1.1, which helm reads, and not to 1.2: behind one a comment ends there and goes on here.
  if (/[\u0085\u2028\u2029]|\r(?!\n)/.test(text)) throw twofold('line ends of its own');
  const documents = parseAllDocuments(text, { resolveKnownTags: false, uniqueKeys: false });
  if (documents.some(({ errors, warnings }) => errors.length + warnings.length > 0)) throw twofold('faults or tags');
  return documents.map(valueOf).filter((value) => value !== null && value !== undefined).flatMap(flat);
}

function valueOf(document: { toJS(options: { maxAliasCount: number }): unknown }): Json | undefined {
  try {
    return document.toJS({ maxAliasCount: 100 }) as Json | undefined;
  } catch {
    throw twofold('more aliases than anybody writes');
  }
}

/** To the API machinery whatever has `items`, in any case of letters, is a list, of whatever kind it says it is. */
function flat(value: Json): JsonObject[] {
  if (!isObject(value)) throw twofold('something that is no object');
  const keys = Object.keys(value).filter((key) => key.toLowerCase() === 'items');
  const { items, kind, apiVersion } = value;
  if (keys.length > 0) {
    if (keys.length > 1 || !Array.isArray(items)) throw twofold('an odd list');
    return items.flatMap(flat);
  }
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') throw twofold('an object without a kind');
  if (merges(value)) throw twofold('merge keys (<<)');
  return [value];
}

function merges(value: Json): boolean {
  if (Array.isArray(value)) return value.some(merges);
  return isObject(value) && Object.entries(value).some(([key, child]) => key === '<<' || merges(child));
}

function twofold(what: string): RefusedError {
  return new RefusedError(`The manifest that is stored with the release holds ${what}, which helm may read otherwise than it is shown here: do this one by hand.`);
}
