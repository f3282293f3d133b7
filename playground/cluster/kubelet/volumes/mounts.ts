/** Which of a pod's volumes a container sees where. */
import { posix } from 'node:path';
import type { Container } from '../../objects/types.ts';
import { expand } from '../expansion.ts';
import type { Mount } from '../paths.ts';
import type { PodRecord } from '../pod.ts';

export function containerMounts(record: PodRecord, container: Container, variables: Record<string, string>): Mount[] {
  return (container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath, subPathExpr, readOnly }) => {
    const real = record.volumes.get(name);
    if (real === undefined) return [];
    const below = subPathExpr === undefined ? subPath ?? '' : expand(subPathExpr, (variable) => variables[variable]);
    return [{ path: posix.normalize(mountPath).replace(/(.)\/$/, '$1'), real: below === '' ? real : posix.join(real, posix.join('/', below)), readOnly: readOnly === true }];
  });
}
