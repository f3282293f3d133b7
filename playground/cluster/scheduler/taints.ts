/** Which taints a pod puts up with. */
import type { Taint, Toleration } from '../objects/types.ts';

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  const key = toleration.key ?? '';
  if (key !== '' && key !== taint.key) return false;
  const operator = toleration.operator ?? '';
  if (operator === 'Exists') return true;
  if (operator === 'Lt' || operator === 'Gt') {
    const [left, right] = [Number(taint.value), Number(toleration.value)];
    return operator === 'Lt' ? left < right : left > right;
  }
  return key !== '' && (toleration.value ?? '') === (taint.value ?? '');
}

export const toleratesTaint = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean =>
  (tolerations ?? []).some((toleration) => tolerates(toleration, taint));

export const untolerated = (taints: readonly Taint[] | undefined, tolerations: readonly Toleration[] | undefined, effects: readonly string[]): Taint[] =>
  (taints ?? []).filter((taint) => effects.includes(taint.effect) && !toleratesTaint(tolerations, taint));
