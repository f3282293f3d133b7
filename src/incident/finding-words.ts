/** Finding keys as people read them; code compares the keys. */

/**
 * `missing-index@table/shop/public.orders` reads "missing index on table public.orders of shop". What is not of a
 * key's form comes back as it is.
 */
export function wordsOfKey(key: string): string {
  const [, mechanism, kind, name] = /^([a-z0-9-]+)@([a-z-]+)\/(.+)$/s.exec(key) ?? [];
  if (mechanism === undefined || kind === undefined || name === undefined) return key;
  return `${mechanism.replaceAll('-', ' ')} on ${kind === 'kube-service' ? 'Service' : kind} ${nameWords(kind, name)}`;
}

/** `shop/public.orders` is public.orders of shop; a setting may name its role: `shop/work_mem@reports`. */
function nameWords(kind: string, name: string): string {
  const [outer = '', ...rest] = name.split('/');
  const inner = rest.join('/');
  if (inner === '') return name;
  return `${kind === 'setting' ? inner.replace(/@$/, '').replace('@', ' for ') : inner} of ${outer}`;
}
