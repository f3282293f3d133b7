/** What the status of a CustomResourceDefinition says. */
import type { CustomResourceDefinitionCondition, CustomResourceDefinitionStatus } from '../objects/types.ts';
import type { CustomDefinition } from './definitions.ts';
import { completeNames } from './definitions.ts';

/** `conflict`: why its names can't be used, undefined when they can. `now`: RFC 3339. */
export const statusOf = ({ spec, status }: CustomDefinition, conflict: { reason: string; message: string } | undefined, now: string): CustomResourceDefinitionStatus => {
  const established = status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') === true;
  const conditions = conflict === undefined
    ? [condition('NamesAccepted', 'True', 'NoConflicts', 'no conflicts found'), condition('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted')]
    : [
      condition('NamesAccepted', 'False', conflict.reason, conflict.message),
      ...(established ? [] : [condition('Established', 'False', 'NotAccepted', 'not all names are accepted')]),
    ];
  const storage = spec.versions.find((version) => version.storage)?.name;
  const before = status?.storedVersions ?? [];
  return {
    ...status,
    acceptedNames: conflict === undefined ? completeNames(spec.names) : status?.acceptedNames ?? { plural: '', kind: '' },
    conditions: merged(status?.conditions ?? [], conditions, now),
    storedVersions: storage === undefined || before.includes(storage) ? before : [...before, storage],
  };
};

export const terminatingCondition = (reason: string, message: string): CustomResourceDefinitionCondition => condition('Terminating', 'True', reason, message);

/** A condition keeps its time while its status stays. */
export const merged = (before: readonly CustomResourceDefinitionCondition[], next: readonly CustomResourceDefinitionCondition[], now: string): CustomResourceDefinitionCondition[] => {
  const result = [...before];
  for (const wanted of next) {
    const at = result.findIndex(({ type }) => type === wanted.type);
    const old = result[at];
    const same = old !== undefined && old.status === wanted.status;
    const updated = { ...wanted, lastTransitionTime: same ? old.lastTransitionTime ?? now : now };
    if (at < 0) result.push(updated);
    else result[at] = updated;
  }
  return result;
};

const condition = (type: string, status: string, reason: string, message: string): CustomResourceDefinitionCondition => ({ type, status, reason, message });
