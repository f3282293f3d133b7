/** What a kubelet knows about a pod on its node, beyond the object. */
import type { ObjectOf } from '../objects/object.ts';
import type { Container, ContainerState, ContainerStateTerminated } from '../objects/types.ts';
import type { BackOff } from './back-off.ts';
import type { ContainerLog } from './container-log.ts';
import type { Image } from './images.ts';
import type { Mount } from './paths.ts';
import type { ProcessGroup } from './process.ts';

/** A container's present process. */
export interface Run {
  /** 64 hexadecimal digits. */
  id: string;
  image: Image;
  group: ProcessGroup;
  log: ContainerLog;
  startedAt: number;
  environment: Record<string, string>;
  /** Without what makes it a container: as the pod asks for it. */
  shownEnvironment: Record<string, string>;
  directory: string;
  root: string;
  mounts: readonly Mount[];
  terminationLog: string;
  outOfMemory: boolean;
  /** Its liveness or startup probe failed. */
  killedForProbe?: boolean;
  /** Being stopped, and why nothing else needs to. */
  stopping?: Promise<void>;
  /** Resolves after the record was updated. */
  finished: Promise<void>;
}

export interface ContainerRecord {
  readonly name: string;
  readonly kind: 'init' | 'sidecar' | 'app';
  state: ContainerState;
  last?: ContainerStateTerminated;
  restarts: number;
  /** Of the newest process. */
  id?: string;
  imageId?: string;
  run?: Run;
  ready: boolean;
  started: boolean;
  /** Has been started once. */
  passed?: boolean;
  /** When the newest process ended, milliseconds. */
  finished?: number;
  /** The one before it. */
  finishedBefore?: number;
  /** The kubelet ended the newest process because of a probe. */
  killed?: boolean;
  crash?: BackOff;
  /** What image the newest process ran: another one in the spec restarts it. */
  ran?: string;
  /** `reason`: what the last look found, which the status tells from the next look on. */
  pull?: { reference: string; backOff: BackOff; failed: number; looked: number; message: string; first: boolean; reason: 'ErrImagePull' | 'ImagePullBackOff' };
  /** Log files by process, oldest first; old ones are removed. */
  logs: { id: string; file: string }[];
  /** The process whose back-off has its event. */
  noticed?: string | undefined;
  /** The next process, whatever the back-off says. */
  restartNow: boolean;
}

export interface PodRecord {
  pod: ObjectOf<'pods'>;
  address: string;
  directory: string;
  logDirectory: string;
  startedAt: number;
  containers: Map<string, ContainerRecord>;
  /** Volumes are there, addresses known: containers may start. */
  sandboxReady: boolean;
  /** Of its service account, by audience. */
  tokens: Map<string, { token: string; renew: number }>;
  /** Where each volume really is. */
  volumes: Map<string, string>;
  /** Ended by the kubelet: phase Failed, with why. */
  failed?: { reason: string; message: string };
}

export function newContainerRecord(container: Container, kind: ContainerRecord['kind'], hasInit: boolean): ContainerRecord {
  const reason = kind === 'app' && hasInit ? 'PodInitializing' : kind !== 'app' || hasInit ? 'PodInitializing' : 'ContainerCreating';
  return { name: container.name, kind, state: { waiting: { reason } }, restarts: 0, ready: false, started: false, logs: [], restartNow: false };
}

export const containersOf = (pod: ObjectOf<'pods'>): { container: Container; kind: ContainerRecord['kind'] }[] => [
  ...(pod.spec?.initContainers ?? []).map((container) => ({ container, kind: container.restartPolicy === 'Always' ? 'sidecar' as const : 'init' as const })),
  ...(pod.spec?.containers ?? []).map((container) => ({ container, kind: 'app' as const })),
];

export const fieldPathOf = (known: ContainerRecord): string => `spec.${known.kind === 'app' ? 'containers' : 'initContainers'}{${known.name}}`;
