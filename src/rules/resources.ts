/** Resource names as findings carry them: `kind/name` or `kind/database/name`. */

export const serviceResource = (name: string): string => `service/${name}`;
export const workloadResource = (name: string): string => `workload/${name}`;
export const databaseResource = (name: string): string => `database/${name}`;
export const tableResource = (database: string, schema: string, table: string): string => `table/${database}/${schema}.${table}`;
export const sessionResource = (database: string, pid: number): string => `session/${database}/${pid}`;
export const hostResource = (host: string): string => `host/${host}`;
/** A part of a host of sre-agent.yaml, which has the name that it has there. */
export const machineResource = (part: MachinePart, name: string): string => `${part}/${name}`;
export const machineParts = ['disk', 'memory', 'clock', 'sockets', 'unit', 'certificate'] as const;
export type MachinePart = (typeof machineParts)[number];

/** Inside a namespace of a cluster: `deployment/shop/checkout`; `place` tells clusters apart where there are several (see kubernetes/scope.ts). */
export const clusterResource = (kind: string, place: string, name: string): string => `${kind}/${place}/${name}`;
/** A Service of Kubernetes, which is not the service of sre-agent.yaml. */
export const kubernetesService = 'kube-service';

/** The name of what lives in a namespace; undefined for everything else. */
export function nameInCluster(resource: string): string | undefined {
  const [kind = '', , name, ...rest] = resource.split('/');
  return name !== undefined && rest.length === 0 && !insideDatabase.has(kind) && kind !== 'service' && kind !== 'workload' && kind !== 'node' ? name : undefined;
}

/** Kinds whose second part is the database they live in. */
const insideDatabase = new Set(['table', 'session', 'index', 'setting', 'connections', 'transaction', 'user', 'sequence', 'schema', 'slot', 'standby']);

/** The database a resource is or lives in. */
export function databaseOf(resource: string): string | undefined {
  const [kind = '', name] = resource.split('/');
  return kind === 'database' || insideDatabase.has(kind) ? name : undefined;
}

/** The service a resource is or belongs to. */
export function serviceOf(resource: string): string | undefined {
  const [kind, ...rest] = resource.split('/');
  return kind === 'service' || kind === 'workload' ? rest.join('/') : undefined;
}

/**
 * Whether a finding on `resource` is one that explains blame on `blamed`: the same thing, something inside the
 * database that is blamed, or the process behind the service that is blamed.
 */
export function covers(resource: string, blamed: string): boolean {
  if (resource === blamed) return true;
  const database = databaseOf(blamed);
  if (database !== undefined && blamed.startsWith('database/')) return databaseOf(resource) === database;
  const service = serviceOf(blamed);
  return service !== undefined && blamed.startsWith('service/') && serviceOf(resource) === service;
}
