/**
 * The port between a scenario and the systems it breaks. Two adapters: worlds/playground (a cluster and a shop of their
 * own, on this machine) and worlds/kubeconfig (a namespace of a real cluster). Everything here goes through hidden doors:
 * cluster-admin and database superuser, whose credentials no contestant has. Every call may throw; a throw in `inject` is
 * recorded as an injector that failed.
 */
import type { ObjectOf, ResourceKey } from '../cluster/objects/object.ts';
import type { Random } from './random.ts';

export type WorldKind = 'playground' | 'kubeconfig';

export interface World {
  kind: WorldKind;
  /** Where the shop lives; drawn from the seed, so never a constant. */
  namespace: string;
  /** For what is not among a scenario's parameters. */
  random: Random;
  cluster: ClusterDoor;
  /** `orders-db` is PostgreSQL, `inventory-db` MariaDB (only where `needs` says mariadb). Others: what the scenario declared. */
  database(name: string): DatabaseDoor;
  services: ServicesDoor;
  /** Makes a node of the playground fall ill. Throws in another world: say `needs: ['nodes']`. */
  node(name: string): { set(faults: { notReady?: boolean; diskPressure?: boolean; memoryPressure?: boolean }): void };
  /** Real helm as an admin, in the shop's namespace. Needs `helm`. */
  helm(...words: string[]): Promise<string>;
  /** Tells the agent's configuration of something the scenario's `prepare` added. Throws once agents have started. */
  declare: Declarations;
  /** What the scenario started outside the systems (sessions, timers, loops): ended with the world, the newest first. */
  onClose(end: () => Promise<unknown> | unknown): void;
  /** Asks about four times a second until it is truthy. Throws after `seconds` (60), naming `what`. */
  until<T>(what: string, ask: () => Promise<T> | T, seconds?: number): Promise<NonNullable<T>>;
  log(line: string): void;
}

/** As cluster-admin. Resources are `plural.group` (`deployments.apps`, `configmaps`, `flashsales.shop.example`). */
export interface ClusterDoor {
  /** Without a namespace: the shop's; null: a cluster-wide object. */
  get<K extends ResourceKey>(resource: K, name: string, namespace?: string | null): Promise<ObjectOf<K> | undefined>;
  /** null: of every namespace, or cluster-wide ones. */
  list<K extends ResourceKey>(resource: K, where?: { namespace?: string | null; labels?: Record<string, string> }): Promise<ObjectOf<K>[]>;
  /** Server-side apply, several documents allowed; objects without a namespace go to the shop's. */
  apply(yaml: string): Promise<void>;
  /** Reads, alters a copy, writes it back (again on conflict). Throws when there is no such object. */
  edit<K extends ResourceKey>(resource: K, name: string, change: (object: ObjectOf<K>) => void, namespace?: string | null): Promise<void>;
  /** Nothing happens when it is not there. */
  remove(resource: ResourceKey, name: string, namespace?: string | null): Promise<void>;
  /** The end of a container's log. */
  logs(pod: string, container?: string, options?: { previous?: boolean; tail?: number; namespace?: string }): Promise<string>;
}

export interface DatabaseDoor {
  /** As superuser, kept out of activity views and statistics. One statement or several without values. */
  query<Row extends Record<string, unknown> = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A client's session, visible as such. Ends with the world. `password` for one that is not the seeded one. */
  session(role: string, applicationName: string, options?: { password?: string }): Promise<DatabaseSession>;
}

export interface DatabaseSession {
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Sends and does not wait: for statements that are to hang. Errors are swallowed. */
  send(sql: string): void;
  /** True once the server or somebody ended it. */
  ended(): boolean;
  end(): Promise<void>;
}

/** What users see. Measured from outside the agent's reach, all the time, by steady traffic. */
export interface ServicesDoor {
  /** The shop's and those the scenario declared. */
  names(): string[];
  /** Over the last ten seconds of traffic. */
  figures(): ServiceFigures[];
  /** One request by a fresh client (no kept connection). Never throws: status 0 and the error's text for none. */
  call(service: string, path: string, options?: { body?: unknown; timeoutMilliseconds?: number }): Promise<{ status: number; text: string; milliseconds: number }>;
}

export interface ServiceFigures {
  name: string;
  /** `unknown` for fewer than two requests. */
  state: 'healthy' | 'degraded' | 'down' | 'unknown';
  requests: number;
  /** 0 to 1. */
  successRate: number;
  p95Milliseconds: number;
}

/** What agents are told of systems that the shop does not have by itself. */
export interface Declarations {
  /** A service with an in-cluster name; traffic is sent to `traffic` (default: every check's path) and measured. */
  service(service: DeclaredService): void;
  /** A namespace whose objects the agent may read; and change, with `changes`. */
  namespace(name: string, options?: { changes?: boolean }): void;
  /** Custom resources the agent may read and change: group and plural. */
  customResource(group: string, plural: string): void;
}

export interface DeclaredService {
  name: string;
  namespace?: string;
  port: number;
  checks: { name: string; path: string }[];
  traffic?: { path: string; body?: unknown }[];
  latencyBudgetMilliseconds: number;
  dependsOn: string[];
  /** Names of databases it uses. */
  databases?: string[];
}
