/** What the API server asks of the kubelets: the running side of pods. Errors are StatusError in the kubelet's words. */
import type { Readable, Writable } from 'node:stream';
import type { ObjectOf } from '../objects/object.ts';

export interface LogOptions {
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  tailLines?: number;
  limitBytes?: number;
  /** Milliseconds since the epoch. */
  since?: number;
}

export interface ExecStreams {
  stdin?: Readable;
  stdout: Writable;
  stderr: Writable;
}

export interface ContainerUsage {
  name: string;
  /** 1e9 is one core, over `windowMilliseconds`. */
  cpuNanocores: number;
  memoryBytes: number;
}

export interface PodRuntime {
  /** Checks at once, then writes; resolves when everything was written, or, with follow, when the container ended or `signal` fired. */
  logs(pod: ObjectOf<'pods'>, container: string, options: LogOptions, output: Writable, signal: AbortSignal): Promise<void>;
  /** Resolves with the exit code. */
  exec(pod: ObjectOf<'pods'>, container: string, command: readonly string[], streams: ExecStreams, signal: AbortSignal): Promise<number>;
  /** Undefined until there are two samples. */
  usage(pod: ObjectOf<'pods'>): { at: string; windowMilliseconds: number; containers: ContainerUsage[] } | undefined;
  nodeUsage(node: string): { at: string; windowMilliseconds: number; cpuNanocores: number; memoryBytes: number } | undefined;
}
