/** Why a pod is not ready, as one kind of failure with the cluster's own words. Undefined: it is well, or too young to be judged. */
import type { ClusterEvent, ContainerState, Pod } from '../cluster-readings.ts';
import { eventsAbout } from './pods.ts';
import { secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';

export type FailureKind = 'image' | 'configuration' | 'start' | 'memory' | 'init' | 'liveness' | 'crash' | 'volume' | 'sandbox' | 'unschedulable' | 'node' | 'evicted' | 'unready';

export interface PodFailure {
  kind: FailureKind;
  pod: Pod;
  container?: ContainerState;
  /** The cluster's: ImagePullBackOff, OOMKilled, Unhealthy. */
  reason: string;
  message: string;
  event?: ClusterEvent;
  /** It works at this moment and keeps ending. */
  flapping?: boolean;
}

const imageReasons = new Set(['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'ErrImageNeverPull', 'RegistryUnavailable', 'ImageInspectError', 'SignatureValidationFailed']);
const startReasons = new Set(['CreateContainerError', 'RunContainerError', 'PostStartHookError', 'StartError', 'ContainerCannotRun']);
/** A pod that begins may fail its probe a few times. */
const graceSeconds = 30;
const silentGraceSeconds = 120;
const recentSeconds = 600;
const initGraceSeconds = 10;

export function failureOf(pod: Pod, scope: Scope): PodFailure | undefined {
  if (pod.deleting || pod.phase === 'Succeeded') return undefined;
  if (pod.phase === 'Failed') return { kind: 'evicted', pod, reason: pod.reason || 'Failed', message: pod.message };
  for (const container of pod.containers) {
    const found = containerFailure(pod, container, scope);
    if (found !== undefined) return found;
  }
  if (pod.ready) return undefined;
  return unscheduled(pod) ?? onLostNode(pod, scope) ?? stuck(pod, scope) ?? waitsInInit(pod, scope) ?? unready(pod, scope);
}

function containerFailure(pod: Pod, container: ContainerState, scope: Scope): PodFailure | undefined {
  const { waiting, ended, last, restarts } = container;
  const found = (kind: FailureKind, reason: string, message: string): PodFailure => ({ kind, pod, container, reason, message });
  if (waiting !== undefined && imageReasons.has(waiting.reason)) return found('image', waiting.reason, imageMessage(waiting.message, pod, scope));
  if (waiting?.reason === 'CreateContainerConfigError') return found('configuration', waiting.reason, waiting.message);
  if (waiting !== undefined && startReasons.has(waiting.reason)) return found('start', waiting.reason, waiting.message);
  const over = ended ?? last;
  if (over === undefined || (container.init && ended?.exitCode === 0)) return undefined;
  const down = waiting?.reason === 'CrashLoopBackOff' || (ended !== undefined && (ended.exitCode !== 0 || !container.init));
  const recent = secondsAgo(scope, over.finishedAt) < recentSeconds;
  // Up again after an end long ago, or after a single one: recovered.
  const flapping = !down && recent && (pod.ready ? restarts >= (over.reason === 'OOMKilled' ? 2 : 3) : restarts >= 1) && !polite(over.exitCode);
  if (!down && !flapping) return undefined;
  const probe = killedByProbe(pod, container, scope);
  const base = startReasons.has(over.reason) ? found('start', over.reason, over.message)
    : over.reason === 'OOMKilled' ? found('memory', 'OOMKilled', over.message)
      : probe !== undefined ? { ...found('liveness', 'Unhealthy', probe.message), event: probe }
        : found('crash', waiting?.reason ?? over.reason, `exit code ${over.exitCode}`);
  return flapping ? { ...base, flapping: true } : base;
}

const polite = (exitCode: number): boolean => exitCode === 0 || exitCode === 143;

/** The event says what the registry said; the state may say only that it backs off. */
function imageMessage(message: string, pod: Pod, { namespace }: Scope): string {
  const event = eventsAbout(namespace, 'Pod', pod.name, /^Failed$/).find((one) => /Failed to pull image|Error: .*Image/.test(one.message) && /:/.test(one.message) && /pull/i.test(one.message));
  return event === undefined || message.length > event.message.length ? message : event.message;
}

/** The kubelet says that it kills the container for its probe; the failure of the probe itself says why. */
function killedByProbe(pod: Pod, container: ContainerState, { namespace }: Scope): ClusterEvent | undefined {
  const killing = eventsAbout(namespace, 'Pod', pod.name, /^Killing$/).some((event) => event.message.includes(`Container ${container.name} failed`) && /failed (?:liveness|startup) probe/.test(event.message));
  const unhealthy = eventsAbout(namespace, 'Pod', pod.name, /^Unhealthy$/).find((event) => /^(?:Liveness|Startup) probe (?:failed|errored)/.test(event.message));
  return killing ? unhealthy : undefined;
}

function unscheduled(pod: Pod): PodFailure | undefined {
  const condition = pod.conditions.find((one) => one.type === 'PodScheduled' && one.status === 'False');
  return condition?.reason === 'Unschedulable' ? { kind: 'unschedulable', pod, reason: 'Unschedulable', message: condition.message } : undefined;
}

function onLostNode(pod: Pod, { cluster }: Scope): PodFailure | undefined {
  const node = cluster.nodes?.value.find((one) => one.name === pod.node);
  const ready = node?.conditions.find((one) => one.type === 'Ready');
  return ready !== undefined && ready.status !== 'True' ? { kind: 'node', pod, reason: ready.reason, message: ready.message } : undefined;
}

/** Placed, and its containers can't even be made. */
function stuck(pod: Pod, scope: Scope): PodFailure | undefined {
  if (!pod.containers.some((one) => one.waiting?.reason === 'ContainerCreating' || one.waiting?.reason === 'PodInitializing') || pod.phase !== 'Pending') return undefined;
  const mount = eventsAbout(scope.namespace, 'Pod', pod.name, /^(?:FailedMount|FailedAttachVolume|FailedMapVolume)$/)[0];
  const sandbox = eventsAbout(scope.namespace, 'Pod', pod.name, /^(?:FailedCreatePodSandBox|NetworkNotReady)$/)[0];
  if (secondsAgo(scope, pod.createdAt) < 10) return undefined;
  if (mount !== undefined) return { kind: 'volume', pod, reason: mount.reason, message: mount.message, event: mount };
  return sandbox === undefined ? undefined : { kind: 'sandbox', pod, reason: sandbox.reason, message: sandbox.message, event: sandbox };
}

/** Whether what it does is only slow, its rule judges. A sidecar that stays has started. */
function waitsInInit(pod: Pod, scope: Scope): PodFailure | undefined {
  const container = pod.containers.find((one) => one.init && one.running !== undefined && pod.phase === 'Pending');
  if (container === undefined || secondsAgo(scope, container.running?.startedAt) < initGraceSeconds || pod.conditions.some((one) => one.type === 'Initialized' && one.status === 'True')) return undefined;
  return { kind: 'init', pod, container, reason: 'PodInitializing', message: `init container ${container.name} does not end` };
}

function unready(pod: Pod, scope: Scope): PodFailure | undefined {
  const container = pod.containers.find((one) => !one.init && one.running !== undefined && !one.ready);
  if (container === undefined) return undefined;
  const seconds = secondsAgo(scope, container.running?.startedAt);
  const event = eventsAbout(scope.namespace, 'Pod', pod.name, /^Unhealthy$/).find((one) => /^(?:Readiness|Startup) probe (?:failed|errored)/.test(one.message));
  if (event === undefined ? seconds < silentGraceSeconds : seconds < graceSeconds && event.count < 2) return undefined;
  return { kind: 'unready', pod, container, reason: event?.reason ?? 'NotReady', message: event?.message ?? 'its readiness probe does not succeed', ...(event === undefined ? {} : { event }) };
}
