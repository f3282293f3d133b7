/** What happens in the cluster that may make room for a pod that found none. */
import type { ClusterClient } from '../client.ts';
import type { Check } from './filters.ts';
import type { Claim } from './volumes.ts';
import { isFinished, type NodeObject, type PodObject } from './snapshot.ts';

/** May it help a pod that these checks refused? */
export type Change = (checks: ReadonlySet<Check>) => boolean;

export function onClusterChange(client: ClusterClient, changed: (change: Change) => void): () => void {
  const some = (...helped: Check[]): void => changed((checks) => checks.size === 0 || helped.some((check) => checks.has(check)));
  const any = (): void => changed(() => true);
  const ended = (): void => some('NodeResourcesFit', 'NodePorts', 'PodTopologySpread', 'InterPodAffinity');
  const volumes = { added: () => some('VolumeBinding'), modified: () => some('VolumeBinding'), deleted: () => some('VolumeBinding') };
  const ends = [
    client.watch('nodes', {
      added: any,
      modified: (node, previous) => {
        if (essence(node) !== essence(previous)) any();
      },
      deleted: any,
    }),
    client.watch('pods', {
      modified: (pod, previous) => {
        if ((pod.spec?.nodeName ?? '') === '') return;
        if ((previous.spec?.nodeName ?? '') === '' || labelsOf(pod) !== labelsOf(previous)) some('InterPodAffinity', 'PodTopologySpread');
        if (isFinished(pod) && !isFinished(previous)) ended();
      },
      deleted: (pod) => {
        if ((pod.spec?.nodeName ?? '') !== '') ended();
      },
    }),
    client.watch('persistentvolumeclaims', {
      ...volumes,
      modified: (claim, previous) => {
        if (bindingOf(claim) !== bindingOf(previous)) volumes.modified();
      },
    }),
    client.watch('persistentvolumes', volumes),
    client.watch('storageclasses.storage.k8s.io', { added: volumes.added, modified: volumes.modified }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

const essence = ({ metadata, spec, status }: NodeObject): string => JSON.stringify([metadata.labels, spec?.unschedulable, spec?.taints, status?.allocatable]);
const bindingOf = ({ metadata, spec }: Claim): string => JSON.stringify([metadata.annotations, metadata.deletionTimestamp, spec?.volumeName, spec?.storageClassName]);
const labelsOf = ({ metadata }: PodObject): string => JSON.stringify(metadata.labels);
