/** kubectl.patch_custom: a merge patch of one custom resource of a namespace, whose definition is there. */
import { quoteForPeople } from '../../../tools/kubectl/quote.ts';
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { patchCustomSchema } from '../../kubernetes-actions.ts';
import { newDestinationsIn } from '../kubectl/destinations.ts';
import type { Json, JsonObject, Operation } from '../kubectl/json-patch.ts';
import { at, difference, isObject, mergePatch, pathsIn, tokensOf } from '../kubectl/json-patch.ts';
import type { ObjectReference } from '../kubectl/objects.ts';
import { wordsOf } from '../kubectl/objects.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { rightsWord } from '../kubectl/rights.ts';
import { fieldName } from '../kubectl/show.ts';
import { conditionsOf } from '../objects/conditions.ts';
import { objectInside } from '../objects/nested.ts';
import { customType } from '../objects/types.ts';
import { refuseOwnership } from '../patch/fields.ts';

type Action = ActionOf<'kubectl.patch_custom'>;

const wordOf = ({ plural, version, group }: Action): string => `${plural}.${version}.${group}`;
const reference = (action: Action): ObjectReference => ({ resource: wordOf(action), namespace: action.namespace, name: action.name });

export const patchCustomKind = patchKind<Action>({
  kind: 'kubectl.patch_custom',
  schema: patchCustomSchema,
  reference,
  risk: () => ({ level: 'high', reasons: ['what follows from a custom resource only its operator knows'] }),
  plan,
  settled: (live) => conditionsOf(live),
});

async function plan({ action, live, kubectl }: Scene<Action>): Promise<Plan> {
  const where = wordsOf(reference(action));
  await customType(wordOf(action), kubectl);
  const wanted = mergePatch(live, parse(action.patch));
  const changes = difference(live, wanted);
  refuseCustomFields(changes, live, isObject(wanted) ? wanted : live);
  const destinations = newDestinationsIn(live['spec'] ?? {}, isObject(wanted) ? (wanted['spec'] ?? {}) : {});
  return {
    changes,
    equivalent: `kubectl patch ${wordOf(action)} ${action.name} --type=json -p ${quoteForPeople(JSON.stringify(changes))}`,
    notes: ['What its operator makes of this, no dry run shows.'],
    checks: [`every field of the patch is in place in ${where}`, 'its operator has seen it, where it tells, and no condition says that something is wrong'],
    blastRadius: `${where}, and whatever its operator keeps after it.`,
    facts: { objects: 1, ...(destinations.length > 0 && { newDestinations: destinations }) },
  };
}

function parse(text: string): Json {
  let patch: Json;
  try {
    patch = JSON.parse(text) as Json;
  } catch (error) {
    throw new RefusedError(`The patch is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(patch)) throw new RefusedError('A merge patch is a JSON object.');
  return patch;
}

/** Spec, labels and annotations; never what runs code or gives rights, by the names that such fields have everywhere. */
function refuseCustomFields(changes: readonly Operation[], before: JsonObject, after: JsonObject): void {
  for (const { op, path } of changes) {
    const holder = op === 'remove' ? before : after;
    const name = fieldName(path, holder);
    const [first = '', second = ''] = tokensOf(path);
    if (!(first === 'spec' && second !== '') && !(first === 'metadata' && (second === 'labels' || second === 'annotations'))) throw new RefusedError(`${name} may not be patched: only fields of spec, labels and annotations.`);
    const touched = pathsIn(path, at(holder, path));
    refuseOwnership(touched, name);
    const inside = op === 'remove' ? undefined : objectInside(at(holder, path));
    if (inside !== undefined) throw new RefusedError(`${name} holds a whole ${inside} inside, which its operator would make with rights of its own: change it by hand.`);
    const word = first === 'spec' ? rightsWord(touched) : undefined;
    if (word !== undefined) throw new RefusedError(`${name} holds ${word}, which decides what runs and with which rights: change it by hand.`);
  }
}
