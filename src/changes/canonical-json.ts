/** One text per value: object keys sorted, arrays kept in order. What is hashed is written this way. */

/** Undefined members are dropped, as JSON does. Throws TypeError for what JSON cannot say: NaN, functions, cycles, an undefined array item. */
export function canonicalJson(value: unknown): string {
  return write(value, new Set());
}

function write(value: unknown, above: Set<object>): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form.`);
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, above);
    default:
      throw new TypeError(`A ${typeof value} has no JSON form.`);
  }
}

function writeObject(value: object, above: Set<object>): string {
  if (above.has(value)) throw new TypeError('A value that contains itself has no JSON form.');
  above.add(value);
  const text = Array.isArray(value) ? writeArray(value, above) : writeMembers(value, above);
  above.delete(value);
  return text;
}

function writeArray(items: readonly unknown[], above: Set<object>): string {
  return `[${Array.from(items, (item) => write(item, above)).join(',')}]`;
}

function writeMembers(value: object, above: Set<object>): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError(`A ${value.constructor.name} has no JSON form here; convert it first.`);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${write(member, above)}`);
  return `{${members.join(',')}}`;
}
