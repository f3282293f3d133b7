/** Requests and limits of containers. */
import { compareQuantities } from '../../../objects/quantity.ts';
import type { ResourceRequirements } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { invalidValue, notNegativeQuantity } from './errors.ts';
import { qualifiedNameProblems } from './names.ts';

const standard = new Set(['cpu', 'memory', 'ephemeral-storage']);

export function validateResources({ limits = {}, requests = {} }: ResourceRequirements, field: string): FieldError[] {
  return [
    ...Object.entries(limits).flatMap(([name, amount]) => [...resourceNameErrors(name, `${field}.limits`), ...notNegativeQuantity(`${field}.limits[${name}]`, amount)]),
    ...Object.entries(requests).flatMap(([name, amount]) => {
      const limit = limits[name];
      return [
        ...resourceNameErrors(name, `${field}.requests`),
        ...notNegativeQuantity(`${field}.requests[${name}]`, amount),
        ...(limit !== undefined && compareQuantities(amount, limit) > 0 ? [invalidValue(`${field}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`)] : []),
      ];
    }),
  ];
}

function resourceNameErrors(name: string, field: string): FieldError[] {
  const at = `${field}[${name}]`;
  const problems = qualifiedNameProblems(name).map((problem) => invalidValue(at, name, problem));
  if (problems.length > 0) return problems;
  if (name.includes('/') || standard.has(name) || name.startsWith('hugepages-')) return [];
  return [invalidValue(at, name, 'must be a standard resource type or fully qualified'), invalidValue(at, name, 'must be a standard resource for containers')];
}
