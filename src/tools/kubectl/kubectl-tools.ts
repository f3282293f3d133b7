/** The read-only looks at Kubernetes clusters. */
import type { ClusterTarget } from '../../config/targets.ts';
import { kubectlEnvironment } from '../../process/environment.ts';
import { runProcess } from '../../process/run.ts';
import type { Tool } from '../tool.ts';
import { kubectlChanges } from './changes.ts';
import { kubectlClusterDns } from './cluster-dns.ts';
import { createClient } from './client.ts';
import type { Run } from './client.ts';
import { kubectlDescribe } from './describe.ts';
import { kubectlEvents } from './events.ts';
import { createExec } from './exec.ts';
import { kubectlGet } from './get.ts';
import { kubectlLogs } from './logs.ts';
import { kubectlOwner } from './owner.ts';
import { kubectlPath } from './path.ts';
import { kubectlPolicies } from './policies.ts';
import { kubectlApiResources, kubectlCanI } from './rights.ts';
import { kubectlProbe } from './probe.ts';
import { kubectlRolloutHistory } from './rollout-history.ts';
import { kubectlTop } from './top.ts';

export interface ClusterToolParts {
  clusters: readonly ClusterTarget[];
  /** Absolute path; see findBinary. */
  binary: string;
  /** Default runProcess. */
  run?: Run;
  /** For one call; default 20 s. */
  timeoutMilliseconds?: number;
  /** `host:port` of configured targets: what may be probed from inside a pod, beside the cluster's own. */
  endpoints?: readonly string[];
}

/** None without clusters. */
export function createKubectlTools({ clusters, binary, run = runProcess, timeoutMilliseconds, endpoints = [] }: ClusterToolParts): Tool[] {
  if (clusters.length === 0) return [];
  const client = createClient({ binary, run, environment: kubectlEnvironment, timeoutMilliseconds });
  const probe = kubectlProbe({ clusters, client, exec: createExec({ binary, run, timeoutMilliseconds }), endpoints });
  return [...creators.map((create) => create(clusters, client)), ...(probe === undefined ? [] : [probe])];
}

const creators = [
  kubectlGet, kubectlDescribe, kubectlLogs, kubectlEvents, kubectlRolloutHistory, kubectlChanges, kubectlPath, kubectlPolicies, kubectlOwner, kubectlCanI, kubectlApiResources, kubectlTop, kubectlClusterDns,
];
