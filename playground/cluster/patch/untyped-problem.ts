/** Why an applied configuration is not of its type, in the words of server-side apply. */
import { partsOf } from './parts.ts';
import { pathText } from './field-set.ts';
import type { Relation } from './relations.ts';

/** Undefined when nothing is wrong. `unknown` and `problem` as decoding found them. */
export function untypedProblem(applied: unknown, unknown: readonly string[], problem: string | undefined, relation: Relation): string | undefined {
  const texts = unknown.map((field) => `${keyedPath(field, applied, relation)}: field not declared in schema`);
  if (problem !== undefined) texts.unshift(typeText(problem));
  if (texts.length < 2) return texts[0];
  return `errors:\n${texts.map((text) => `  ${text}`).join('\n')}`;
}

/** `spec.containers[0].imagee` -> `.spec.containers[name="web"].imagee`. */
function keyedPath(field: string, root: unknown, relation: Relation): string {
  let at: { value: unknown; relation: Relation } | undefined = { value: root, relation };
  return (field.match(/[^.[\]]+|\[\d+\]/g) ?? []).map((step) => {
    const parts: ReturnType<typeof partsOf> = at === undefined ? undefined : partsOf(at.value, at.relation);
    const index = /^\[(\d+)\]$/.exec(step)?.[1];
    const part = index === undefined ? parts?.find((candidate) => candidate.element === `f:${step}`) : parts?.[Number(index)];
    at = part;
    if (index === undefined) return `.${step}`;
    return part === undefined ? step : pathText([part.element]);
  }).join('');
}

function typeText(problem: string): string {
  const [, from = '', path = '', to = ''] = /^json: cannot unmarshal (\S+)(?: \S+)? into Go struct field \S+?\.(\S+) of type (\S+)$/.exec(problem) ?? [];
  if (path === '') return problem;
  const expected = /^(u?int|float)/.test(to) ? 'numeric (int or float)' : to === 'bool' ? 'boolean' : to.startsWith('[]') ? 'list' : to.startsWith('map[') || /^v\d/.test(to) ? 'map' : 'string';
  const got = { bool: 'boolean', number: 'int', object: 'map', array: 'list' }[from] ?? from;
  return `.${path}: expected ${expected}, got ${got}`;
}
