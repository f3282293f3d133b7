/** Probes of a pod's running containers: thresholds, events, and what follows from them. */
import type { Container, Probe } from '../../objects/types.ts';
import type { ContainerRecord, PodRecord, Run } from '../pod.ts';
import { fieldPathOf } from '../pod.ts';
import type { Shared } from '../shared.ts';
import { runProbe } from './probe.ts';

export interface Prober {
  start(container: Container, known: ContainerRecord, run: Run): void;
  stop(containerName: string): void;
  stopAll(): void;
}

export interface ProbeEffects {
  /** Readiness or having started changed. */
  changed(): void;
  /** Liveness or startup failed for good. */
  unhealthy(known: ContainerRecord, message: string): void;
}

/** Without a delay of its own: a kubelet notices a new container about so late. */
const firstLookMilliseconds = 1_000;

type Kind = 'startup' | 'readiness' | 'liveness';

export function createProber(record: PodRecord, shared: Shared, effects: ProbeEffects): Prober {
  const running = new Map<string, Set<() => void>>();

  const start = (container: Container, known: ContainerRecord, run: Run): void => {
    stop(known.name);
    const stops = new Set<() => void>();
    running.set(known.name, stops);
    const begin = (kind: Kind, probe: Probe | undefined): void => {
      if (probe !== undefined) stops.add(watch(kind, probe, container, known, run));
    };
    const afterStart = (): void => {
      begin('readiness', container.readinessProbe);
      begin('liveness', container.livenessProbe);
    };
    if (container.startupProbe === undefined) afterStart();
    else stops.add(watch('startup', container.startupProbe, container, known, run, afterStart));
  };

  /** Runs one probe of a container again and again; `passed` is called once, when a startup probe did. */
  const watch = (kind: Kind, probe: Probe, container: Container, known: ContainerRecord, run: Run, passed?: () => void): (() => void) => {
    const period = 1_000 * (probe.periodSeconds ?? 10);
    let timer: NodeJS.Timeout | undefined;
    let ended = false;
    let successes = 0;
    let failures = 0;
    const look = async (): Promise<void> => {
      const began = Date.now();
      const result = await runProbe(probe, record, container, run, shared.locate);
      if (ended || known.run !== run || run.stopping !== undefined && kind !== 'readiness') return;
      if (result.ok) {
        successes += 1;
        failures = 0;
        if (successes === (probe.successThreshold ?? 1)) succeeded(kind, container, known, passed);
      } else {
        failures += 1;
        successes = 0;
        shared.client.event(record.pod, { type: 'Warning', reason: 'Unhealthy', message: `${kind[0]?.toUpperCase()}${kind.slice(1)} probe ${result.errored === true ? 'errored and resulted in unknown state' : 'failed'}: ${result.output}`, fieldPath: fieldPathOf(known) });
        if (failures >= (probe.failureThreshold ?? 3)) {
          failures = kind === 'readiness' ? failures : 0;
          failed(kind, known);
        }
      }
      if (ended || (kind === 'startup' && known.started)) return;
      timer = setTimeout(() => void look(), Math.max(1, period - (Date.now() - began)));
      timer.unref();
    };
    timer = setTimeout(() => void look(), 1_000 * (probe.initialDelaySeconds ?? 0) || firstLookMilliseconds);
    timer.unref();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  };

  const succeeded = (kind: Kind, container: Container, known: ContainerRecord, passed: (() => void) | undefined): void => {
    if (kind === 'liveness') return;
    if (kind === 'startup') {
      known.started = true;
      known.ready = container.readinessProbe === undefined;
      passed?.();
    } else known.ready = true;
    effects.changed();
  };

  const failed = (kind: Kind, known: ContainerRecord): void => {
    if (kind === 'readiness') {
      if (!known.ready) return;
      known.ready = false;
      effects.changed();
    } else effects.unhealthy(known, `Container ${known.name} failed ${kind} probe, will be restarted`);
  };

  const stop = (containerName: string): void => {
    for (const end of running.get(containerName) ?? []) end();
    running.delete(containerName);
  };
  return {
    start, stop,
    stopAll: () => {
      for (const name of running.keys()) stop(name);
    },
  };
}
