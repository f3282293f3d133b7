/** Which version of an object a patch is for, and whether an object holds what a patch wrote. */
import type { Json, JsonObject, Operation } from './json-patch.ts';
import { at, difference, isObject, parentOf, sameJson, testsFor } from './json-patch.ts';
import { numberAt, textAt, uidOf } from './objects.ts';

/**
 * Tests that make the API server refuse a patch of anything but this object as it is. By generation where there is one,
 * since status moves all the time; else by resourceVersion; nodes, whose every heartbeat is a new version, by the values
 * that are about to change.
 */
export function guardsOf(live: JsonObject, changes: readonly Operation[]): Operation[] {
  const generation = numberAt(live, '/metadata/generation');
  const version = textAt(live, '/metadata/resourceVersion');
  // Its status moves all the time, and what a label does hangs on all of them.
  if (live['kind'] === 'Pod') return [uidGuard(uidOf(live)), { op: 'test', path: '/metadata/labels', value: at(live, '/metadata/labels') ?? null }, ...testsFor(changes.filter(({ path }) => !path.startsWith('/metadata/labels')), live)];
  if (generation !== undefined) return [uidGuard(uidOf(live)), { op: 'test', path: '/metadata/generation', value: generation }, ...metadataTests(changes, live)];
  // Its status is a new version every few seconds: all of the spec instead.
  if (live['kind'] === 'HorizontalPodAutoscaler') return [uidGuard(uidOf(live)), { op: 'test', path: '/spec', value: at(live, '/spec') ?? null }, ...metadataTests(changes, live)];
  if (live['kind'] === 'Node' || version === undefined) return [uidGuard(uidOf(live)), ...testsFor(changes, live)];
  return [uidGuard(uidOf(live)), { op: 'test', path: '/metadata/resourceVersion', value: version }];
}

export function uidGuard(uid: string): Operation {
  return { op: 'test', path: '/metadata/uid', value: uid };
}

/** From `after` back to `before`, with tests that every field still is what was written. */
export function inverseOf(before: JsonObject, after: JsonObject, uid: string): Operation[] {
  const inverse = difference(after, before);
  return [uidGuard(uid), ...namesOnTheWay(inverse, after), ...testsFor(inverse, after), ...inverse];
}

/** A path counts entries; another entry at the same place is another thing, whatever it holds. */
function namesOnTheWay(operations: readonly Operation[], document: JsonObject): Operation[] {
  const tests = operations.flatMap(({ path }) => {
    const parts = path.split('/');
    return parts.map((_part, index) => `${parts.slice(0, index).join('/')}/name`).filter((name) => {
      const entry = name.slice(0, -'/name'.length);
      return entry !== path && name !== path && entry !== '' && Array.isArray(parentOf(document, entry)) && typeof at(document, name) === 'string';
    });
  });
  return [...new Set(tests)].map((path) => ({ op: 'test', path, value: at(document, path) ?? null }));
}

/** The first path that does not hold what was written; undefined when all do. */
export function isInPlace(live: JsonObject, undo: readonly Operation[]): string | undefined {
  for (const operation of undo) {
    if (operation.op === 'test' && !sameJson(at(live, operation.path) ?? null, operation.value)) return operation.path;
    if (operation.op === 'add' && isBack(live, operation.path, operation.value)) return operation.path;
  }
  return undefined;
}

/** The first path that is not what it was before; undefined when all are. */
export function isAsBefore(live: JsonObject, undo: readonly Operation[]): string | undefined {
  for (const operation of undo) {
    if (operation.op === 'test') {
      if (operation.path === '/metadata/uid' && !sameJson(at(live, operation.path), operation.value)) return operation.path;
      continue;
    }
    const now = at(live, operation.path);
    const written = undo.find((one) => one.op === 'test' && one.path === operation.path);
    const removed = Array.isArray(parentOf(live, operation.path)) ? written?.op !== 'test' || !sameJson(now, written.value) : now === undefined;
    if (operation.op === 'remove' ? !removed : !sameJson(now, operation.value)) return operation.path;
  }
  return undefined;
}

/** What the change removed, and the undo would add, is there again: as it was, or under its name with something else in it. */
function isBack(live: JsonObject, path: string, value: Json): boolean {
  const parent = parentOf(live, path);
  if (!Array.isArray(parent)) return at(live, path) !== undefined;
  return isObject(value) && typeof value['name'] === 'string' ? parent.some((entry) => isObject(entry) && entry['name'] === value['name']) : sameJson(at(live, path), value);
}

/** Generation does not count labels and annotations of the object itself. */
function metadataTests(changes: readonly Operation[], live: JsonObject): Operation[] {
  return testsFor(changes.filter(({ path }) => path.startsWith('/metadata/')), live);
}
