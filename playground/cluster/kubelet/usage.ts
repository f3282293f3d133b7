/** CPU and memory of running containers, sampled; a container beyond its memory limit is killed. */
import type { Container } from '../objects/types.ts';
import type { ContainerUsage } from './runtime.ts';
import type { Kubelet } from './kubelet.ts';
import type { Run } from './pod.ts';
import { memoryOfTree, sampleTree, ticksPerSecond, type ProcessSample } from './proc.ts';
import { quantityValue } from '../objects/quantity.ts';

export interface PodUsage {
  at: string;
  windowMilliseconds: number;
  containers: ContainerUsage[];
}

export interface Usage {
  pod(uid: string): PodUsage | undefined;
  stop(): void;
}

const usageMilliseconds = 5_000;
const memoryMilliseconds = 100;
/** What stays far below its limit is asked less often: reading /proc for every container is most of what an idle cluster does. */
const easyShare = 0.6;
const easyMilliseconds = 500;

export function watchUsage(kubelets: readonly Kubelet[]): Usage {
  const samples = new Map<string, { at: number; sample: ProcessSample; usage?: ContainerUsage; window: number }>();

  const runs = (): { run: Run; name: string; limit: number | undefined }[] => kubelets.flatMap(({ workers }) => [...workers.values()].flatMap(({ record }) =>
    [...record.containers.values()].flatMap(({ run, name }) => {
      if (run === undefined) return [];
      const container = [...(record.pod.spec?.containers ?? []), ...(record.pod.spec?.initContainers ?? [])].find((candidate) => candidate.name === name);
      return [{ run, name, limit: limitOf(container) }];
    })));

  const easyUntil = new WeakMap<Run, number>();
  const guard = (): void => {
    const now = performance.now();
    for (const { run, limit } of runs()) {
      if (limit === undefined || run.outOfMemory || now < (easyUntil.get(run) ?? 0)) continue;
      const bytes = memoryOfTree(run.group.pid);
      if (bytes < easyShare * limit) easyUntil.set(run, now + easyMilliseconds);
      if (bytes <= limit) continue;
      run.outOfMemory = true;
      run.group.kill();
    }
  };
  const look = (): void => {
    const now = Date.now();
    const seen = new Set<string>();
    for (const { run, name } of runs()) {
      seen.add(run.id);
      const sample = sampleTree(run.group.pid);
      const before = samples.get(run.id);
      const window = now - (before?.at ?? now);
      const usage = before === undefined || window <= 0 ? undefined : {
        name, memoryBytes: sample.bytes, cpuNanocores: Math.max(0, Math.round(((sample.ticks - before.sample.ticks) / ticksPerSecond) * 1e12 / window)),
      };
      samples.set(run.id, { at: now, sample, window, ...(usage === undefined ? {} : { usage }) });
    }
    for (const id of samples.keys()) if (!seen.has(id)) samples.delete(id);
  };
  const timers = [setInterval(guard, memoryMilliseconds), setInterval(look, usageMilliseconds)];
  for (const timer of timers) timer.unref();

  return {
    pod: (uid) => {
      const record = kubelets.map(({ workers }) => workers.get(uid)?.record).find((candidate) => candidate !== undefined);
      const known = [...(record?.containers.values() ?? [])].flatMap(({ run }) => (run === undefined ? [] : [samples.get(run.id)])).filter((entry) => entry?.usage !== undefined);
      const [first] = known;
      if (first === undefined) return undefined;
      return { at: new Date(first.at).toISOString().replace(/\.\d+Z$/, 'Z'), windowMilliseconds: first.window, containers: known.flatMap((entry) => (entry?.usage === undefined ? [] : [entry.usage])) };
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

function limitOf(container: Container | undefined): number | undefined {
  const limit = container?.resources?.limits?.['memory'];
  return limit === undefined ? undefined : quantityValue(limit);
}
