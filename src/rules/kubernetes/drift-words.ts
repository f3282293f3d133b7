/** Drift in the words that the evidence uses: `spec.template.spec.containers[api].image was applied as "app:1", is "app:2"`. */
import { isSecretName, isSecretVariable } from '../../redaction/secret-names.ts';
import type { DriftedField, ObjectDrift } from '../object-readings.ts';

const longest = 120;

export function driftText(field: DriftedField): string {
  const { path, noted, now, at, manager } = field;
  const by = manager === undefined || at === undefined || at === '' ? '' : ` (written ${at} by ${manager})`;
  const [was, is] = isSecretPath(path) ? ['(hidden)', '(hidden)'] : differing(noted, now);
  return `${path} was applied as ${was}, is ${is}${by}`;
}

/** Its values are never shown, nor written back. */
export function isSecretPath(path: string): boolean {
  const variable = /\benv\[([^\]]*)\]|^data\.(.+)$/.exec(path);
  return isSecretVariable(variable?.[1] ?? variable?.[2] ?? '') || path.split(/[.[\]]/).some((part) => part !== 'secret' && isSecretName(part));
}

export function driftLines(drifts: readonly ObjectDrift[]): string {
  if (drifts.length === 0) return '(every object is as it was last applied, or does not say)';
  return drifts.flatMap((one) => [`${one.kind} ${one.name} is not as it was last applied:`, ...one.fields.map((field) => `  ${one.kind} ${one.name}: ${driftText(field)}`)]).join('\n');
}

/** Of long texts only what differs. */
function differing(noted: unknown, now: unknown): [string, string] {
  if (typeof noted !== 'string' || typeof now !== 'string' || (noted.length <= longest && now.length <= longest)) return [shown(noted), shown(now)];
  const [before, after] = [noted.split('\n'), now.split('\n')];
  const first = before.findIndex((line, index) => line !== after[index]);
  const at = first < 0 ? before.length : first;
  return before.length > 1 || after.length > 1 ? [around(before[at], after[at]), around(after[at], before[at])] : [around(noted, now), around(now, noted)];
}

/** From shortly before where the two part. */
function around(text: string | undefined, other: string | undefined): string {
  if (text === undefined) return '(no such line)';
  const same = [...text].findIndex((character, index) => character !== other?.[index]);
  const start = Math.max(0, (same < 0 ? text.length : same) - longest / 2);
  return shown(`${start > 0 ? '...' : ''}${text.slice(start, start + longest)}`);
}

function shown(value: unknown): string {
  if (value === undefined) return '(not there)';
  const text = (JSON.stringify(value) ?? '').replace(/\s+/g, ' ');
  return text.length <= longest * 2 ? text : `${text.slice(0, longest * 2)}...`;
}
