/**
 * How the controllers, the scheduler and the kubelet talk to the API server: in the same process and synchronously,
 * through the same defaults, admission, validation and bookkeeping as a request from outside. What comes back is frozen.
 * Every call can throw StatusError.
 */
import type { NewObjectOf, ObjectOf, ResourceKey } from './objects/object.ts';

export interface ListFilter {
  namespace?: string;
  /** All of these labels. */
  labels?: Record<string, string>;
}

export interface DeleteOptions {
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  graceSeconds?: number;
  uid?: string;
}

export interface WatchHandler<T> {
  /** Also once for each object that is there when the watch begins. */
  added(object: T): void;
  modified(object: T, previous: T): void;
  deleted(object: T): void;
}

export interface EventText {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** `spec.containers{name}`. */
  fieldPath?: string;
  action?: string;
}

export interface ClusterClient {
  get<K extends ResourceKey>(resource: K, namespace: string | undefined, name: string): ObjectOf<K> | undefined;
  list<K extends ResourceKey>(resource: K, filter?: ListFilter): ObjectOf<K>[];
  create<K extends ResourceKey>(resource: K, object: NewObjectOf<K>): ObjectOf<K>;
  /**
   * Reads, lets `change` alter a private copy, writes it back if it differs. Undefined when there is no such object
   * (any more). `part` says which door: 'status' keeps everything else, the default keeps status, 'finalize' is how a namespace loses spec.finalizers.
   */
  modify<K extends ResourceKey>(resource: K, namespace: string | undefined, name: string, change: (copy: ObjectOf<K>) => void, part?: 'status' | 'finalize'): ObjectOf<K> | undefined;
  /** Nothing happens when it is gone already, or is another one than `uid` says. */
  delete(resource: ResourceKey, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  /** pods/binding. */
  bind(namespace: string, pod: string, node: string): void;
  /** Handlers run one at a time, after the write that caused them, never inside it. Returns what ends the watch. */
  watch<K extends ResourceKey>(resource: K, handler: Partial<WatchHandler<ObjectOf<K>>>): () => void;
  /** An Event about an object; repeated ones are counted as Kubernetes' recorder counts them. */
  event(about: ObjectOf<ResourceKey> | ObjectOf<'pods'>, text: EventText): void;
  /** The same cluster as another component: its user, field manager and event source. */
  as(component: Component): ClusterClient;
}

export interface Component {
  /** `deployment-controller`, `kubelet`, `default-scheduler`: source of its events. */
  name: string;
  /** `kube-controller-manager`, `kubelet`, `kube-scheduler`: in managedFields. */
  manager: string;
  /** `system:kube-controller-manager`, `system:node:node1`. */
  user: string;
  /** Node name for kubelet events. */
  host?: string;
}
