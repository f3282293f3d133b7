/** Pods and pod templates. */
import type { Stored } from '../../../objects/object.ts';
import type { Pod, PodSpec, PodTemplateSpec, Toleration } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { validateContainer } from './containers.ts';
import { invalidValue, oneOf, required } from './errors.ts';
import { validateAnnotations, validateLabels } from './metadata.ts';
import { labelProblems, labelValueProblems, qualifiedNameProblems, subdomainProblems } from './names.ts';
import { validateVolumes } from './volumes.ts';

export const validatePod = (pod: Stored<Pod>): FieldError[] => validatePodSpec(pod.spec, 'spec', new Set());

/** `claims`: names of volumes that come from claim templates. */
export function validatePodTemplate(template: PodTemplateSpec | undefined, field: string, claims: ReadonlySet<string> = new Set()): FieldError[] {
  return [
    ...validateLabels(template?.metadata?.labels, `${field}.labels`),
    ...validateAnnotations(template?.metadata?.annotations, `${field}.annotations`),
    ...validatePodSpec(template?.spec, `${field}.spec`, claims),
  ];
}

function validatePodSpec(spec: PodSpec | undefined, field: string, claims: ReadonlySet<string>): FieldError[] {
  if (spec === undefined) return [required(`${field}.containers`)];
  const volumes = new Set<string>(claims);
  const names = new Set<string>();
  return [
    ...validateVolumes(spec.volumes ?? [], `${field}.volumes`, volumes),
    ...((spec.containers ?? []).length === 0 ? [required(`${field}.containers`)] : []),
    ...(spec.containers ?? []).flatMap((container, index) => validateContainer(container, `${field}.containers[${index}]`, { volumes, names, init: false })),
    ...(spec.initContainers ?? []).flatMap((container, index) => validateContainer(container, `${field}.initContainers[${index}]`, { volumes, names, init: true })),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...Object.entries(spec.nodeSelector ?? {}).flatMap(([key, value]) => [
      ...qualifiedNameProblems(key).map((problem) => invalidValue(`${field}.nodeSelector`, key, problem)),
      ...labelValueProblems(value).map((problem) => invalidValue(`${field}.nodeSelector`, value, problem)),
    ]),
    ...named(spec.serviceAccountName, `${field}.serviceAccountName`, subdomainProblems),
    ...named(spec.nodeName, `${field}.nodeName`, subdomainProblems),
    ...named(spec.hostname, `${field}.hostname`, labelProblems),
    ...named(spec.subdomain, `${field}.subdomain`, labelProblems),
    ...(spec.tolerations ?? []).flatMap((toleration, index) => validateToleration(toleration, `${field}.tolerations[${index}]`)),
    ...deadlineErrors(spec.activeDeadlineSeconds, `${field}.activeDeadlineSeconds`),
    ...(spec.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0 ? [invalidValue(`${field}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds, 'must be greater than or equal to 0')] : []),
  ];
}

function named(name: string | undefined, field: string, problems: (name: string) => string[]): FieldError[] {
  return name === undefined || name === '' ? [] : problems(name).map((problem) => invalidValue(field, name, problem));
}

function deadlineErrors(seconds: number | undefined, field: string): FieldError[] {
  return seconds !== undefined && (seconds < 1 || seconds > 2 ** 31 - 1) ? [invalidValue(field, seconds, 'must be between 1 and 2147483647, inclusive')] : [];
}

function validateToleration({ key = '', operator = '', value = '', effect = '', tolerationSeconds }: Toleration, field: string): FieldError[] {
  return [
    ...(key === '' ? [] : qualifiedNameProblems(key).map((problem) => invalidValue(`${field}.key`, key, problem))),
    ...(key === '' && operator !== 'Exists' ? [invalidValue(`${field}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"')] : []),
    ...(tolerationSeconds !== undefined && effect !== 'NoExecute' ? [invalidValue(`${field}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")] : []),
    ...(operator === 'Exists' && value !== '' ? [invalidValue(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'")] : []),
    ...(operator === 'Exists' ? [] : operator === '' || operator === 'Equal' ? labelValueProblems(value).map((problem) => invalidValue(`${field}.operator`, value, problem)) : oneOf(`${field}.operator`, operator, ['Equal', 'Exists'])),
    ...(effect === '' ? [] : oneOf(`${field}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])),
  ];
}
