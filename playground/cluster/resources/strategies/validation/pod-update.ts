/** A pod is what it was when it was made, but for a few fields. */
import { isDeepStrictEqual } from 'node:util';
import type { Stored } from '../../../objects/object.ts';
import type { Container, Pod, PodSpec } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { forbiddenField, invalidValue } from './errors.ts';

const mayChange = 'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export function validatePodUpdate(next: Stored<Pod>, previous: Stored<Pod>): FieldError[] {
  const spec = next.spec;
  const before = previous.spec;
  if (spec === undefined || before === undefined) return [];
  if ((spec.containers ?? []).length !== (before.containers ?? []).length) return [forbiddenField('spec.containers', 'pod updates may not add or remove containers')];
  if ((spec.initContainers ?? []).length !== (before.initContainers ?? []).length) return [forbiddenField('spec.initContainers', 'pod updates may not add or remove containers')];
  return [...deadlineErrors(spec, before), ...tolerationErrors(spec, before), ...otherErrors(spec, before)];
}

function deadlineErrors({ activeDeadlineSeconds: next }: PodSpec, { activeDeadlineSeconds: previous }: PodSpec): FieldError[] {
  if (previous === undefined || next === previous) return [];
  const field = 'spec.activeDeadlineSeconds';
  if (next === undefined) return [invalidValue(field, undefined, 'must not update from a positive integer to nil value')];
  return next > previous ? [invalidValue(field, next, 'must be less than or equal to previous value')] : [];
}

function tolerationErrors({ tolerations: next = [] }: PodSpec, { tolerations: previous = [] }: PodSpec): FieldError[] {
  const lost = previous.some((toleration) => !next.some((other) => isDeepStrictEqual({ ...toleration, tolerationSeconds: 0 }, { ...other, tolerationSeconds: 0 })));
  return lost ? [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')] : [];
}

function otherErrors(next: PodSpec, previous: PodSpec): FieldError[] {
  const images = (own: Container[] | undefined, other: Container[] | undefined): Container[] | undefined => own?.map((container, index) => ({ ...container, ...(other?.[index]?.image === undefined ? {} : { image: other[index].image }) }));
  const comparable: PodSpec = { ...next, containers: images(next.containers, previous.containers) ?? [] };
  const initContainers = images(next.initContainers, previous.initContainers);
  if (initContainers !== undefined) comparable.initContainers = initContainers;
  for (const field of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates', 'nodeSelector', 'affinity'] as const) {
    if ((field === 'nodeSelector' || field === 'affinity') && (previous.schedulingGates ?? []).length === 0) continue;
    Object.assign(comparable, { [field]: previous[field] });
  }
  if (previous.terminationGracePeriodSeconds !== undefined && previous.terminationGracePeriodSeconds < 0 && next.terminationGracePeriodSeconds === 1) comparable.terminationGracePeriodSeconds = previous.terminationGracePeriodSeconds;
  const plain = (spec: PodSpec): unknown => JSON.parse(JSON.stringify(spec));
  if (isDeepStrictEqual(plain(comparable), plain(previous))) return [];
  return [forbiddenField('spec', `${mayChange}\n${difference(comparable, previous)}`)];
}

/** Line by line: what is new with +, what was with -. */
function difference(next: PodSpec, previous: PodSpec): string {
  const lines = (spec: PodSpec): string[] => JSON.stringify(spec, undefined, 1).split('\n');
  const [after, before] = [lines(next), lines(previous)];
  let start = 0;
  while (start < Math.min(after.length, before.length) && after[start] === before[start]) start += 1;
  let end = 0;
  while (end < Math.min(after.length, before.length) - start && after.at(-1 - end) === before.at(-1 - end)) end += 1;
  const context = (from: number, to: number): string[] => after.slice(Math.max(0, from), to).map((line) => `  ${line}`);
  return [
    ...context(start - 3, start),
    ...before.slice(start, before.length - end).map((line) => `- ${line}`),
    ...after.slice(start, after.length - end).map((line) => `+ ${line}`),
    ...context(after.length - end, after.length - end + 3), '',
  ].join('\n');
}
