/** Kubernetes quantities (`100m`, `1.5Gi`, `2e3`) as exact integers of thousandths, for comparing and adding. */
const suffixes: Record<string, bigint> = {
  '': 1_000n,
  m: 1n,
  k: 10n ** 6n, M: 10n ** 9n, G: 10n ** 12n, T: 10n ** 15n, P: 10n ** 18n, E: 10n ** 21n,
  Ki: 1_000n << 10n, Mi: 1_000n << 20n, Gi: 1_000n << 30n, Ti: 1_000n << 40n, Pi: 1_000n << 50n, Ei: 1_000n << 60n,
};

/** Thousandths, rounded up as Kubernetes rounds; undefined when it isn't a quantity. */
export function parseQuantity(text: string | number): bigint | undefined {
  const found = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(String(text));
  if (found === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = found;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  let numerator = digits;
  let denominator = 10n ** BigInt(fraction.length);
  if (exponent !== undefined) {
    const power = Number(exponent);
    if (power >= 0) numerator *= 10n ** BigInt(power);
    else denominator *= 10n ** BigInt(-power);
    numerator *= 1_000n;
  } else if (suffix === 'n') denominator *= 1_000_000n;
  else if (suffix === 'u') denominator *= 1_000n;
  else numerator *= suffixes[suffix] ?? 1_000n;
  const negative = sign === '-';
  const quotient = numerator / denominator;
  const rounded = numerator % denominator === 0n || negative ? quotient : quotient + 1n;
  return negative ? -rounded : rounded;
}

/** Thousandths; 0 for what isn't there or isn't a quantity. */
export const thousandths = (text: string | number | undefined): bigint => (text === undefined ? 0n : parseQuantity(text) ?? 0n);

/** In whole units, as a plain number: bytes, cores. */
export const quantityValue = (text: string | number | undefined): number => Number(thousandths(text)) / 1_000;

export type QuantityFormat = 'decimal' | 'binary';

export const quantityFormat = (text: string): QuantityFormat => (/[KMGTPE]i$/.test(text) ? 'binary' : 'decimal');

/** The canonical form: `500m`, `2`, `1536Mi`. */
export function formatQuantity(amount: bigint, format: QuantityFormat): string {
  if (amount === 0n) return '0';
  if (format === 'binary' && amount % 1_000n === 0n) {
    const units = amount / 1_000n;
    const found = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'].find((suffix) => amount % (suffixes[suffix] ?? 1n) === 0n);
    return found === undefined ? `${units}` : `${amount / (suffixes[found] ?? 1n)}${found}`;
  }
  const found = ['E', 'P', 'T', 'G', 'M', 'k', ''].find((suffix) => amount % (suffixes[suffix] ?? 1n) === 0n) ?? 'm';
  return `${amount / (suffixes[found] ?? 1n)}${found}`;
}
