import type { Rule } from '../rule.ts';
import { autoscalers } from './autoscalers.ts';
import { changedConfiguration } from './changed-configuration.ts';
import { clusterDns } from './cluster-dns.ts';
import { configurationChange } from './configuration-cause.ts';
import { containerConfiguration, containerStart } from './container-configuration.ts';
import { crashLoop } from './crash-loop.ts';
import { customResources } from './custom-resources.ts';
import { imagePull } from './image-pull.ts';
import { ingresses } from './ingresses.ts';
import { failedJobs } from './jobs.ts';
import { networkPolicies } from './network-policies.ts';
import { notCreated, quotaExceeded } from './not-created.ts';
import { outOfMemory } from './out-of-memory.ts';
import { probes } from './probes.ts';
import { danglingReferences } from './references.ts';
import { helmReleases } from './releases.ts';
import { cordoned, lostNode, unschedulable, unwellNodes } from './scheduling.ts';
import { serviceEndpoints } from './service-endpoints.ts';
import { scaledToZero } from './stopped.ts';
import { unboundClaim, unmountable } from './storage.ts';
import { suspectRollout } from './suspect-rollout.ts';

export const kubernetesRules: readonly Rule[] = [
  clusterDns, unwellNodes, cordoned, quotaExceeded, unboundClaim, imagePull, containerConfiguration, containerStart, configurationChange, changedConfiguration, helmReleases, outOfMemory, crashLoop, probes,
  unmountable, unschedulable, notCreated, lostNode, scaledToZero, serviceEndpoints, danglingReferences, networkPolicies, suspectRollout, ingresses, failedJobs, autoscalers, customResources,
];
