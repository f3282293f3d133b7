/** DELETE: at once, after a grace period, or when the last finalizer is gone. */
import type { StoredObject } from '../../objects/object.ts';
import type { Machinery } from '../machinery.ts';
import { conflict } from '../status.ts';
import type { Caller, DeleteRequest, Place } from '../verbs.ts';
import { admit, storeKey, timestamp } from './common.ts';
import { current, isFinished } from './update.ts';

const waitForDependents = 'foregroundDeletion';
const letDependentsGo = 'orphan';

export function deleteObject(machinery: Machinery, place: Place, request: DeleteRequest, caller: Caller): { object: StoredObject; gone: boolean } {
  const { definition, namespace, name } = place;
  const previous = current(machinery, place);
  checkPreconditions(previous, place, request);
  admit(machinery, { operation: 'DELETE', definition, previous, caller, options: { dryRun: request.dryRun === true } }, 'first');
  const marked = mark(machinery, place, previous, request);
  if (isFinished(marked)) {
    if (request.dryRun === true) return { object: marked, gone: true };
    return { object: machinery.store.remove(storeKey(definition), namespace, name) ?? marked, gone: true };
  }
  if (marked === previous || request.dryRun === true) return { object: marked, gone: false };
  return { object: machinery.store.put(storeKey(definition), marked), gone: false };
}

function checkPreconditions({ metadata }: StoredObject, { definition, name }: Place, { preconditions }: DeleteRequest): void {
  if (preconditions?.uid !== undefined && preconditions.uid !== metadata.uid) {
    throw conflict(definition, name, `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${metadata.uid}`);
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== metadata.resourceVersion) {
    throw conflict(definition, name, `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`);
  }
}

/** The object as a deletion leaves it; the very same when there is nothing new to say. */
function mark(machinery: Machinery, { definition }: Place, previous: StoredObject, request: DeleteRequest): StoredObject {
  const { metadata } = previous;
  const asked = definition.strategy.gracePeriodSeconds?.(previous, request.gracePeriodSeconds) ?? 0;
  const finalizers = finalizersAfter(metadata.finalizers ?? [], request);
  const sameFinalizers = finalizers.length === (metadata.finalizers ?? []).length;
  if (metadata.deletionTimestamp !== undefined) {
    const grace = Math.min(metadata.deletionGracePeriodSeconds ?? 0, asked);
    if (grace === (metadata.deletionGracePeriodSeconds ?? 0) && sameFinalizers) return previous;
    const started = Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    return withMetadata(previous, { deletionTimestamp: timestamp(started + grace * 1000), deletionGracePeriodSeconds: grace, finalizers });
  }
  const marked = withMetadata(previous, {
    deletionTimestamp: timestamp(machinery.now() + asked * 1000), deletionGracePeriodSeconds: asked, finalizers,
    ...(metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
  });
  return marked.kind === 'Namespace' ? { ...marked, status: { ...(marked.status as object | undefined), phase: 'Terminating' } } : marked;
}

function finalizersAfter(finalizers: readonly string[], { propagationPolicy }: DeleteRequest): string[] {
  if (propagationPolicy === undefined) return [...finalizers];
  const others = finalizers.filter((finalizer) => finalizer !== waitForDependents && finalizer !== letDependentsGo);
  if (propagationPolicy === 'Foreground') return [...others, waitForDependents];
  return propagationPolicy === 'Orphan' ? [...others, letDependentsGo] : others;
}

function withMetadata(object: StoredObject, change: Partial<StoredObject['metadata']>): StoredObject {
  const { finalizers, ...metadata } = { ...object.metadata, ...change };
  return { ...object, metadata: { ...metadata, ...(finalizers === undefined || finalizers.length === 0 ? {} : { finalizers }) } };
}
