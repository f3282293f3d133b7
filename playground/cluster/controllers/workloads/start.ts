/** The controllers that turn workloads into pods. */
import type { ClusterClient } from '../../client.ts';
import { startCronJobs } from './cron-job/controller.ts';
import { startDaemonSets } from './daemon-set/controller.ts';
import { startDeployments } from './deployment/controller.ts';
import { startJobs } from './job/controller.ts';
import { startJobExpiry } from './job/expiry.ts';
import { startReplicaSets, startReplicationControllers } from './replica-set/controller.ts';
import type { Loop, StartLoop, WorkloadSettings } from './shared/kinds.ts';
import { startStatefulSets } from './stateful-set/controller.ts';

const loops: readonly StartLoop[] = [startDeployments, startReplicaSets, startReplicationControllers, startStatefulSets, startDaemonSets, startJobs, startJobExpiry, startCronJobs];

export function startWorkloadControllers(client: ClusterClient, settings: WorkloadSettings): Loop {
  const running = loops.map((start) => start(client, settings));
  return {
    stop: () => {
      for (const loop of running) loop.stop();
    },
  };
}
