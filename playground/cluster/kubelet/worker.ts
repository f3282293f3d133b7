/**
 * One pod on its node: brings its containers to what the object asks for, again and again, one round at a time. Rounds are
 * asked for by changes of the object, by processes that end, by probes and by timers.
 */
import { rmSync } from 'node:fs';
import { notFound, StatusError } from '../api/status.ts';
import type { ObjectOf } from '../objects/object.ts';
import { stopRun, type StopReason } from './container-stop.ts';
import { startContainer } from './container-start.ts';
import { containersOf, newContainerRecord, type ContainerRecord, type PodRecord } from './pod.ts';
import { createProber, type Prober } from './probes/prober.ts';
import { preparePod } from './prepare.ts';
import type { Shared } from './shared.ts';
import { initialized, podPhase, podStatus } from './status.ts';
import { refreshVolumes } from './volumes/volumes.ts';
import { createTimer } from './timer.ts';

export interface PodWorker {
  readonly record: PodRecord;
  changed(pod: ObjectOf<'pods'>): void;
  /** The object is gone: everything is killed at once. */
  gone(): Promise<void>;
  /** Ends the pod with phase Failed. */
  fail(reason: string, message: string): void;
  wake(): void;
  /** Kills what runs and writes no more. */
  stop(): Promise<void>;
}

export function createPodWorker(record: PodRecord, shared: Shared, done: () => void): PodWorker {
  const { client, settings } = shared;
  let asked = false;
  let running: Promise<void> | undefined;
  let stopped = false;
  let removed = false;
  const timer = createTimer(() => wake());
  const prober: Prober = createProber(record, shared, {
    changed: () => wake(),
    unhealthy: (known, message) => void stop(known, { message, grace: 'probe' }),
  });

  const wake = (): void => {
    asked = true;
    running ??= rounds().finally(() => {
      running = undefined;
      if (asked && !stopped) wake();
    });
  };
  const waiting = (): boolean => asked && !stopped;
  const rounds = async (): Promise<void> => {
    await Promise.resolve();
    while (waiting()) {
      asked = false;
      try {
        await round();
      } catch (error) {
        if (!(error instanceof StatusError)) settings.log(`kubelet ${shared.node.name}: ${record.pod.metadata.namespace}/${record.pod.metadata.name}: ${error instanceof Error ? error.stack : String(error)}`);
        timer.within(1_000);
      }
    }
  };

  const round = async (): Promise<void> => {
    syncRecords();
    checkDeadline();
    const { deletionTimestamp } = record.pod.metadata;
    const phase = podPhase(record);
    if (deletionTimestamp !== undefined || record.failed !== undefined || phase === 'Succeeded' || phase === 'Failed') {
      publish();
      await terminate();
      return;
    }
    if (!record.sandboxReady) {
      publish();
      const ready = await preparePod(record, shared);
      if (stopped || ready.retry !== undefined) {
        timer.within(ready.retry ?? 1_000);
        return;
      }
      record.sandboxReady = true;
      publish();
    }
    await runContainers();
    publish();
  };

  const runContainers = async (): Promise<void> => {
    for (const { container, kind } of containersOf(record.pod)) {
      const known = record.containers.get(container.name);
      if (known === undefined || stopped || record.pod.metadata.deletionTimestamp !== undefined || record.failed !== undefined) return;
      if (kind === 'app' && known.kind === 'app' && !initDone()) return;
      if (known.run !== undefined && known.ran !== (container.image ?? '')) void stop(known, { message: `Container ${known.name} definition changed, will be restarted`, grace: 'pod' }, true);
      if (known.run === undefined && known.ran !== undefined && known.ran !== (container.image ?? '')) delete known.crash;
      const wait = await startContainer(record, container, known, shared, { ended: () => wake(), started: () => publish(), prober });
      if (wait !== undefined) timer.within(wait);
      if (known.started) known.passed = true;
      if (kind !== 'app' && !initialized(kind, known)) return;
    }
  };
  const initDone = (): boolean => containersOf(record.pod).every(({ container, kind }) => kind === 'app' || initialized(kind, record.containers.get(container.name)));

  const syncRecords = (): void => {
    const entries = containersOf(record.pod);
    const hasInit = entries.some(({ kind }) => kind !== 'app');
    for (const { container, kind } of entries) if (!record.containers.has(container.name)) record.containers.set(container.name, newContainerRecord(container, kind, hasInit));
  };

  const checkDeadline = (): void => {
    const seconds = record.pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined || record.failed !== undefined) return;
    const left = record.startedAt + seconds * 1_000 - Date.now();
    if (left > 0) return timer.within(left);
    if (podPhase(record) === 'Succeeded' || podPhase(record) === 'Failed') return;
    fail('DeadlineExceeded', 'Pod was active on the node longer than the specified deadline');
    client.event(record.pod, { type: 'Normal', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' });
  };

  const stop = async (known: ContainerRecord, why: StopReason, restart = false): Promise<void> => {
    if (restart) known.restartNow = true;
    await stopRun(record, known, shared, why);
  };

  const terminate = async (): Promise<void> => {
    prober.stopAll();
    const message = (name: string): StopReason => ({ message: `Stopping container ${name}`, grace: 'pod' });
    const active = (kind: (kind: ContainerRecord['kind']) => boolean): ContainerRecord[] => [...record.containers.values()].filter((known) => known.run !== undefined && kind(known.kind));
    await Promise.all(active((kind) => kind !== 'sidecar').map((known) => stop(known, message(known.name))));
    for (const known of active((kind) => kind === 'sidecar').reverse()) await stop(known, message(known.name));
    if (stopped) return;
    publish();
    if (record.pod.metadata.deletionTimestamp === undefined || shared.faults.notReady) return;
    const { namespace, name, uid } = record.pod.metadata;
    removed = true;
    client.delete('pods', namespace, name, { graceSeconds: 0, uid });
  };

  const publish = (): void => {
    if (stopped || removed || shared.faults.notReady) return;
    const { namespace, name, uid } = record.pod.metadata;
    const written = client.modify('pods', namespace, name, (copy) => {
      if (copy.metadata.uid !== uid) throw notFound({ group: '', plural: 'pods' }, name);
      copy.status = podStatus({ ...record, pod: copy }, shared.address);
    }, 'status');
    if (written !== undefined && written.metadata.uid === uid) record.pod = written;
  };

  const fail = (reason: string, message: string): void => {
    record.failed ??= { reason, message };
  };

  const end = async (): Promise<void> => {
    stopped = true;
    timer.stop();
    prober.stopAll();
    const runs = [...record.containers.values()].flatMap(({ run }) => (run === undefined ? [] : [run]));
    for (const run of runs) run.group.kill();
    await Promise.all(runs.map((run) => run.finished));
    await running;
  };

  return {
    record, wake,
    changed: (pod) => {
      const finishing = pod.metadata.deletionTimestamp !== undefined && record.pod.metadata.deletionTimestamp === undefined;
      const sameSpec = pod.metadata.generation === record.pod.metadata.generation;
      const relabelled = JSON.stringify([pod.metadata.labels, pod.metadata.annotations]) !== JSON.stringify([record.pod.metadata.labels, record.pod.metadata.annotations]);
      record.pod = pod;
      if (relabelled && record.sandboxReady) refreshVolumes(record, shared);
      if (finishing || !sameSpec || readinessGateChanged(pod)) wake();
    },
    fail: (reason, message) => {
      fail(reason, message);
      wake();
    },
    gone: async () => {
      await end();
      rmSync(record.directory, { recursive: true, force: true });
      rmSync(record.logDirectory, { recursive: true, force: true });
      done();
    },
    stop: end,
  };
}

/** Somebody else writes conditions that make the pod ready or not. */
const readinessGateChanged = (pod: ObjectOf<'pods'>): boolean => (pod.spec?.readinessGates ?? []).length > 0;
