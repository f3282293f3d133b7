/** autoscaling/v1 Scale: the replicas of whatever has them. */
import { isDeepStrictEqual } from 'node:util';
import { formatSelector } from '../../objects/selectors.ts';
import type { StoredObject } from '../../objects/object.ts';
import type { LabelSelector } from '../../objects/types.ts';
import type { Subresource } from '../../resources/resource.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError, badRequest, conflict, invalid } from '../status.ts';
import type { Caller, Place, Verbs, WriteOptions } from '../verbs.ts';
import { replace } from '../writes/update.ts';

type Paths = NonNullable<Subresource['scale']>;

export interface Scale {
  kind: 'Scale';
  apiVersion: 'autoscaling/v1';
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion?: string; creationTimestamp?: string };
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

export function scaleOf(object: StoredObject, paths: Paths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.selector === undefined ? undefined : at(object, paths.selector);
  const text = typeof selector === 'string' ? selector : formatSelector(asSelector(selector));
  return {
    kind: 'Scale', apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: Number(at(object, paths.specReplicas) ?? 0) },
    status: { replicas: Number(at(object, paths.statusReplicas) ?? 0), ...(text === '' ? {} : { selector: text }) },
  };
}

export function writeScale({ machinery, verbs }: { machinery: Machinery; verbs: Verbs }, place: Place, paths: Paths, change: (scale: Scale) => unknown, caller: Caller, options: WriteOptions): Scale {
  const previous = verbs.get(place);
  const before = scaleOf(previous, paths);
  const after = change(structuredClone(before)) as Partial<Scale>;
  const replicas = after.spec?.replicas ?? 0;
  if (after.metadata?.resourceVersion !== undefined && after.metadata.resourceVersion !== '' && after.metadata.resourceVersion !== previous.metadata.resourceVersion) {
    throw conflict(place.definition, place.name, 'the object has been modified; please apply your changes to the latest version and try again');
  }
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest(`Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`);
  }
  if (replicas < 0) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, place.name, [{ reason: 'FieldValueInvalid', field: 'spec.replicas', detail: `Invalid value: ${replicas}: must be greater than or equal to 0` }]);
  }
  if (isDeepStrictEqual(before.spec, { ...before.spec, replicas })) return before;
  const next = structuredClone(previous);
  put(next, paths.specReplicas, replicas);
  return scaleOf(replace(machinery, place, previous, next, caller, { ...options, subresource: 'scale' }), paths);
}

function at(object: StoredObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined), object);
}

function put(object: StoredObject, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop();
  if (last === undefined) throw new StatusError({ code: 500, message: `no path to the replicas of ${object.kind}` });
  let target: Record<string, unknown> = object;
  for (const key of keys) target = (target[key] ??= {}) as Record<string, unknown>;
  target[last] = value;
}

/** A ReplicationController's selector is a plain map. */
function asSelector(value: unknown): LabelSelector | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return 'matchLabels' in value || 'matchExpressions' in value ? (value as LabelSelector) : { matchLabels: value as Record<string, string> };
}
