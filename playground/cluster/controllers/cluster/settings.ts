/** What every controller here is started with. */
import type { PodRuntime } from '../../kubelet/runtime.ts';
import type { Timing } from '../../options.ts';

export interface ClusterControllerSettings {
  timing: Timing;
  log(line: string): void;
  /** CPU and memory of pods, for the autoscaler. */
  usage: Pick<PodRuntime, 'usage'>;
  /** Where provisioned volumes are directories. */
  volumes: { directory: string };
  /** PEM, for every namespace's kube-root-ca.crt. */
  certificateAuthority: string;
}

export interface Running {
  stop(): void;
}

/** Ends several things as one. */
export const stopAll = (...parts: (Running | (() => void))[]): Running => ({
  stop: () => {
    for (const part of parts) if (typeof part === 'function') part();
    else part.stop();
  },
});

export const failureLog = ({ log }: Pick<ClusterControllerSettings, 'log'>, name: string) => (key: string, error: unknown): void =>
  log(`${name}: ${key}: ${error instanceof Error ? error.message : String(error)}`);

/** The controller manager's own identity, under a controller's name. */
export const managed = (name: string) => ({ name, manager: 'kube-controller-manager', user: 'system:kube-controller-manager' });

/** RFC 3339 in whole seconds. */
export const timestamp = (milliseconds = Date.now()): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
