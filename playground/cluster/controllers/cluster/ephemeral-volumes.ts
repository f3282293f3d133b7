/** Claims that live and die with the pod whose volume asked for them. */
import type { ClusterClient } from '../../client.ts';
import { createController, keyOfObject, splitKey } from '../controller.ts';
import type { Pod } from './service-pods.ts';
import { failureLog, managed, stopAll, type ClusterControllerSettings, type Running } from './settings.ts';

export function startEphemeralVolumes(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('ephemeral_volume'));
  const reconcile = (key: string): void => {
    const { namespace = '', name } = splitKey(key);
    const pod = client.get('pods', namespace, name);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    for (const { name: volume, ephemeral } of pod.spec?.volumes ?? []) {
      const template = ephemeral?.volumeClaimTemplate;
      const claim = `${name}-${volume}`;
      if (template === undefined || client.get('persistentvolumeclaims', namespace, claim) !== undefined) continue;
      client.create('persistentvolumeclaims', {
        metadata: {
          name: claim, namespace, labels: { ...template.metadata?.labels }, annotations: { ...template.metadata?.annotations },
          ownerReferences: [{ apiVersion: 'v1', blockOwnerDeletion: true, controller: true, kind: 'Pod', name, uid: pod.metadata.uid }],
        },
        spec: structuredClone(template.spec),
      });
    }
  };
  const controller = createController({ name: 'ephemeral-volumes', reconcile, failed: failureLog(settings, 'ephemeral-volumes') });
  const added = (pod: Pod): void => {
    if (pod.spec?.volumes?.some(({ ephemeral }) => ephemeral !== undefined) === true) controller.enqueue(keyOfObject(pod));
  };
  return stopAll(client.watch('pods', { added }), controller);
}
