/** Which pod an address belongs to right now. */
import type { ClusterClient } from '../client.ts';
import type { ObjectOf } from '../objects/object.ts';

type Pod = ObjectOf<'pods'>;

export interface PodsByAddress {
  get(address: string): Pod | undefined;
  stop(): void;
}

export function followPods(client: ClusterClient): PodsByAddress {
  const pods = new Map<string, Pod>();
  const put = (pod: Pod): void => {
    const address = pod.status?.podIP;
    if (address === undefined || pod.spec?.hostNetwork === true) return;
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') remove(pod);
    else pods.set(address, pod);
  };
  const remove = (pod: Pod): void => {
    const address = pod.status?.podIP ?? '';
    if (pods.get(address)?.metadata.uid === pod.metadata.uid) pods.delete(address);
  };
  const stop = client.watch('pods', { added: put, modified: put, deleted: remove });
  return { get: (address) => pods.get(address), stop };
}
