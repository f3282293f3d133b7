/** An API server and the workload controllers, with the test in the place of scheduler and kubelet. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createAdmission } from '../../../../../playground/cluster/admission/index.ts';
import type { ClusterClient } from '../../../../../playground/cluster/client.ts';
import { createControlPlane } from '../../../../../playground/cluster/control-plane.ts';
import { targetNode } from '../../../../../playground/cluster/controllers/workloads/daemon-set/node-fit.ts';
import type { Pod } from '../../../../../playground/cluster/controllers/workloads/shared/kinds.ts';
import { isActive, isReady } from '../../../../../playground/cluster/controllers/workloads/shared/pods.ts';
import { startWorkloadControllers } from '../../../../../playground/cluster/controllers/workloads/start.ts';
import type { PodCondition } from '../../../../../playground/cluster/objects/types.ts';

export const namespace = 'shop';

export interface WorkloadCluster {
  client: ClusterClient;
  /** What controllers failed with. */
  log: string[];
  /** Until nothing is written any more. */
  settle(): Promise<void>;
  pods(): Pod[];
  /** Running and ready, on a node. */
  makeReady(pod: Pod): void;
  makeUnready(pod: Pod): void;
  /** Every pod that isn't ready and not on its way out. */
  makeAllReady(): void;
  /** Succeeded, or failed with an exit code. */
  finish(pod: Pod, exitCode: number): void;
  /** The kubelet's last word on pods that are being deleted. */
  removeDeleted(): void;
  /** Messages of the events about one object, oldest first. */
  events(kind: string, name: string): string[];
  stop(): void;
}

/** `admission`: quotas and service accounts are looked at, as in a whole cluster. */
export function startWorkloadCluster(speed = 1, { admission = false } = {}): WorkloadCluster {
  const log: string[] = [];
  const plane = createControlPlane({ log: (line) => log.push(line), ...(admission ? { admission: createAdmission } : {}) });
  const { client } = plane;
  let writes = 0;
  const watched = (['pods', 'replicasets.apps', 'deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch', 'cronjobs.batch', 'events', 'persistentvolumeclaims', 'controllerrevisions.apps'] as const)
    .map((resource) => client.watch(resource, { added: () => void writes++, modified: () => void writes++, deleted: () => void writes++ }));
  client.create('namespaces', { metadata: { name: namespace } });
  client.create('serviceaccounts', { metadata: { name: 'default', namespace } });
  const controllers = startWorkloadControllers(client, { timing: { speed }, log: (line) => log.push(line) });

  const pods = (): Pod[] => client.list('pods', { namespace });
  const setStatus = (pod: Pod, phase: string, ready: boolean, exitCode?: number): void => {
    const time = `${new Date().toISOString().slice(0, 19)}Z`;
    const condition: PodCondition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time };
    client.modify('pods', namespace, pod.metadata.name, (copy) => {
      const state = exitCode === undefined ? { running: { startedAt: time } } : { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: time, finishedAt: time } };
      const [container] = copy.spec?.containers ?? [];
      copy.status = {
        ...copy.status, phase, conditions: [condition],
        containerStatuses: [{ name: container?.name ?? '', image: container?.image ?? '', imageID: '', ready, restartCount: 0, state }],
      };
    }, 'status');
  };
  const makeReady = (pod: Pod): void => {
    if ((pod.spec?.nodeName ?? '') === '') client.bind(namespace, pod.metadata.name, targetNode(pod) ?? 'node1');
    setStatus(pod, 'Running', true);
  };
  return {
    client,
    log,
    settle: async () => {
      for (let quiet = 0, seen = writes; quiet < 12; quiet = seen === writes ? quiet + 1 : 0) {
        seen = writes;
        await nextTurn();
      }
    },
    pods,
    makeReady,
    makeAllReady: () => {
      for (const pod of pods()) if (!isReady(pod) && isActive(pod)) makeReady(pod);
    },
    makeUnready: (pod) => setStatus(pod, 'Running', false),
    finish: (pod, exitCode) => setStatus(pod, exitCode === 0 ? 'Succeeded' : 'Failed', false, exitCode),
    removeDeleted: () => {
      for (const { metadata } of pods()) if (metadata.deletionTimestamp !== undefined) client.delete('pods', namespace, metadata.name, { graceSeconds: 0 });
    },
    events: (kind, name) => client.list('events', { namespace })
      .filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name)
      .toSorted((first, second) => Number(first.metadata.resourceVersion) - Number(second.metadata.resourceVersion))
      .map(({ reason, message }) => `${reason}: ${message}`),
    stop: () => {
      for (const end of watched) end();
      controllers.stop();
      plane.stop();
    },
  };
}
