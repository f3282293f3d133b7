/** Tolerations and priority of pods. */
import { randomUUID } from 'node:crypto';
import type { ObjectOf } from '../objects/object.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { refused } from './refusal.ts';
import { created, written } from './subject.ts';

/** A pod stays five minutes on a node that went silent. */
export const defaultTolerations: AdmissionPlugin = (request) => {
  const { spec } = written(request, 'pods', 'CREATE', 'UPDATE') ?? {};
  if (spec === undefined) return;
  const own = spec.tolerations ?? [];
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter((taint) =>
    !own.some(({ key = '', effect = '' }) => (key === taint || key === '') && (effect === 'NoExecute' || effect === '')));
  if (missing.length === 0) return;
  spec.tolerations = [...own, ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }))];
};

type PriorityClass = ObjectOf<'priorityclasses.scheduling.k8s.io'>;
const resource = 'priorityclasses.scheduling.k8s.io';

export const priorities = (store: Store): AdmissionPlugin => (request) => {
  const classes = () => store.list(resource) as unknown as PriorityClass[];
  const added = written(request, resource, 'CREATE', 'UPDATE');
  const other = added?.globalDefault === true ? classes().find(({ metadata, globalDefault }) => globalDefault === true && metadata.name !== added.metadata.name) : undefined;
  if (other !== undefined) throw refused(request, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
  const { spec } = created(request, 'pods') ?? {};
  if (spec === undefined) return;
  const named = spec.priorityClassName ? classes().find(({ metadata }) => metadata.name === spec.priorityClassName) : defaultClass(classes());
  if (spec.priorityClassName && named === undefined) throw refused(request, `no PriorityClass with name ${spec.priorityClassName} was found`);
  const priority = named?.value ?? 0;
  const policy = named?.preemptionPolicy ?? 'PreemptLowerPriority';
  const computed = (what: string, value: string | number) =>
    refused(request, `the ${what} must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`);
  if (spec.priority !== undefined && spec.priority !== priority) throw computed(`integer value of priority (${spec.priority})`, priority);
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) throw computed(`string value of PreemptionPolicy (${spec.preemptionPolicy})`, policy);
  Object.assign(spec, { priority, preemptionPolicy: policy, ...(named === undefined ? {} : { priorityClassName: named.metadata.name }) });
};

/** Of several the lowest. */
const defaultClass = (classes: readonly PriorityClass[]): PriorityClass | undefined =>
  classes.filter(({ globalDefault }) => globalDefault === true).sort((one, other) => (one.value ?? 0) - (other.value ?? 0))[0];

/** The two classes every cluster begins with. `now`: milliseconds since the epoch. */
export const bootstrapPriorityClasses = (store: Store, now: number): void => {
  const classes = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 };
  for (const [name, value] of Object.entries(classes)) {
    store.put(resource, {
      apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass',
      metadata: { name, uid: randomUUID(), resourceVersion: '', generation: 1, creationTimestamp: new Date(now).toISOString().replace(/\.\d+Z/, 'Z') },
      value,
      description: name === 'system-node-critical' ? 'For pods a node cannot do without.' : 'For pods the cluster cannot do without.',
      preemptionPolicy: 'PreemptLowerPriority',
    });
  }
};
