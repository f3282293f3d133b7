/** Kubernetes quantities, as far as rules compare them. */

const factors: Record<string, number> = { '': 1, m: 0.001, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4 };

/** Bytes, cores or a count; undefined for what is no quantity. */
export function bytesOf(quantity: string): number | undefined {
  const [, amount, suffix = ''] = /^(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]{0,2})$/.exec(quantity) ?? [];
  const factor = Object.hasOwn(factors, suffix) ? factors[suffix] : undefined;
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

/** In its own unit; undefined for what has none that can be written back. */
export function doubled(quantity: string): string | undefined {
  const [, amount, suffix] = /^(\d{1,12})((?:Ki|Mi|Gi|k|M|G)?)$/.exec(quantity) ?? [];
  return amount === undefined || Number(amount) === 0 ? undefined : `${Number(amount) * 2}${suffix ?? ''}`;
}
