/** The controllers that turn workloads into pods. */
import type { ClusterClient } from '../../client.ts';
import { startDaemonSets } from './daemon-set/controller.ts';
import { startDeployments } from './deployment/controller.ts';
import { startReplicaSets } from './replica-set/controller.ts';
import type { Loop, StartLoop, WorkloadSettings } from './shared/kinds.ts';
import { startStatefulSets } from './stateful-set/controller.ts';

const loops: readonly StartLoop[] = [startDeployments, startReplicaSets, startStatefulSets, startDaemonSets];

export function startWorkloadControllers(client: ClusterClient, settings: WorkloadSettings): Loop {
  const running = loops.map((start) => start(client, settings));
  return {
    stop: () => {
      for (const loop of running) loop.stop();
    },
  };
}
