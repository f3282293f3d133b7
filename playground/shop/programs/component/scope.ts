/** What a step sees, and how its texts are filled: `{customer}`, `{session.user}`, `{flag.new-prices}`. */
import { RequestFailure } from '../common/failure.ts';
import { fieldAt } from '../common/fields.ts';

export type Scope = Record<string, unknown>;

/** Strings at any depth are filled; one that is nothing but a placeholder becomes the value itself. Throws RequestFailure 400 for a name that nothing has. */
export function fill(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return fillText(value, scope);
  if (Array.isArray(value)) return value.map((item) => fill(item, scope));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner, scope)]));
  return value;
}

export function fillText(text: string, scope: Scope): unknown {
  const whole = /^\{([\w.-]+)\}$/.exec(text);
  if (whole) return lookUp(whole[1] ?? '', scope);
  return text.replaceAll(/\{([\w.-]+)\}/g, (_placeholder, name: string) => String(lookUp(name, scope)));
}

function lookUp(name: string, scope: Scope): unknown {
  const value = fieldAt(scope, ...name.split('.'));
  if (value === undefined && name.startsWith('flag.')) return 'off';
  if (value === undefined) throw new RequestFailure(400, 'INVALID', `${name}: missing`);
  return value;
}
