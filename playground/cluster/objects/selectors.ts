/** Label selectors, as objects (spec.selector) and as text (?labelSelector=), and field selectors. */
import { badRequest } from '../api/status.ts';
import type { LabelSelector } from './types.ts';

export type LabelOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

/** All requirements of a list must hold. */
export interface LabelRequirement {
  key: string;
  operator: LabelOperator;
  values: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

/** An empty selector matches everything, an absent one nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  return selector !== undefined && matchesRequirements(requirementsOf(selector), labels);
}

export function matchesRequirements(requirements: readonly LabelRequirement[], labels: Labels | undefined = {}): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case 'In': return value !== undefined && values.includes(value);
      case 'NotIn': return value === undefined || !values.includes(value);
      case 'Exists': return value !== undefined;
      case 'DoesNotExist': return value === undefined;
      case 'Gt': return value !== undefined && integer.test(value) && Number(value) > Number(values[0]);
      case 'Lt': return value !== undefined && integer.test(value) && Number(value) < Number(values[0]);
    }
  });
}

/** Every label of `wanted` is there with its value: a Service's or a node selector. An empty one matches. */
export function hasLabels(wanted: Labels | undefined, labels: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);
}

export function requirementsOf(selector: LabelSelector): LabelRequirement[] {
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }) => ({ key, operator: operator as LabelOperator, values: values ?? [] })),
  ];
}

/** `app=web,tier in (a,b)`: as a Scale shows its selector and kubectl takes it back. */
export function formatSelector(selector: LabelSelector | undefined): string {
  return requirementsOf(selector ?? {}).toSorted((first, second) => (first.key < second.key ? -1 : 1)).map(({ key, operator, values }) => {
    switch (operator) {
      case 'In': return values.length === 1 ? `${key}=${values[0] ?? ''}` : `${key} in (${values.toSorted().join(',')})`;
      case 'NotIn': return values.length === 1 ? `${key}!=${values[0] ?? ''}` : `${key} notin (${values.toSorted().join(',')})`;
      case 'Exists': return key;
      case 'DoesNotExist': return `!${key}`;
      case 'Gt': return `${key}>${values[0] ?? ''}`;
      case 'Lt': return `${key}<${values[0] ?? ''}`;
    }
  }).join(',');
}

/** `app=web,tier in (a,b),!old`. Throws StatusError 400. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  const tokens = tokensOf(text);
  const requirements: LabelRequirement[] = [];
  let position = 0;
  const next = (): string => tokens[position++] ?? '';
  while (position < tokens.length) {
    requirements.push(readRequirement(next, () => tokens[position] ?? ''));
    const separator = next();
    if (separator === '') break;
    if (separator !== ',') throw unreadable(`found '${separator}', expected: ',' or 'end of string'`);
    if (position >= tokens.length) throw unreadable("found '', expected: identifier after ','");
  }
  return requirements;
}

export interface FieldRequirement {
  /** `status.phase`. */
  field: string;
  equal: boolean;
  value: string;
}

/** `status.phase!=Running,spec.nodeName=node1`. Throws StatusError 400. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return text.split(/(?<!\\),/).filter((term) => term !== '').map((term) => {
    const [matched, field = '', operator, value = ''] = /^([^=!]*)(!=|==|=)(.*)$/.exec(term) ?? [];
    if (matched === undefined) throw badRequest(`Unable to find "${text}" that match label selector "", field selector "${text}": invalid selector: '${text}'; can't understand '${term}'`);
    return { field, equal: operator !== '!=', value: value.replaceAll(/\\(.)/g, '$1') };
  });
}

const integer = /^[+-]?\d+$/;
const keyPattern = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const valuePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

function tokensOf(text: string): string[] {
  return text.match(/!=|==|[=<>!,()]|[^\s=<>!,()]+/g) ?? [];
}

function readRequirement(next: () => string, peek: () => string): LabelRequirement {
  const first = next();
  if (first === '!') return { key: checkedKey(next()), operator: 'DoesNotExist', values: [] };
  const key = checkedKey(first);
  const following = peek();
  if (following === '' || following === ',') return { key, operator: 'Exists', values: [] };
  const operator = next();
  switch (operator) {
    case '=':
    case '==': return { key, operator: 'In', values: [readValue(key, next, peek)] };
    case '!=': return { key, operator: 'NotIn', values: [readValue(key, next, peek)] };
    case 'in': return { key, operator: 'In', values: readValues(key, next) };
    case 'notin': return { key, operator: 'NotIn', values: readValues(key, next) };
    case '>':
    case '<': return { key, operator: operator === '>' ? 'Gt' : 'Lt', values: [readNumber(key, next())] };
    default: throw unreadable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

function readValue(key: string, next: () => string, peek: () => string): string {
  return peek() === '' || peek() === ',' ? '' : checkedValue(key, next());
}

function readValues(key: string, next: () => string): string[] {
  const opening = next();
  if (opening !== '(') throw unreadable(`found '${opening}' expected: '('`);
  const values: string[] = [];
  let pendingValue = '';
  for (let token = next(); token !== ')'; token = next()) {
    if (token === '') throw unreadable(`found '${token}', expected: ',' or ')'`);
    if (token === ',') {
      values.push(pendingValue);
      pendingValue = '';
    } else pendingValue = checkedValue(key, token);
  }
  return [...values, pendingValue];
}

function readNumber(key: string, token: string): string {
  if (!integer.test(token)) throw unreadable(`values[0][${key}]: Invalid value: "${token}": for 'Gt', 'Lt' operators, the value must be an integer`);
  return token;
}

function checkedKey(key: string): string {
  if (key === '' || /^[=<>!,()]/.test(key)) throw unreadable(`found '${key}', expected: identifier`);
  if (!keyPattern.test(key)) {
    throw unreadable(`<nil>: Invalid value: "${key}": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`);
  }
  return key;
}

function checkedValue(key: string, value: string): string {
  if (/^[=<>!,()]/.test(value)) throw unreadable(`found '${value}', expected: identifier`);
  if (!valuePattern.test(value) || value.length > 63) {
    throw unreadable(`values[0][${key}]: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`);
  }
  return value;
}

function unreadable(why: string): ReturnType<typeof badRequest> {
  return badRequest(`unable to parse requirement: ${why}`);
}
