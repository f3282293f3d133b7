/** What a workload is configured to call: host names in its environment, ConfigMaps included, and the Services they name. */
import type { ConfigMap, KubernetesService, NamespaceReading, PodTemplate, ValueSource, Workload } from '../cluster-readings.ts';
import { hostsInValue } from '../hosts.ts';
import { serviceSelects } from './labels.ts';
import { groupBy, once } from './once.ts';
import type { Scope } from './scope.ts';

export interface Setting {
  variable: string;
  value: string;
  container: string;
  /** Where it is written when it is not in the pod template itself. */
  map?: { name: string; key: string };
}

/** Values of Secrets are not known and left out. Later sources win, as in a container. */
export function settingsOf(template: PodTemplate, { namespace }: Scope): Setting[] {
  const map = (name: string): ConfigMap | undefined => byName(namespace.configMaps.value).get(name)?.[0] as ConfigMap | undefined;
  return template.containers.flatMap((container) => {
    const found = new Map<string, Setting>();
    for (const source of container.environmentFrom) {
      if (source.kind !== 'configmap') continue;
      for (const [key, value] of Object.entries(map(source.name)?.data ?? {})) found.set(key, { variable: key, value, container: container.name, map: { name: source.name, key } });
    }
    for (const { name, value, from } of container.environment) {
      const held = from === undefined ? value : heldValue(from, map(from.name));
      if (held === undefined) found.delete(name);
      else found.set(name, { variable: name, value: held, container: container.name, ...(from?.key === undefined ? {} : { map: { name: from.name, key: from.key } }) });
    }
    return [...found.values()];
  });
}

function heldValue({ kind, key }: ValueSource, map: ConfigMap | undefined): string | undefined {
  return kind === 'configmap' && key !== undefined && map !== undefined && Object.hasOwn(map.data, key) ? map.data[key] : undefined;
}

export interface Reference {
  setting: Setting;
  host: string;
  port?: number;
  /** Of the Service it names, when it is in a namespace that was read. */
  service?: KubernetesService;
  /** It is the name of a Service by its form: `name`, `name.namespace`, `name.namespace.svc...`. */
  name: string;
  namespace: string;
}

/** Hosts that by their form are inside the cluster. */
export function referencesOf(template: PodTemplate, scope: Scope): Reference[] {
  const known = referencesIn(scope.namespace);
  const found = known.get(template) ?? findReferences(template, scope);
  known.set(template, found);
  return found;
}

const referencesIn = once((_namespace: NamespaceReading) => new WeakMap<PodTemplate, Reference[]>());

function findReferences(template: PodTemplate, scope: Scope): Reference[] {
  const settings = settingsOf(template, scope);
  return settings.flatMap((setting) => {
    const places = hostsInValue(setting.value);
    const plain = places.length === 0 && plainHost(setting, scope) ? [{ host: setting.value.trim() }] : places;
    return plain.flatMap((place) => {
      const inside = insideCluster(place.host, scope);
      return inside === undefined ? [] : [{ setting, ...place, ...withPort(place, setting, settings), ...inside }];
    });
  });
}

/** DB_HOST=orders-db: no port and no scheme, so the variable's name must say that it is a host. */
function plainHost({ variable, value }: Setting, scope: Scope): boolean {
  if (!/^[a-z]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+){0,4}$/.test(value.trim())) return false;
  return /(?:^|_)(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS|ENDPOINT|UPSTREAM)$/i.test(variable) || namesService(value.trim(), scope);
}

function namesService(value: string, { namespace }: Scope): boolean {
  const [first = ''] = value.split('.', 1);
  return value.startsWith(`${first}.${namespace.namespace}.svc`) && serviceCalled(first, namespace) !== undefined;
}

/** DB_PORT beside DB_HOST. */
function withPort(place: { host: string; port?: number }, { variable, container }: Setting, settings: readonly Setting[]): { port?: number } {
  if (place.port !== undefined) return {};
  const wanted = variable.replace(/(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$/i, 'PORT');
  const port = wanted === variable ? Number.NaN : Number(settings.find((one) => one.variable === wanted && one.container === container)?.value);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? { port } : {};
}

function insideCluster(host: string, { cluster, namespace }: Scope): Pick<Reference, 'service' | 'name' | 'namespace'> | undefined {
  const [, name = '', space = namespace.namespace, rest] = /^([a-z](?:[a-z0-9-]*[a-z0-9])?)(?:\.([a-z0-9-]+)(\.svc(?:\..*)?)?)?$/.exec(host) ?? [];
  if (name === '' || name === 'localhost') return undefined;
  const read = cluster.namespaces.find((one) => one.namespace === space);
  // `api.example` is a name of the world, unless example is a namespace.
  if (host.includes('.') && rest === undefined && read === undefined && cluster.namespaceNames?.includes(space) !== true) return undefined;
  const service = read === undefined ? undefined : serviceCalled(name, read);
  return { name, namespace: space, ...(service === undefined ? {} : { service }) };
}

/** Services of this namespace that select the template's pods. */
export function servicesOfTemplate(template: PodTemplate, { namespace }: Scope): KubernetesService[] {
  return namespace.services.value.filter((service) => serviceSelects(service.selector, template.labels));
}

/** Workloads of this namespace whose pods a Service selects. */
export function workloadsBehind(service: KubernetesService, { namespace }: Scope): Workload[] {
  return namespace.workloads.value.filter((workload) => serviceSelects(service.selector, workload.template.labels));
}

/** Workloads that are configured to call this Service, itself left out. */
export function callersOf(service: KubernetesService, scope: Scope): { workload: Workload; reference: Reference }[] {
  return (callersIn(scope).get(service) ?? []).filter(({ workload }) => !serviceSelects(service.selector, workload.template.labels));
}

function callersIn(scope: Scope): ReadonlyMap<KubernetesService, { workload: Workload; reference: Reference }[]> {
  const found = knownCallers.get(scope.namespace) ?? groupBy(callsOf(scope), ({ reference }) => (reference.service === undefined ? [] : [reference.service]));
  knownCallers.set(scope.namespace, found);
  return found;
}

const knownCallers = new WeakMap<NamespaceReading, Map<KubernetesService, { workload: Workload; reference: Reference }[]>>();

/** Each workload once for each Service, by the first of its settings that names it. */
function callsOf(scope: Scope): { workload: Workload; reference: Reference }[] {
  return scope.namespace.workloads.value.flatMap((workload) => {
    const named = new Map<KubernetesService | undefined, Reference>();
    for (const reference of referencesOf(workload.template, scope)) if (!named.has(reference.service)) named.set(reference.service, reference);
    return [...named.values()].map((reference) => ({ workload, reference }));
  });
}

const byName = once((all: readonly { name: string }[]) => groupBy(all, ({ name }) => [name]));

function serviceCalled(name: string, { services }: NamespaceReading): KubernetesService | undefined {
  return byName(services.value).get(name)?.[0] as KubernetesService | undefined;
}

/**
 * Whether anything counts on it: a service of sre-agent.yaml of its name, a workload's configuration, an ingress.
 */
export function isUsed(service: KubernetesService, scope: Scope): boolean {
  return scope.targets.services.some((one) => one.name === service.name) || scope.namespace.ingresses.value.some((one) => one.service === service.name) || callersOf(service, scope).length > 0;
}

/** Ports that its containers listen on, as far as they say. */
export function portsOf(template: PodTemplate): { name?: string; port: number }[] {
  return template.containers.filter((one) => !one.init).flatMap((one) => one.ports);
}
