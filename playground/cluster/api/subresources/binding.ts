/** pods/binding: the scheduler's verdict. */
import type { StoredObject } from '../../objects/object.ts';
import type { PodCondition, PodSpec, PodStatus } from '../../objects/types.ts';
import type { Machinery } from '../machinery.ts';
import { conflict } from '../status.ts';
import { timestamp } from '../writes/common.ts';

export function bindPod(machinery: Machinery, pod: StoredObject, node: string): StoredObject {
  const { spec, status, metadata } = pod as StoredObject & { spec: PodSpec; status?: PodStatus };
  if (metadata.deletionTimestamp !== undefined) throw conflict({ group: '', plural: 'pods/binding' }, metadata.name, `pod ${metadata.name} is being deleted, cannot be assigned to a host`);
  if (spec.nodeName !== undefined && spec.nodeName !== '') throw conflict({ group: '', plural: 'pods/binding' }, metadata.name, `pod ${metadata.name} is already assigned to node "${spec.nodeName}"`);
  const before = status?.conditions ?? [];
  const scheduled: PodCondition = {
    type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(machinery.now()),
  };
  const conditions = [...before.filter(({ type }) => type !== 'PodScheduled'), { ...scheduled, lastProbeTime: null }];
  return machinery.store.put('pods', { ...pod, spec: { ...spec, nodeName: node }, status: { ...status, conditions } });
}
