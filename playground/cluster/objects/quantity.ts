/** Kubernetes quantities (`250m`, `1.5Gi`, `2e3`): compared and added exactly, written in canonical form. */

export type QuantityFormat = 'decimal' | 'binary' | 'exponent';

/** Thousandths, rounded up as Kubernetes rounds; undefined when it isn't a quantity. */
export function parseQuantity(text: string | number): bigint | undefined {
  const quantity = read(text);
  return quantity === undefined ? undefined : ceilingDivide(quantity.nanos, 1_000_000n);
}

/** Thousandths; 0 for what isn't there or isn't a quantity. */
export const thousandths = (text: string | number | undefined): bigint => (text === undefined ? 0n : parseQuantity(text) ?? 0n);

/** In whole units, as a plain number: bytes, cores (`250m` -> 0.25). 0 for what isn't there or isn't a quantity. */
export const quantityValue = (text: string | number | undefined): number => Number(thousandths(text)) / 1_000;

/** Thousandths as a plain number: `250m` -> 250. 0 for what isn't there or isn't a quantity. */
export const quantityMillis = (text: string | number | undefined): number => Number(thousandths(text));

/** Canonical text of an amount of thousandths: `500m`, `2`, `1536Mi`. */
export const formatQuantity = (amount: bigint, format: QuantityFormat): string => textOf({ nanos: amount * 1_000_000n, format });

/** `1000m` -> `1`, `1024Mi` -> `1Gi`, 0.5 -> `500m`. Undefined for what is no quantity. */
export function canonicalQuantity(text: string | number): string | undefined {
  const quantity = read(text);
  return quantity === undefined ? undefined : textOf(quantity);
}

/** Below, at or above zero as `first` is less than, equal to or more than `second`. What is no quantity counts as 0. */
export function compareQuantities(first: string | number, second: string | number): number {
  const difference = (read(first)?.nanos ?? 0n) - (read(second)?.nanos ?? 0n);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** In the format of the first one, of the second when the first is zero. What is no quantity counts as 0. */
export const addQuantities = (first: string | number, second: string | number): string => combine(first, second, 1n);
export const subtractQuantities = (first: string | number, second: string | number): string => combine(first, second, -1n);

interface Quantity {
  /** In billionths of the base unit. */
  nanos: bigint;
  format: QuantityFormat;
}

const NANO = 1_000_000_000n;
const shape = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$/;
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const largest = (2n ** 63n - 1n) * NANO;

function read(text: string | number): Quantity | undefined {
  const [matched, sign, whole = '', fraction = '', suffix = ''] = shape.exec(String(text)) ?? [];
  if (matched === undefined || whole + fraction === '') return undefined;
  const { numerator, exponent, format } = scaleOf(suffix);
  const power = 9 + exponent - fraction.length;
  if (Math.abs(power) > 400) return undefined;
  const digits = BigInt(whole + fraction) * numerator;
  const magnitude = power >= 0 ? digits * 10n ** BigInt(power) : ceilingDivide(digits, 10n ** BigInt(-power));
  const capped = magnitude > largest ? largest : magnitude;
  return { nanos: sign === '-' ? -capped : capped, format };
}

function scaleOf(suffix: string): { numerator: bigint; exponent: number; format: QuantityFormat } {
  if (/^[eE]./.test(suffix)) return { numerator: 1n, exponent: Number(suffix.slice(1)), format: 'exponent' };
  if (suffix.endsWith('i')) return { numerator: 1024n ** BigInt(binarySuffixes.indexOf(suffix)), exponent: 0, format: 'binary' };
  return { numerator: 1n, exponent: (decimalSuffixes.indexOf(suffix) - 3) * 3, format: 'decimal' };
}

function textOf({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const small = nanos > -1024n * NANO && nanos < 1024n * NANO;
  if (format === 'binary' && !small && nanos % NANO === 0n) {
    const { number, step } = reduced(nanos / NANO, 1024n, binarySuffixes.length - 1);
    return `${number}${binarySuffixes[step] ?? ''}`;
  }
  const { number, step } = reduced(nanos, 1000n, format === 'exponent' ? 100 : decimalSuffixes.length - 1);
  if (format !== 'exponent') return `${number}${decimalSuffixes[step] ?? ''}`;
  return step === 3 ? String(number) : `${number}e${(step - 3) * 3}`;
}

function reduced(value: bigint, base: bigint, most: number): { number: bigint; step: number } {
  let number = value;
  let step = 0;
  while (number % base === 0n && step < most) {
    number /= base;
    step += 1;
  }
  return { number, step };
}

function combine(first: string | number, second: string | number, sign: bigint): string {
  const left = read(first) ?? { nanos: 0n, format: 'decimal' };
  const right = read(second) ?? { nanos: 0n, format: 'decimal' };
  return textOf({ nanos: left.nanos + sign * right.nanos, format: left.nanos === 0n ? right.format : left.format });
}

function ceilingDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend > 0n && dividend % divisor !== 0n ? quotient + 1n : quotient;
}
