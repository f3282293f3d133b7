/** What an autoscaler scales. */
import type { ClusterClient } from '../../../client.ts';
import { matchesSelector } from '../../../objects/selectors.ts';
import type { CrossVersionObjectReference, LabelSelector } from '../../../objects/types.ts';
import type { Pod } from '../service-pods.ts';

export interface Target {
  replicas: number;
  pods: Pod[];
  scale(replicas: number): void;
}

const keys = { Deployment: 'deployments.apps', ReplicaSet: 'replicasets.apps', StatefulSet: 'statefulsets.apps' } as const;

/** Throws an Error in the API server's words when there is no such thing. */
export function findTarget(client: ClusterClient, namespace: string, { kind, name, apiVersion = '' }: CrossVersionObjectReference): Target {
  const key = Object.hasOwn(keys, kind) ? keys[kind as keyof typeof keys] : undefined;
  if (key === undefined || !apiVersion.startsWith('apps/')) throw new Error(`no matches for kind "${kind}" in group "${apiVersion.includes('/') ? apiVersion.split('/')[0] ?? '' : ''}"`);
  const found = client.get(key, namespace, name);
  if (found === undefined) throw new Error(`${key} "${name}" not found`);
  const selector: LabelSelector | undefined = found.spec?.selector;
  return {
    replicas: found.spec?.replicas ?? 1,
    pods: client.list('pods', { namespace }).filter((pod) => matchesSelector(selector, pod.metadata.labels)),
    scale: (replicas) => {
      client.modify(key, namespace, name, ({ spec }) => {
        if (spec !== undefined) spec.replicas = replicas;
      });
    },
  };
}
