/** One value of a release, changed where its chart's defaults and its own values meet. */
import { redactPatterns } from '../../../redaction/patterns.ts';
import { isSecretName, isSecretVariable } from '../../../redaction/secret-names.ts';
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject } from '../kubectl/json-patch.ts';
import { isObject } from '../kubectl/json-patch.ts';
import type { StoredRelease } from './stored.ts';

export interface ValueChange {
  before: string | number | boolean;
  /** All values of the release's own, with the one changed. They may hold secrets. */
  values: JsonObject;
}

/** Throws RefusedError unless the key is there, is no secret, and is of the value's type. */
export function changeValue({ chart, config }: StoredRelease, { key, value, release }: ActionOf<'helm.upgrade_value'>): ValueChange {
  const names = key.split('.');
  const secret = names.find((name) => isSecretName(name) || isSecretVariable(name));
  if (secret !== undefined) throw new RefusedError(`${key} names a secret: sre-agent neither shows nor carries secrets. Change it by hand.`);
  const before = read(config, names) ?? read(chart.values, names);
  if (before === undefined || before === null) throw new RefusedError(`Release ${release} has no value ${key}, neither its own nor of its chart.`);
  if (typeof before === 'object') throw new RefusedError(`${key} of release ${release} holds more than one value: name the one inside.`);
  if (typeof before !== typeof value) throw new RefusedError(`${key} of release ${release} is a ${typeof before} and stays one; ${JSON.stringify(value)} is a ${typeof value}.`);
  if (typeof before === 'string' && redactPatterns(before, '[redacted]') !== before) throw new RefusedError(`${key} of release ${release} holds what looks like a secret: change it by hand.`);
  if (before === value) throw new RefusedError(`${key} of release ${release} is ${JSON.stringify(value)} already.`);
  return { before, values: withValue(config, names, value) };
}

function read(values: Json | undefined, names: readonly string[]): Json | undefined {
  return names.reduce<Json | undefined>((here, name) => (isObject(here) && Object.hasOwn(here, name) ? here[name] : undefined), values);
}

/** A null on the way takes a default away, and would come back by this: the type was read from the chart then. */
function withValue(values: JsonObject, [name = '', ...rest]: readonly string[], value: Json): JsonObject {
  const inside = Object.hasOwn(values, name) ? values[name] : undefined;
  if (rest.length > 0 && inside !== undefined && !isObject(inside)) throw new RefusedError(`${name} is set to nothing by the release's own values: change it by hand.`);
  const next = rest.length === 0 ? value : withValue(isObject(inside) ? inside : {}, rest, value);
  return { ...values, [name]: next };
}
