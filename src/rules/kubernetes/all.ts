import type { Rule } from '../rule.ts';
import { autoscalers } from './autoscalers.ts';
import { changedConfiguration } from './changed-configuration.ts';
import { budgets } from './budgets.ts';
import { clusterDns } from './cluster-dns.ts';
import { configurationChange } from './configuration-cause.ts';
import { configurationDrift } from './configuration-drift.ts';
import { connectionsSinceRollout } from './connections-since-rollout.ts';
import { containerConfiguration, containerStart } from './container-configuration.ts';
import { credentials } from './credentials.ts';
import { crashLoop } from './crash-loop.ts';
import { customResources } from './custom-resources.ts';
import { imagePull } from './image-pull.ts';
import { hostPorts } from './host-ports.ts';
import { ingressClasses } from './ingress-classes.ts';
import { ingresses } from './ingresses.ts';
import { initContainers } from './init-containers.ts';
import { dnsEgress } from './dns-egress.ts';
import { extremeResource } from './extreme-resource.ts';
import { failedJobs } from './jobs.ts';
import { keptOut } from './kept-out.ts';
import { keyMismatch } from './key-mismatch.ts';
import { networkPolicies } from './network-policies.ts';
import { notCreated, quotaExceeded } from './not-created.ts';
import { outOfMemory } from './out-of-memory.ts';
import { permissions } from './permissions.ts';
import { probes } from './probes.ts';
import { danglingReferences } from './references.ts';
import { helmReleases } from './releases.ts';
import { rolloutStrategy } from './rollout-strategy.ts';
import { cordoned, lostNode, unschedulable, unwellNodes } from './scheduling.ts';
import { serviceEndpoints } from './service-endpoints.ts';
import { staleControllers } from './stale-controllers.ts';
import { scaledToZero } from './stopped.ts';
import { unboundClaim, unmountable } from './storage.ts';
import { stuckMessage } from './stuck-message.ts';
import { suspectRollout } from './suspect-rollout.ts';

export const kubernetesRules: readonly Rule[] = [
  clusterDns, unwellNodes, cordoned, quotaExceeded, unboundClaim, imagePull, containerConfiguration, containerStart, configurationChange, changedConfiguration, keyMismatch, helmReleases, outOfMemory, crashLoop, probes, initContainers, credentials, permissions, budgets,
  unmountable, unschedulable, notCreated, lostNode, scaledToZero, serviceEndpoints, danglingReferences, networkPolicies, keptOut, dnsEgress, suspectRollout, connectionsSinceRollout, ingresses, ingressClasses, hostPorts, failedJobs, autoscalers, staleControllers, extremeResource, customResources, rolloutStrategy, stuckMessage, configurationDrift,
];
