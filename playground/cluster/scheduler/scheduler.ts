/** Gives pods their nodes: the most important first, then the one that waited longest. */
import type { ClusterClient } from '../client.ts';
import { createController, keyOfObject, splitKey } from '../controllers/controller.ts';
import type { Timing } from '../options.ts';
import { sped } from '../options.ts';
import { schedule } from './attempt.ts';
import { onClusterChange, type Change } from './cluster-changes.ts';
import type { Check } from './filters.ts';
import { priorityOf } from './preemption.ts';
import type { PodObject } from './snapshot.ts';

export interface SchedulerSettings {
  timing: Timing;
  log(line: string): void;
}

interface Waiting {
  attempts: number;
  /** Milliseconds since the epoch. */
  since: number;
  /** What said no; undefined while nothing did. */
  checks?: ReadonlySet<Check>;
}

const firstBackoffMilliseconds = 1_000;
const longestBackoffMilliseconds = 10_000;
const retryAnywayMilliseconds = 300_000;

export function startScheduler(client: ClusterClient, { timing, log }: SchedulerSettings): { stop(): void } {
  const scheduler = client.as({ name: 'default-scheduler', manager: 'kube-scheduler', user: 'system:kube-scheduler' });
  const active = new Set<string>();
  const waiting = new Map<string, Waiting>();

  const ours = (key: string): PodObject | undefined => {
    const { namespace, name } = splitKey(key);
    const pod = scheduler.get('pods', namespace, name);
    return pod !== undefined && isOurs(pod) ? pod : undefined;
  };
  const next = (): { key: string; pod: PodObject } | undefined => {
    let best: { key: string; pod: PodObject } | undefined;
    for (const key of active) {
      const pod = ours(key);
      if (pod === undefined) forget(key);
      else if (best === undefined || priorityOf(pod) > priorityOf(best.pod)) best = { key, pod };
    }
    return best;
  };
  const forget = (key: string): void => {
    active.delete(key);
    waiting.delete(key);
  };
  const nominated = (): PodObject[] =>
    [...waiting.keys(), ...active].map(ours).filter((pod): pod is PodObject => (pod?.status?.nominatedNodeName ?? '') !== '');

  const attempt = (key: string, pod: PodObject): void => {
    const outcome = schedule(scheduler, pod, nominated());
    if (outcome.kind === 'bound') {
      forget(key);
      scheduler.event(pod, { type: 'Normal', reason: 'Scheduled', action: 'Binding', message: `Successfully assigned ${pod.metadata.namespace ?? ''}/${pod.metadata.name} to ${outcome.node}` });
      return;
    }
    const attempts = (waiting.get(key)?.attempts ?? 0) + 1;
    waiting.set(key, { attempts, since: Date.now(), checks: outcome.kind === 'waiting' ? new Set(['VolumeBinding']) : outcome.checks });
    wake.enqueueAfter(key, retryAnywayMilliseconds);
    if (outcome.kind === 'waiting') return;
    recordRefusal(scheduler, pod, outcome.message, outcome.nominated);
    scheduler.event(pod, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', message: outcome.message });
  };

  const loop = createController({
    name: 'scheduler',
    reconcile: () => {
      const found = next();
      if (found === undefined) return;
      active.delete(found.key);
      if (active.size > 0) loop.enqueue('next');
      try {
        attempt(found.key, found.pod);
      } catch (error) {
        log(`scheduler: ${found.key}: ${error instanceof Error ? error.message : String(error)}`);
        waiting.set(found.key, { attempts: (waiting.get(found.key)?.attempts ?? 0) + 1, since: Date.now() });
        wake.enqueueAfter(found.key, firstBackoffMilliseconds);
      }
    },
    failed: (_key, error) => log(`scheduler: ${String(error)}`),
  });
  const activate = (key: string): void => {
    active.add(key);
    loop.enqueue('next');
  };
  /** Pods whose back-off is over. */
  const wake = createController({ name: 'scheduler-backoff', reconcile: activate, failed: (_key, error) => log(`scheduler: ${String(error)}`) });

  const changed = (change: Change): void => {
    for (const [key, { attempts, since, checks }] of waiting) {
      if (active.has(key) || (checks !== undefined && !change(checks))) continue;
      const backoff = sped(timing, Math.min(longestBackoffMilliseconds, firstBackoffMilliseconds * 2 ** (attempts - 1)));
      wake.enqueueAfter(key, Math.max(0, since + backoff - Date.now()));
    }
  };
  const stopWatching = scheduler.watch('pods', {
    added: (pod) => {
      if (isOurs(pod)) activate(keyOfObject(pod));
    },
    modified: (pod, previous) => {
      const key = keyOfObject(pod);
      if (!isOurs(pod)) return forget(key);
      const specChanged = JSON.stringify([pod.spec, pod.metadata.labels]) !== JSON.stringify([previous.spec, previous.metadata.labels]);
      if (specChanged || !waiting.has(key)) activate(key);
    },
    deleted: (pod) => forget(keyOfObject(pod)),
  });
  const stopChanges = onClusterChange(scheduler, changed);
  return {
    stop: () => {
      stopWatching();
      stopChanges();
      loop.stop();
      wake.stop();
    },
  };
}

function isOurs({ spec, status, metadata }: PodObject): boolean {
  return (spec?.nodeName ?? '') === '' && (spec?.schedulerName ?? 'default-scheduler') === 'default-scheduler' && metadata.deletionTimestamp === undefined
    && (spec?.schedulingGates ?? []).length === 0 && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function recordRefusal(client: ClusterClient, { metadata }: PodObject, message: string, nominated: string | undefined): void {
  client.modify('pods', metadata.namespace, metadata.name, (pod) => {
    const status = (pod.status ??= {});
    const conditions = status.conditions ?? [];
    const previous = conditions.find(({ type }) => type === 'PodScheduled');
    const next = {
      type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message,
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
      lastTransitionTime: previous?.status === 'False' && previous.lastTransitionTime !== undefined ? previous.lastTransitionTime : `${new Date().toISOString().slice(0, 19)}Z`,
    };
    if (previous === undefined) status.conditions = [...conditions, next];
    else Object.assign(previous, next);
    if (nominated !== undefined) status.nominatedNodeName = nominated;
  }, 'status');
}
