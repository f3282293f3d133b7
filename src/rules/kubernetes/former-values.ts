/** What a ConfigMap held before it was changed, where the cluster still says so; never a guess. */
import type { ConfigMap, FieldChange } from '../cluster-readings.ts';
import { isHidden } from '../operations.ts';
import type { Scope } from './scope.ts';

export interface ChangedKey {
  key: string;
  at: string;
  manager: string;
  /** Noted by `kubectl apply` and different from what is there now. */
  former?: string;
}

/** Keys that the newest write owns, when it came after the ConfigMap was made. */
export function changedKeys(map: ConfigMap): ChangedKey[] {
  const newest = newestWrite(map);
  if (newest === undefined) return [];
  const keys = newest.fields.flatMap((field) => (field.startsWith('data/') ? [field.slice('data/'.length)] : []));
  return keys.filter((key) => key !== '').map((key) => {
    const former = formerValue(map, key);
    return { key, at: newest.at, manager: newest.manager, ...(former === undefined ? {} : { former }) };
  });
}

function newestWrite({ changes, createdAt }: ConfigMap): FieldChange | undefined {
  return changes.find((one) => one.at !== '' && one.at !== createdAt && one.fields.some((field) => field.startsWith('data/')));
}

function formerValue(map: ConfigMap, key: string): string | undefined {
  const noted = map.applied !== undefined && Object.hasOwn(map.applied, key) ? map.applied[key] : undefined;
  const now = Object.hasOwn(map.data, key) ? map.data[key] : undefined;
  return noted === undefined || noted === now || isHidden(noted) ? undefined : noted;
}

/** The noted value of a key that isn't there any more. */
export function deletedKey({ namespace }: Scope, name: string, key: string): string | undefined {
  const map = namespace.configMaps.value.find((one) => one.name === name);
  return map === undefined || map.keys.includes(key) ? undefined : formerValue(map, key);
}
