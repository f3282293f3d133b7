/** Ends a container's process: preStop, SIGTERM, and SIGKILL after the grace period. */
import { fieldPathOf, type ContainerRecord, type PodRecord } from './pod.ts';
import { runHook } from './hooks.ts';
import type { Shared } from './shared.ts';

export interface StopReason {
  /** Of the Killing event. */
  message: string;
  /** Whose grace period: the pod's, or the liveness probe's if it has one. */
  grace: 'pod' | 'probe';
}

const defaultGraceSeconds = 30;
const lookMilliseconds = 200;

/** Resolves when the process ended and the record says so. */
export function stopRun(record: PodRecord, known: ContainerRecord, shared: Shared, why: StopReason): Promise<void> {
  const { run } = known;
  if (run === undefined) return Promise.resolve();
  if (why.grace === 'probe' && run.stopping === undefined) run.killedForProbe = true;
  run.stopping ??= stop(record, known, shared, why);
  return run.stopping;
}

async function stop(record: PodRecord, known: ContainerRecord, shared: Shared, why: StopReason): Promise<void> {
  const { run } = known;
  if (run === undefined) return;
  const container = [...(record.pod.spec?.containers ?? []), ...(record.pod.spec?.initContainers ?? [])].find(({ name }) => name === known.name);
  const own = why.grace === 'probe' ? container?.livenessProbe?.terminationGracePeriodSeconds : undefined;
  const began = Date.now();
  const deadline = (): number => began + 1_000 * (own ?? record.pod.metadata.deletionGracePeriodSeconds ?? record.pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds);
  shared.client.event(record.pod, { type: 'Normal', reason: 'Killing', message: why.message, fieldPath: fieldPathOf(known) });
  const killer = setInterval(() => {
    if (Date.now() >= deadline()) run.group.kill();
  }, lookMilliseconds);
  killer.unref();
  try {
    const hook = container?.lifecycle?.preStop;
    if (hook !== undefined) {
      const failure = await Promise.race([runHook(hook, record, run, shared.locate), run.finished.then(() => undefined)]);
      if (failure !== undefined) shared.client.event(record.pod, { type: 'Warning', reason: 'FailedPreStopHook', message: `PreStopHook failed: ${failure}`, fieldPath: fieldPathOf(known) });
    }
    run.group.terminate((container?.lifecycle?.stopSignal as NodeJS.Signals | undefined) ?? 'SIGTERM');
    if (Date.now() >= deadline()) run.group.kill();
    await run.finished;
  } finally {
    clearInterval(killer);
  }
}
