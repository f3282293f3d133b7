/** Selectors of workloads and that they fit their templates. */
import { isDeepStrictEqual } from 'node:util';
import { matchesSelector } from '../../../objects/selectors.ts';
import type { LabelSelector, PodTemplateSpec } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { forbiddenField, immutable, invalidValue, required } from './errors.ts';
import { labelValueProblems, qualifiedNameProblems } from './names.ts';

export function validateSelector(selector: LabelSelector | undefined, field: string): FieldError[] {
  return [
    ...Object.entries(selector?.matchLabels ?? {}).flatMap(([key, value]) => [
      ...qualifiedNameProblems(key).map((problem) => invalidValue(`${field}.matchLabels`, key, problem)),
      ...labelValueProblems(value).map((problem) => invalidValue(`${field}.matchLabels`, value, problem)),
    ]),
    ...(selector?.matchExpressions ?? []).flatMap(({ key, operator, values = [] }, index) => {
      const at = `${field}.matchExpressions[${index}]`;
      return [
        ...(operator === 'In' || operator === 'NotIn' ? (values.length === 0 ? [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")] : [])
          : operator === 'Exists' || operator === 'DoesNotExist' ? (values.length > 0 ? [forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : [])
            : [invalidValue(`${at}.operator`, operator, 'not a valid selector operator')]),
        ...qualifiedNameProblems(key).map((problem) => invalidValue(`${at}.key`, key, problem)),
      ];
    }),
  ];
}

/** `owner`: `deployment`, for the text about an empty one. */
export function validateOwnSelector(selector: LabelSelector | undefined, owner: string, field = 'spec.selector'): FieldError[] {
  if (selector === undefined) return [required(field)];
  const empty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  return [...validateSelector(selector, field), ...(empty ? [invalidValue(field, selector, `empty selector is invalid for ${owner}`)] : [])];
}

export function templateFits(selector: LabelSelector | undefined, template: PodTemplateSpec | undefined, field = 'spec.template'): FieldError[] {
  if (selector === undefined || Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0) return [];
  const labels = template?.metadata?.labels;
  return matchesSelector(selector, labels) ? [] : [invalidValue(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`')];
}

export function unchanged(next: unknown, previous: unknown, field: string): FieldError[] {
  return isDeepStrictEqual(plain(next), plain(previous)) ? [] : [immutable(field, next)];
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
