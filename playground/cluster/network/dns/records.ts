/** What `cluster.local` holds: names of services and pods, as Kubernetes' DNS specification says. Pure. */
import type { ObjectOf } from '../../objects/object.ts';

export type DnsRecord =
  | { type: 'A'; name: string; data: string }
  | { type: 'CNAME'; name: string; data: string }
  | { type: 'PTR'; name: string; data: string }
  | { type: 'SRV'; name: string; data: { port: number; priority: number; weight: number; target: string } };

export interface Zone {
  /** Undefined: no such name. Empty: the name is there, but not with this type. */
  find(name: string, type: string): DnsRecord[] | undefined;
}

type Service = ObjectOf<'services'>;
type Slice = ObjectOf<'endpointslices.discovery.k8s.io'>;

export function clusterZone(zone: string, services: readonly Service[], slices: readonly Slice[], namespaces: ReadonlySet<string>): Zone {
  const names = new Map<string, DnsRecord[]>();
  const add = (name: string, record?: DnsRecord): void => {
    const records = names.get(name) ?? [];
    if (record !== undefined) records.push(record);
    names.set(name, records);
  };
  for (const namespace of namespaces) add(`${namespace}.svc.${zone}`);
  for (const part of [zone, `svc.${zone}`, `pod.${zone}`]) add(part);
  for (const service of services) {
    const name = `${service.metadata.name}.${service.metadata.namespace}.svc.${zone}`;
    add(name);
    const { spec } = service;
    if (spec?.type === 'ExternalName') add(name, { type: 'CNAME', name, data: spec.externalName ?? '' });
    else if (spec?.clusterIP === 'None') addEndpoints(add, name, service, slices);
    else if (spec?.clusterIP !== undefined && spec.clusterIP !== '') {
      add(name, { type: 'A', name, data: spec.clusterIP });
      addPointer(add, spec.clusterIP, name);
      for (const port of spec.ports ?? []) addService(add, name, port.name, port.protocol, port.port, name);
    }
  }
  return {
    find: (asked, type) => podAddress(zone, asked, type, namespaces) ?? names.get(asked)?.filter((record) => record.type === type || record.type === 'CNAME' || type === 'ANY'),
  };
}

type Add = (name: string, record?: DnsRecord) => void;

function addEndpoints(add: Add, name: string, service: Service, slices: readonly Slice[]): void {
  for (const slice of slices) {
    if (slice.metadata.namespace !== service.metadata.namespace || slice.metadata.labels?.['kubernetes.io/service-name'] !== service.metadata.name) continue;
    for (const { addresses, hostname, conditions } of slice.endpoints ?? []) {
      if (conditions?.ready === false && service.spec?.publishNotReadyAddresses !== true) continue;
      for (const address of addresses) {
        const own = `${hostname ?? address.replaceAll('.', '-')}.${name}`;
        add(name, { type: 'A', name, data: address });
        add(own, { type: 'A', name: own, data: address });
        addPointer(add, address, own);
        for (const port of slice.ports ?? []) if (port.port !== undefined) addService(add, name, port.name, port.protocol, port.port, own);
      }
    }
  }
}

function addService(add: Add, name: string, portName: string | undefined, protocol: string | undefined, port: number, target: string): void {
  if (portName === undefined || portName === '') return;
  const own = `_${portName}._${(protocol ?? 'TCP').toLowerCase()}.${name}`;
  add(own, { type: 'SRV', name: own, data: { port, priority: 0, weight: 100, target } });
}

function addPointer(add: Add, address: string, target: string): void {
  const name = `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
  add(name, { type: 'PTR', name, data: target });
}

/** `10-244-0-5.shop.pod.cluster.local`, whatever pod it is (`pods insecure`). */
function podAddress(zone: string, asked: string, type: string, namespaces: ReadonlySet<string>): DnsRecord[] | undefined {
  const match = /^(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})\.([^.]+)\.pod\./.exec(asked);
  if (match?.[1] === undefined || !asked.endsWith(`.pod.${zone}`) || !namespaces.has(match[2] ?? '')) return undefined;
  return type === 'A' ? [{ type: 'A', name: asked, data: match[1].replaceAll('-', '.') }] : [];
}
