/** Deployments, replica sets, stateful sets, daemon sets, controller revisions. */
import type { StoredObject } from '../../objects/object.ts';
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';
import { setDaemonSetDefaults, setDeploymentDefaults, setReplicaSetDefaults, setReplicationControllerDefaults, setStatefulSetDefaults } from './defaults/workloads.ts';
import {
  validateDaemonSet, validateDaemonSetUpdate, validateDeployment, validateReplicaSet, validateReplicationController, validateRevisionUpdate, validateSelectorUpdate, validateStatefulSet, validateStatefulSetUpdate,
} from './validation/workloads.ts';

export const workloadStrategies: Record<string, Strategy> = {
  'deployments.apps': strategy({
    defaults: (object) => setDeploymentDefaults(as(object, 'deployments.apps')),
    initialStatus: () => ({}),
    generationOf: ['spec', 'metadata.annotations'],
    prepareStatus: keepLabels,
    validate: (object) => validateDeployment(as(object, 'deployments.apps')),
    validateUpdate: (next, previous) => validateSelectorUpdate(as(next, 'deployments.apps'), as(previous, 'deployments.apps')),
  }),
  'replicasets.apps': strategy({
    defaults: (object) => setReplicaSetDefaults(as(object, 'replicasets.apps')),
    initialStatus: () => ({ replicas: 0 }),
    generationOf: ['spec'],
    validate: (object) => validateReplicaSet(as(object, 'replicasets.apps')),
    validateUpdate: (next, previous) => validateSelectorUpdate(as(next, 'replicasets.apps'), as(previous, 'replicasets.apps')),
    selectableFields: replicas,
  }),
  replicationcontrollers: strategy({
    defaults: (object) => setReplicationControllerDefaults(as(object, 'replicationcontrollers')),
    initialStatus: () => ({ replicas: 0 }),
    generationOf: ['spec'],
    validate: (object) => validateReplicationController(as(object, 'replicationcontrollers')),
    selectableFields: replicas,
  }),
  'statefulsets.apps': strategy({
    nameRule: 'subdomain',
    defaults: (object) => setStatefulSetDefaults(as(object, 'statefulsets.apps')),
    initialStatus: () => ({ replicas: 0, availableReplicas: 0 }),
    generationOf: ['spec'],
    validate: (object) => validateStatefulSet(as(object, 'statefulsets.apps')),
    validateUpdate: (next, previous) => validateStatefulSetUpdate(as(next, 'statefulsets.apps'), as(previous, 'statefulsets.apps')),
  }),
  'daemonsets.apps': strategy({
    defaults: (object) => setDaemonSetDefaults(as(object, 'daemonsets.apps')),
    initialStatus: () => ({ currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }),
    generationOf: ['spec'],
    validate: (object) => validateDaemonSet(as(object, 'daemonsets.apps')),
    validateUpdate: (next, previous) => validateDaemonSetUpdate(as(next, 'daemonsets.apps'), as(previous, 'daemonsets.apps')),
  }),
  'controllerrevisions.apps': strategy({ validateUpdate: (next, previous) => validateRevisionUpdate(as(next, 'controllerrevisions.apps'), as(previous, 'controllerrevisions.apps')) }),
};

/** Annotations may change together with the status: the revision of a deployment does. */
function keepLabels(next: StoredObject, previous: StoredObject): void {
  if (previous.metadata.labels === undefined) delete next.metadata.labels;
  else next.metadata.labels = { ...previous.metadata.labels };
}

function replicas(object: StoredObject): Record<string, string> {
  return { 'status.replicas': String(as(object, 'replicasets.apps').status?.replicas ?? 0) };
}
