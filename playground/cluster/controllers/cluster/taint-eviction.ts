/** Pods leave nodes whose NoExecute taints they don't put up with, at once or when their patience ends. */
import type { ClusterClient } from '../../client.ts';
import { sped } from '../../options.ts';
import { tolerates } from '../../scheduler/taints.ts';
import type { Taint, Toleration } from '../../objects/types.ts';
import { createController, keyOfObject, splitKey } from '../controller.ts';
import type { Pod } from './service-pods.ts';
import { failureLog, managed, stopAll, timestamp, type ClusterControllerSettings, type Running } from './settings.ts';

export function startTaintEviction(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('taint-eviction-controller'));
  const due = new Set<string>();
  const reconcile = (key: string): void => {
    const { namespace, name } = splitKey(key);
    const pod = client.get('pods', namespace, name);
    const taints = pod === undefined ? [] : noExecuteTaints(client, pod);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || taints.length === 0) {
      if (due.delete(key) && pod !== undefined && pod.metadata.deletionTimestamp === undefined) client.event(pod, { type: 'Normal', reason: 'TaintManagerEviction', message: `Cancelling deletion of Pod ${namespace ?? ''}/${name}` });
      return;
    }
    const patience = patienceOf(taints, pod.spec?.tolerations ?? []);
    if (patience === Infinity) {
      due.delete(key);
      return;
    }
    const started = Math.max(...taints.map(({ timeAdded }) => (timeAdded === undefined ? 0 : Date.parse(timeAdded))));
    const left = patience === 0 ? 0 : started + sped(settings.timing, patience * 1_000) - Date.now();
    if (left > 0) {
      due.add(key);
      controller.enqueueAfter(key, left);
      return;
    }
    due.delete(key);
    evict(client, pod);
  };
  const controller = createController({ name: 'taint-eviction', reconcile, failed: failureLog(settings, 'taint-eviction') });
  const enqueue = (pod: Pod): void => {
    if ((pod.spec?.nodeName ?? '') !== '') controller.enqueue(keyOfObject(pod));
  };
  return stopAll(
    client.watch('nodes', {
      modified: (node, previous) => {
        if (JSON.stringify(node.spec?.taints) === JSON.stringify(previous.spec?.taints)) return;
        for (const pod of client.list('pods')) if (pod.spec?.nodeName === node.metadata.name) enqueue(pod);
      },
    }),
    client.watch('pods', {
      added: enqueue,
      modified: (pod, previous) => {
        if (pod.spec?.nodeName !== previous.spec?.nodeName || JSON.stringify(pod.spec?.tolerations) !== JSON.stringify(previous.spec?.tolerations)) enqueue(pod);
      },
      deleted: ({ metadata }) => due.delete(keyOfObject({ metadata })),
    }),
    controller,
  );
}

const noExecuteTaints = (client: ClusterClient, { spec }: Pod): Taint[] =>
  (client.get('nodes', undefined, spec?.nodeName ?? '')?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');

/** Seconds: the shortest of the tolerations that are needed. */
function patienceOf(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  const used = taints.map((taint) => tolerations.find((toleration) => tolerates(toleration, taint)));
  return Math.min(...used.map((toleration) => (toleration === undefined ? 0 : toleration.tolerationSeconds === undefined ? Infinity : Math.max(0, toleration.tolerationSeconds))));
}

function evict(client: ClusterClient, pod: Pod): void {
  const { namespace = '', name, uid } = pod.metadata;
  client.event(pod, { type: 'Normal', reason: 'TaintManagerEviction', message: `Marking for deletion Pod ${namespace}/${name}` });
  client.modify('pods', namespace, name, (copy) => {
    copy.status = {
      ...copy.status,
      conditions: [
        ...(copy.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget'),
        { type: 'DisruptionTarget', status: 'True', lastTransitionTime: timestamp(), reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' },
      ],
    };
  }, 'status');
  client.delete('pods', namespace, name, { uid });
}
