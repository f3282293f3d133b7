/** Who wrote a field of an object last, as its managed fields say. */
import { child, items, text } from './fields.ts';

export interface Writer {
  manager: string;
  at: string;
  /** Neither the one that applies the object nor a controller of Kubernetes itself. */
  foreign: boolean;
}

/** By the field's tokens from the object's root, list positions as in the live object. */
export type Writers = (tokens: readonly string[]) => Writer | undefined;

const note = 'f:kubectl.kubernetes.io/last-applied-configuration';
const controllers = /^(?:kube-controller-manager|kube-scheduler|kubelet|kube-apiserver|kubectl-rollout)$|^k3s/;

export function writersOf(object: unknown): Writers {
  const entries = items(object, 'metadata', 'managedFields').filter((entry) => text(entry, 'subresource') === '').map((entry) => ({
    manager: text(entry, 'manager'), at: text(entry, 'time'), fields: child(entry, 'fieldsV1'), applies: child(entry, 'fieldsV1', 'f:metadata', 'f:annotations', note) !== undefined,
  })).sort((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0));
  const writer = ({ manager, at, applies }: (typeof entries)[number]): Writer => ({ manager, at, foreign: !applies && !controllers.test(manager) });
  return (tokens) => {
    const owners = entries.filter(({ fields }) => owns(fields, tokens, object));
    const found = owners.find((one) => writer(one).foreign) ?? owners[0];
    if (found !== undefined) return writer(found);
    // Nobody owns what was taken away: whoever wrote around it last may have done it.
    return at(object, tokens) === undefined ? entries.map(writer).find(({ foreign }) => foreign) : undefined;
  };
}

function at(value: unknown, tokens: readonly string[]): unknown {
  return tokens.reduce<unknown>((here, token) => (Array.isArray(here) ? here[Number(token)] : child(here, token)), value);
}

/** The field itself, something in it, or the whole that it is a part of. */
function owns(fields: unknown, tokens: readonly string[], value: unknown): boolean {
  if (typeof fields !== 'object' || fields === null) return false;
  const [token, ...rest] = tokens;
  if (token === undefined) return true;
  const keys = Object.keys(fields).filter((key) => key !== '.');
  // A list or a text that is written as a whole.
  if (keys.length === 0) return true;
  if (Array.isArray(value)) {
    const item: unknown = value[Number(token)];
    const key = keys.find((one) => one.startsWith('k:') && isItem(one.slice(2), item));
    return key !== undefined && owns(child(fields, key), rest, item);
  }
  return Object.hasOwn(fields, `f:${token}`) && owns(child(fields, `f:${token}`), rest, child(value, token));
}

/** `{"name":"api"}` */
function isItem(key: string, item: unknown): boolean {
  try {
    const wanted = JSON.parse(key) as unknown;
    return typeof wanted === 'object' && wanted !== null && Object.entries(wanted).every(([name, value]) => child(item, name) === value);
  } catch {
    return false;
  }
}
