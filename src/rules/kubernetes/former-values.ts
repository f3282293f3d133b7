/** What a ConfigMap held before it was changed, where the cluster still says so; never a guess. */
import type { ConfigMap, FieldChange } from '../cluster-readings.ts';
import { isHidden } from '../operations.ts';
import type { Scope } from './scope.ts';

export interface ChangedKey {
  key: string;
  /** When it was last written, and by whom; empty when the cluster doesn't say. */
  at: string;
  manager: string;
  /** What `kubectl apply` noted, where that is not what is there now; null: it noted that there is no such key. */
  former?: string | null;
  /** Undefined: it is not there any more. */
  now: string | undefined;
}

/** Keys that are not as they were last applied; then those that the newest write owns, when it came after the ConfigMap was made. */
export function changedKeys(map: ConfigMap): ChangedKey[] {
  const drifted = driftedKeys(map);
  const newest = map.changes.find((one) => isLater(one, map) && keysOf(one).length > 0);
  const known = new Set(drifted.map(({ key }) => key));
  const written = newest === undefined ? [] : keysOf(newest).filter((key) => !known.has(key)).map((key) => ({ key, at: newest.at, manager: newest.manager, now: valueOf(map.data, key) }));
  return [...drifted, ...written];
}

/** Written after the ConfigMap was made; the two times are taken one after the other, in whole seconds. */
export function isLater({ at }: FieldChange, { createdAt }: Pick<ConfigMap, 'createdAt'>): boolean {
  return at !== '' && !(Math.abs(Date.parse(at) - Date.parse(createdAt ?? '')) <= 1_000);
}

/** Only where `kubectl apply` left its note. Keys that were there and are hidden by a redactor are left out. */
export function driftedKeys(map: ConfigMap): ChangedKey[] {
  const { applied, data } = map;
  if (applied === undefined) return [];
  const keys = [...new Set([...Object.keys(applied), ...Object.keys(data)])];
  return keys.flatMap((key) => {
    const [noted, now] = [valueOf(applied, key), valueOf(data, key)];
    if (noted === now || (noted !== undefined && isHidden(noted)) || (now === undefined && map.keys.includes(key))) return [];
    const write = writeOf(map, key, now !== undefined);
    return [{ key, at: write?.at ?? '', manager: write?.manager ?? 'somebody', former: noted ?? null, now }];
  });
}

/** Who owns the key; of one that is gone, whoever wrote last. */
function writeOf({ changes }: ConfigMap, key: string, present: boolean): FieldChange | undefined {
  return present ? changes.find((one) => keysOf(one).includes(key)) : changes[0];
}

function keysOf({ fields }: FieldChange): string[] {
  return fields.flatMap((field) => (field.startsWith('data/') && field !== 'data/' ? [field.slice('data/'.length)] : []));
}

function valueOf(data: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

/** The noted value of a key that isn't there any more. */
export function deletedKey({ namespace }: Scope, name: string, key: string): string | undefined {
  const map = namespace.configMaps.value.find((one) => one.name === name);
  if (map === undefined || map.keys.includes(key)) return undefined;
  return driftedKeys(map).find((one) => one.key === key)?.former ?? undefined;
}
