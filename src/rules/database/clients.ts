/** Who uses a database: which workloads of a cluster do, and with which role a service logs in, as far as the readings tell. */
import type { NamespaceReading, Pod, PodTemplate, Workload } from '../cluster-readings.ts';
import { serviceSelects } from '../kubernetes/labels.ts';
import type { DatabaseReading, Readings } from '../readings.ts';

export interface Place {
  namespace: NamespaceReading;
  workload: Workload;
}

/** The workloads of a service: of its name, or behind the Kubernetes Service of its name. */
export function placesOf(service: string, { clusters = [] }: Pick<Readings, 'clusters'>): Place[] {
  return clusters.flatMap(({ namespaces }) => namespaces.flatMap((namespace) => {
    const doors = namespace.services.value.filter(({ name }) => name === service);
    return namespace.workloads.value.filter((workload) => workload.name === service || doors.some((door) => serviceSelects(door.selector, workload.template.labels))).map((workload) => ({ namespace, workload }));
  }));
}

export function ownsPod({ workload }: Place, pod: Pod): boolean {
  const owner = pod.owner?.name;
  return owner === workload.name || (owner !== undefined && workload.revisions.some(({ name }) => name === owner)) || (owner === undefined && serviceSelects(workload.selector, pod.labels));
}

/** Its settings, or the names of what they come from, say the database's name. */
export function namesDatabase(template: PodTemplate, namespace: NamespaceReading, database: string): boolean {
  return [...sourcesOf(template), ...valuesOf(template, namespace), ...template.containers.map(({ command }) => command)].some((text) => says(text, database));
}

const sourcesOf = ({ containers }: PodTemplate): Set<string> => new Set(containers.flatMap(({ environment, environmentFrom }) => [...environmentFrom, ...environment.flatMap(({ from }) => (from === undefined ? [] : [from]))]).map(({ name }) => name));

function valuesOf(template: PodTemplate, namespace: NamespaceReading): string[] {
  const sources = sourcesOf(template);
  const maps = namespace.configMaps.value.filter(({ name }) => sources.has(name)).flatMap(({ data }) => Object.values(data));
  return [...template.containers.flatMap(({ environment }) => environment.flatMap(({ value }) => (value === undefined ? [] : [value]))), ...maps];
}

/**
 * Whether a service, or a workload by its name, logs in with this role. `unknown` where nothing tells: no session of its name or
 * address, no role in its settings, and no role that carries its name.
 */
export function usesRole(service: string, role: string, database: DatabaseReading, readings: Readings): 'yes' | 'no' | 'unknown' {
  const known = rolesOfService(service, database, readings);
  return known.size === 0 ? 'unknown' : known.has(role) ? 'yes' : 'no';
}

function rolesOfService(service: string, database: DatabaseReading, readings: Readings): ReadonlySet<string> {
  const places = placesOf(service, readings);
  const addresses = new Set(places.flatMap((place) => place.namespace.pods.value.filter((pod) => ownsPod(place, pod) && pod.address !== '').map(({ address }) => address)));
  const all = database.sessions?.value ?? [];
  // An address can't be chosen as a name can.
  const from = all.filter(({ client }) => addresses.has(client.replace(/:\d+$/, '')));
  if (from.length > 0) return new Set(from.map(({ user }) => user));
  const connected = [...new Set(all.map(({ user }) => user))];
  const ordinary = (database.roles?.value ?? []).filter(({ superuser }) => !superuser).map(({ name }) => name);
  const roles = [...new Set([...ordinary, ...connected, ...(database.overrides?.value ?? []).flatMap(({ role }) => (role === null ? [] : [role]))])];
  const settings = [...places.flatMap(({ workload, namespace }) => valuesOf(workload.template, namespace)), ...ownSettings(service, readings)];
  const named = roles.filter((role) => settings.some((value) => value === role || value.includes(`//${role}:`) || value.includes(`//${role}@`)));
  const ofItsName = all.filter(({ application }) => says(application, service)).map(({ user }) => user);
  if (named.length > 0 || ofItsName.length > 0) return new Set([...named, ...ofItsName]);
  const alike = roles.filter((role) => says(role.replaceAll('_', '-'), service));
  return new Set(alike.length > 0 ? alike : roles.length === 1 && connected.length === 1 ? roles : []);
}

function ownSettings(service: string, { services }: Readings): string[] {
  return Object.values(services.find(({ name }) => name === service)?.workload?.value.revisions.at(-1)?.environment ?? {});
}

/** As a whole word, where a hyphen may part it from others: `cart` in `cart-7f9c`, and not in `cartography`. */
export function says(text: string, name: string): boolean {
  return name !== '' && new RegExp(`(?<!\\w)${name.replaceAll(/[^\w]/g, '\\$&')}(?!\\w)`, 'i').test(text);
}
