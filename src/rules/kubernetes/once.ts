/** What is worked out from a reading is worked out once: the same object gives the same answer while it lives. */
export function once<K extends object, V>(build: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { value: V }>();
  return (key) => {
    const found = known.get(key) ?? { value: build(key) };
    known.set(key, found);
    return found.value;
  };
}

/** In the order in which each key came first. */
export function groupBy<T, K>(all: readonly T[], keysOf: (one: T) => readonly K[]): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    for (const key of keysOf(one)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [one]);
      else group.push(one);
    }
  }
  return groups;
}
