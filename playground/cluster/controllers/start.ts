/** The cluster's own controllers, all of them. */
import type { ClusterClient } from '../client.ts';
import { startAutoscaler } from './cluster/autoscaler/autoscaler.ts';
import { startDisruptionBudgets } from './cluster/disruption-budgets.ts';
import { startEndpointMirroring } from './cluster/endpoint-mirroring.ts';
import { startEndpointSlices } from './cluster/endpoint-slices.ts';
import { startEndpoints } from './cluster/endpoints.ts';
import { startEphemeralVolumes } from './cluster/ephemeral-volumes.ts';
import { startEventExpiry } from './cluster/event-expiry.ts';
import { startGarbageCollection } from './cluster/garbage-collection.ts';
import { startRootCertificates, startServiceAccounts } from './cluster/namespace-basics.ts';
import { startNamespaces } from './cluster/namespaces.ts';
import { startNodeLifecycle } from './cluster/node-lifecycle.ts';
import { startPersistentVolumes } from './cluster/persistent-volumes.ts';
import { startPodGarbageCollection } from './cluster/pod-gc.ts';
import { startQuotas } from './cluster/quotas.ts';
import { startTaintEviction } from './cluster/taint-eviction.ts';
import { stopAll, type ClusterControllerSettings, type Running } from './cluster/settings.ts';

/** `client` is the administrator's; each controller acts under its own name. */
export const startClusterControllers = (client: ClusterClient, settings: ClusterControllerSettings): Running => stopAll(...controllers.map((start) => start(client, settings)));

const controllers: readonly ((client: ClusterClient, settings: ClusterControllerSettings) => Running)[] = [
  startNamespaces, startServiceAccounts, startRootCertificates, startEndpoints, startEndpointSlices, startEndpointMirroring, startEphemeralVolumes, startGarbageCollection, startPersistentVolumes,
  startDisruptionBudgets, startQuotas, startNodeLifecycle, startTaintEviction, startPodGarbageCollection, startEventExpiry, startAutoscaler,
];
