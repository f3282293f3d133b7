/** What a strategic merge patch comes to: only the API server knows by which keys its lists are merged, so its dry run says. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject, Operation } from '../kubectl/json-patch.ts';
import { difference, isObject, tokensOf } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { ProgramError } from '../kubectl/kubectl.ts';
import { comparable } from '../kubectl/objects.ts';
import { fieldName } from '../kubectl/show.ts';
import { plain } from '../words.ts';

export interface StrategicResult {
  wanted: JsonObject;
  changes: Operation[];
  /** Names of fields that changed though the patch names nothing near them: admission did. */
  unasked: string[];
}

/** If `live` moved meanwhile, the changes hold what moved too, and the guards of `live` let none of it pass. */
export async function strategicResult({ resource, name }: ActionOf<'kubectl.patch'>, patch: JsonObject, live: JsonObject, kubectl: Kubectl): Promise<StrategicResult> {
  const { object } = await kubectl.write(['patch', resource, name, '--type=strategic', '-p', JSON.stringify(patch)], { dryRun: true }).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`The API server did not accept the patch: ${error.message}`, { cause: error }) : error;
  });
  const [before, wanted] = [comparable(live), comparable(object)];
  const changes = difference(before, wanted);
  const asked = keysIn(patch, []);
  const unasked = changes.filter(({ path }) => !asked.some((keys) => sameWay(keys, tokensOf(path).filter((token) => !/^\d+$/.test(token)))));
  return { wanted, changes, unasked: unasked.map(({ op, path }) => plain(fieldName(path, op === 'remove' ? before : wanted))) };
}

/** The ways through the patch, without the places in lists; at a directive, the way to what it is about. */
function keysIn(value: Json, way: readonly string[]): string[][] {
  if (Array.isArray(value)) return value.length === 0 ? [[...way]] : value.flatMap((item) => keysIn(item, way));
  if (!isObject(value) || Object.keys(value).length === 0) return [[...way]];
  return Object.entries(value).flatMap(([key, child]) => {
    if (!key.startsWith('$')) return keysIn(child, [...way, key]);
    const of = /^\$(?:setElementOrder|deleteFromPrimitiveList)\/(.+)$/.exec(key)?.[1];
    return [of === undefined ? [...way] : [...way, of]];
  });
}

function sameWay(one: readonly string[], other: readonly string[]): boolean {
  return one.slice(0, other.length).every((key, index) => key === other[index]);
}
