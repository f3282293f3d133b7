/** Short names of the objects these controllers handle. */
import type { ClusterClient } from '../../../client.ts';
import type { ObjectOf } from '../../../objects/object.ts';
import type { Timing } from '../../../options.ts';

export type Pod = ObjectOf<'pods'>;
export type ReplicaSet = ObjectOf<'replicasets.apps'>;
export type ReplicaKeeper = ReplicaSet | ObjectOf<'replicationcontrollers'>;
export type Deployment = ObjectOf<'deployments.apps'>;
export type StatefulSet = ObjectOf<'statefulsets.apps'>;
export type DaemonSet = ObjectOf<'daemonsets.apps'>;
export type ControllerRevision = ObjectOf<'controllerrevisions.apps'>;
export type Job = ObjectOf<'jobs.batch'>;
export type CronJob = ObjectOf<'cronjobs.batch'>;
export type Node = ObjectOf<'nodes'>;

export interface WorkloadSettings {
  timing: Timing;
  log(line: string): void;
}

/** One controller that runs. */
export interface Loop {
  stop(): void;
}

export type StartLoop = (client: ClusterClient, settings: WorkloadSettings) => Loop;
