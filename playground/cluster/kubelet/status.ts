/** A pod's status from what its kubelet knows. Pure. */
import type { Container, ContainerStatus, PodCondition, PodStatus } from '../objects/types.ts';
import { containersOf, type ContainerRecord, type PodRecord } from './pod.ts';
import { sumResources } from './resource-lists.ts';
import { atSecond } from './times.ts';

/** What the kernel answers for a cgroup without a memory limit. */
const noMemoryLimit = '9007199254740988Ki';

export function podStatus(record: PodRecord, hostAddress: string, now = Date.now()): PodStatus {
  const { pod } = record;
  const before = pod.status ?? {};
  const generation = pod.metadata.generation;
  const phase = podPhase(record);
  const entries = containersOf(pod).map((entry) => ({ ...entry, record: record.containers.get(entry.container.name) }));
  const statuses = (wanted: (kind: ContainerRecord['kind']) => boolean): ContainerStatus[] =>
    entries.flatMap(({ container, kind, record: known }) => (wanted(kind) && known !== undefined ? [containerStatus(container, known)] : []));
  const requests = sumResources((pod.spec?.containers ?? []).map(({ resources }) => resources?.requests));
  const init = statuses((kind) => kind !== 'app');
  const status: PodStatus = {
    ...before,
    ...(Object.keys(requests).length === 0 ? {} : { allocatedResources: requests }),
    conditions: conditions(record, phase, generation, now),
    containerStatuses: statuses((kind) => kind === 'app'),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    qosClass: before.qosClass ?? qosClass(pod.spec?.containers ?? []),
    resources: podResources(record),
    startTime: before.startTime ?? atSecond(record.startedAt),
  };
  if (record.sandboxReady) Object.assign(status, { podIP: record.address, podIPs: [{ ip: record.address }] });
  if (record.failed !== undefined) Object.assign(status, record.failed);
  return status;
}

export function podPhase(record: PodRecord): string {
  if (record.failed !== undefined) return 'Failed';
  const policy = record.pod.spec?.restartPolicy ?? 'Always';
  const kinds = containersOf(record.pod).map(({ container, kind }) => ({ kind, container: record.containers.get(container.name) }));
  const init = kinds.filter(({ kind }) => kind === 'init').map(({ container }) => container);
  if (policy === 'Never' && init.some((container) => (container?.state.terminated?.exitCode ?? 0) !== 0)) return 'Failed';
  const initPending = init.some((container) => container?.state.terminated?.exitCode !== 0);
  const app = kinds.filter(({ kind }) => kind === 'app').map(({ container }) => container);
  const stopped = (container: ContainerRecord | undefined): boolean => container?.state.terminated !== undefined || (container?.state.waiting !== undefined && container.last !== undefined);
  const waiting = app.some((container) => container?.state.running === undefined && !stopped(container));
  if (waiting || (initPending && app.every((container) => container?.state.running === undefined && !stopped(container)))) return 'Pending';
  if (app.some((container) => container?.state.running !== undefined) || policy === 'Always') return 'Running';
  const codes = app.map((container) => (container?.state.terminated ?? container?.last)?.exitCode ?? 0);
  if (app.some((container) => container?.state.terminated === undefined)) return 'Running';
  if (codes.every((code) => code === 0)) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

export function containerStatus(container: Container, known: ContainerRecord): ContainerStatus {
  const requests = container.resources?.requests;
  const mounts = (container.volumeMounts ?? []).map(({ mountPath, name, readOnly }) => ({
    mountPath, name, ...(readOnly === true ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
  }));
  return {
    ...(requests === undefined || Object.keys(requests).length === 0 ? {} : { allocatedResources: requests }),
    ...(known.id === undefined ? {} : { containerID: `containerd://${known.id}` }),
    image: (known.run === undefined ? undefined : known.ran) ?? container.image ?? '',
    imageID: known.imageId ?? '',
    lastState: known.last === undefined ? {} : { terminated: known.last },
    name: container.name,
    ready: known.ready,
    ...(known.id === undefined ? {} : { resources: container.resources ?? {} }),
    restartCount: known.restarts,
    started: known.started,
    state: known.state,
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}

function qosClass(containers: readonly Container[]): string {
  const lists = containers.map(({ resources }) => ({ limits: resources?.limits ?? {}, requests: { ...resources?.limits, ...resources?.requests } as Record<string, string> }));
  if (lists.every(({ limits, requests }) => [...Object.keys(limits), ...Object.keys(requests)].length === 0)) return 'BestEffort';
  const exact = lists.every(({ limits, requests }) => ['cpu', 'memory'].every((name) => limits[name] !== undefined && limits[name] === requests[name]));
  return exact ? 'Guaranteed' : 'Burstable';
}

function podResources(record: PodRecord): NonNullable<PodStatus['resources']> {
  const containers = record.pod.spec?.containers ?? [];
  const limits = sumResources(containers.map(({ resources }) => resources?.limits));
  const requests = sumResources(containers.map(({ resources }) => resources?.requests));
  const running = containers.some(({ name }) => record.containers.get(name)?.state.running !== undefined);
  if (running && limits['memory'] === undefined) limits['memory'] = noMemoryLimit;
  return {
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(Object.keys(requests).length === 0 ? {} : { requests }),
  };
}

interface Judged {
  status: string;
  reason?: string;
  message?: string;
}

function conditions(record: PodRecord, phase: string, generation: number | undefined, now: number): PodCondition[] {
  const before = record.pod.status?.conditions ?? [];
  const containersReady = judgeContainers(record, phase);
  const own: [string, Judged][] = [
    ['PodReadyToStartContainers', { status: record.sandboxReady && phase !== 'Succeeded' && phase !== 'Failed' ? 'True' : 'False' }],
    ['Initialized', judgeInitialized(record, phase)],
    ['Ready', judgeReady(record, containersReady)],
    ['ContainersReady', containersReady],
  ];
  const judged = own.map(([type, { status, reason, message }]): PodCondition => {
    const old = before.find((condition) => condition.type === type);
    return {
      lastProbeTime: null as unknown as string,
      lastTransitionTime: old?.status === status ? old.lastTransitionTime ?? atSecond(now) : atSecond(now),
      ...(message === undefined ? {} : { message }),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(reason === undefined ? {} : { reason }),
      status, type,
    };
  });
  const others = before.filter(({ type }) => !own.some(([mine]) => mine === type))
    .map((condition) => (condition.type === 'PodScheduled' && generation !== undefined ? { ...condition, observedGeneration: generation } : condition));
  if (record.failed?.reason !== 'Evicted' || others.some(({ type }) => type === 'DisruptionTarget')) return [...judged, ...others];
  const disrupted = { lastProbeTime: null as unknown as string, lastTransitionTime: atSecond(now), message: record.failed.message, reason: 'TerminationByKubelet', status: 'True', type: 'DisruptionTarget' };
  return [...judged, ...others, { ...disrupted, ...(generation === undefined ? {} : { observedGeneration: generation }) }];
}

function judgeContainers(record: PodRecord, phase: string): Judged {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = containersOf(record.pod)
    .filter(({ container, kind }) => kind !== 'init' && record.containers.get(container.name)?.ready !== true)
    .map(({ container }) => container.name);
  return unready.length === 0 ? { status: 'True' } : { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
}

function judgeReady(record: PodRecord, containersReady: Judged): Judged {
  if (containersReady.status !== 'True') return containersReady;
  const missing = (record.pod.spec?.readinessGates ?? [])
    .map(({ conditionType }) => ({ conditionType, condition: record.pod.status?.conditions?.find(({ type }) => type === conditionType) }))
    .filter(({ condition }) => condition?.status !== 'True')
    .map(({ conditionType, condition }) => (condition === undefined ? `corresponding condition of pod readiness gate "${conditionType}" does not exist.` : `the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`));
  return missing.length === 0 ? { status: 'True' } : { status: 'False', reason: 'ReadinessGatesNotReady', message: missing.join(', ') };
}

function judgeInitialized(record: PodRecord, phase: string): Judged {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const incomplete = containersOf(record.pod)
    .filter(({ container, kind }) => kind !== 'app' && !initialized(kind, record.containers.get(container.name)))
    .map(({ container }) => container.name);
  return incomplete.length === 0 ? { status: 'True' } : { status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${incomplete.join(' ')}]` };
}

export const initialized = (kind: ContainerRecord['kind'], known: ContainerRecord | undefined): boolean =>
  known !== undefined && (kind === 'sidecar' ? known.started || known.passed === true : known.state.terminated?.exitCode === 0);
