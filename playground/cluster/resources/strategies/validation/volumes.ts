/** Volumes of a pod. */
import type { KeyToPath, Volume } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { duplicate, forbiddenField, invalidValue, required } from './errors.ts';
import { labelProblems } from './names.ts';

/** The names that mounts may refer to are added to `names`. */
export function validateVolumes(volumes: Volume[], field: string, names: Set<string>): FieldError[] {
  return volumes.flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const errors = sourceErrors(volume, at);
    if ((volume.name ?? '') === '') return [...errors, required(`${at}.name`)];
    const problems = labelProblems(volume.name).map((problem) => invalidValue(`${at}.name`, volume.name, problem));
    const doubled = names.has(volume.name) ? [duplicate(`${at}.name`, volume.name)] : [];
    if (errors.length + problems.length + doubled.length === 0) names.add(volume.name);
    return [...errors, ...problems, ...doubled];
  });
}

function sourceErrors(volume: Volume, field: string): FieldError[] {
  const kinds = Object.keys(volume).filter((name) => name !== 'name');
  if (kinds.length === 0) return [required(field, 'must specify a volume type')];
  return [
    ...kinds.slice(1).map((kind) => forbiddenField(`${field}.${kind}`, 'may not specify more than 1 volume type')),
    ...particularErrors(volume, field),
  ];
}

function particularErrors({ secret, configMap, persistentVolumeClaim, hostPath, projected, nfs }: Volume, field: string): FieldError[] {
  return [
    ...(secret === undefined ? [] : [...((secret.secretName ?? '') === '' ? [required(`${field}.secret.secretName`)] : []), ...modeErrors(secret.defaultMode, `${field}.secret.defaultMode`), ...itemErrors(secret.items, `${field}.secret.items`)]),
    ...(configMap === undefined ? [] : [...((configMap.name ?? '') === '' ? [required(`${field}.configMap.name`)] : []), ...modeErrors(configMap.defaultMode, `${field}.configMap.defaultMode`), ...itemErrors(configMap.items, `${field}.configMap.items`)]),
    ...(persistentVolumeClaim !== undefined && (persistentVolumeClaim.claimName ?? '') === '' ? [required(`${field}.persistentVolumeClaim.claimName`)] : []),
    ...(hostPath === undefined ? [] : (hostPath.path ?? '') === '' ? [required(`${field}.hostPath.path`)] : hostPath.path.split('/').includes('..') ? [invalidValue(`${field}.hostPath.path`, hostPath.path, "must not contain '..'")] : []),
    ...(nfs === undefined ? [] : [...(nfs.server === '' ? [required(`${field}.nfs.server`)] : []), ...(nfs.path === '' ? [required(`${field}.nfs.path`)] : [])]),
    ...(projected === undefined ? [] : modeErrors(projected.defaultMode, `${field}.projected.defaultMode`)),
  ];
}

function modeErrors(mode: number | undefined, field: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777) ? [invalidValue(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')] : [];
}

function itemErrors(items: KeyToPath[] | undefined, field: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => [
    ...((item.key ?? '') === '' ? [required(`${field}[${index}].key`)] : []),
    ...((item.path ?? '') === '' ? [required(`${field}[${index}].path`)] : item.path.startsWith('/') ? [invalidValue(`${field}[${index}].path`, item.path, 'must be a relative path')] : climbingErrors(item.path, `${field}[${index}].path`)),
    ...modeErrors(item.mode, `${field}[${index}].mode`),
  ]);
}

function climbingErrors(path: string, field: string): FieldError[] {
  if (path.split('/').includes('..')) return [invalidValue(field, path, "must not contain '..'")];
  return path.startsWith('..') ? [invalidValue(field, path, "must not start with '..'")] : [];
}
