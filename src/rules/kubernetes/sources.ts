/** Objects that a program keeps as its own source says: what it reads is to be changed, since it would undo any change of the object. */
import type { FindingBody } from '../../incident/types.ts';
import type { ConfigMap } from '../cluster-readings.ts';
import type { ObjectDrift } from '../object-readings.ts';
import { quoteLine } from '../quotes.ts';
import { newestWrite, resourceKind } from './configuration-drift.ts';
import { writerHolds } from './drift-gate.ts';
import { driftFor, driftsOf } from './drift.ts';
import { isSecretPath } from './drift-words.ts';
import { at, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';

export interface Source {
  /** Of the object that is kept. */
  resource: string;
  manager: string;
  /** Where the manifest is, perhaps in another namespace. */
  scope: Scope;
  map: ConfigMap;
  key: string;
  drift: ObjectDrift;
}

/** ConfigMaps in the namespaces that were read whose text is a manifest of the object and holds what the program wrote. */
export function sourcesOf(scopes: readonly Scope[]): Source[] {
  return scopes.flatMap((scope) => driftsOf(scope.namespace).flatMap((whole): Source[] => {
    const drift = { ...whole, fields: newestWrite(whole.fields) };
    if (!writerHolds(drift)) return [];
    for (const other of scopes.filter((one) => one.cluster === scope.cluster)) {
      for (const map of other.namespace.configMaps.value) {
        if (drift.kind === 'configmap' && map.name === drift.name && other === scope) continue;
        const key = Object.keys(map.data).find((name) => isManifest(map.data[name] ?? '', drift));
        if (key !== undefined) return [{ resource: resourceOf(scope, resourceKind(drift.kind), drift.name), manager: drift.fields[0]?.manager ?? 'a program', scope: other, map, key, drift }];
      }
    }
    return [];
  }));
}

/** Of that kind and name, with every value that was written. */
function isManifest(text: string, { kind, name, fields }: ObjectDrift): boolean {
  if (text.length > 200_000 || !text.includes(name) || !new RegExp(`["']?kind["']?\\s*:\\s*["']?${kind}\\b`, 'i').test(text)) return false;
  const named = new RegExp(`["']?name["']?\\s*:\\s*["']?${name.replace(/[^a-z0-9-]/g, '.')}["']?\\s*(?:[,}\\n]|$)`).test(text);
  const values = fields.flatMap(({ now }) => (typeof now === 'string' || typeof now === 'number' ? [String(now)] : []));
  return named && values.length > 0 && values.every((value) => value.length > 1 && text.includes(value));
}

/** Where the source's own drift does not say what it was: what was last applied to the object. */
export function sourceFinding({ scope, map, key, drift, manager }: Source): FindingBody | undefined {
  if (driftFor(scope, 'configmap', map.name)?.fields.some(({ path }) => path === `data.${key}`) === true) return undefined;
  const text = map.data[key] ?? '';
  const value = drift.fields.reduce<string | undefined>((before, { noted, now, path }) => (before === undefined || typeof noted !== 'string' || typeof now !== 'string' || isSecretPath(path) || before.split(now).length !== 2 ? undefined : before.replace(now, () => noted)), text);
  return {
    severity: 'info',
    resource: resourceOf(scope, 'configmap', map.name),
    mechanism: 'configmap-value-changed',
    title: `ConfigMap ${map.name} (${key}) is what ${manager} makes ${drift.kind} ${drift.name} from`,
    explanation: `It holds what was written into ${drift.name}: ${drift.fields.slice(0, 3).map(({ path }) => path).join(', ')}. ${value === undefined ? 'What it should be is not noted.' : `What was last applied to ${drift.name} says what it was.`}`,
    confidence: 0.85,
    quotes: quoteLine(scope.namespace.configMaps.evidence, `configmap ${map.name}:`),
    ...(value === undefined || value.length > 20_000 ? {} : { remedy: { kind: 'kubectl.configmap_key' as const, ...at(scope), name: map.name, key, value } }),
  };
}
