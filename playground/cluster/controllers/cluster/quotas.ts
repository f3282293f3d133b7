/** What of its quotas a namespace uses. */
import type { ClusterClient } from '../../client.ts';
import { quotaUsage } from '../../admission/quota-usage.ts';
import { createController, keyOfObject, splitKey } from '../controller.ts';
import { failureLog, managed, stopAll, type ClusterControllerSettings, type Running } from './settings.ts';

const counted = [
  'pods', 'services', 'configmaps', 'secrets', 'persistentvolumeclaims', 'replicationcontrollers', 'resourcequotas', 'deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'jobs.batch', 'cronjobs.batch', 'ingresses.networking.k8s.io',
] as const;
const resyncMilliseconds = 300_000;

export function startQuotas(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('resourcequota-controller'));
  const reconcile = (key: string): void => {
    const { namespace, name } = splitKey(key);
    const quota = client.get('resourcequotas', namespace, name);
    if (quota === undefined) return;
    client.modify('resourcequotas', namespace, name, (copy) => {
      const hard = copy.spec?.hard ?? {};
      copy.status = { hard: { ...hard }, used: quotaUsage((resource, namespace) => client.list(resource, { namespace }), namespace ?? '', quota) };
    }, 'status');
    controller.enqueueAfter(key, resyncMilliseconds);
  };
  const controller = createController({ name: 'quotas', reconcile, failed: failureLog(settings, 'quotas') });
  const inNamespace = ({ metadata }: { metadata: { namespace?: string } }): void => {
    for (const quota of client.list('resourcequotas', { namespace: metadata.namespace ?? '' })) controller.enqueue(keyOfObject(quota));
  };
  return stopAll(
    ...counted.map((resource) => client.watch(resource, { added: inNamespace, deleted: inNamespace })),
    client.watch('pods', {
      modified: (pod, previous) => {
        if (pod.status?.phase !== previous.status?.phase || JSON.stringify(pod.spec?.containers.map(({ resources }) => resources)) !== JSON.stringify(previous.spec?.containers.map(({ resources }) => resources))) inNamespace(pod);
      },
    }),
    client.watch('services', { modified: inNamespace }),
    client.watch('resourcequotas', {
      modified: (quota, previous) => {
        if (JSON.stringify(quota.spec) !== JSON.stringify(previous.spec)) controller.enqueue(keyOfObject(quota));
      },
    }),
    controller,
  );
}
