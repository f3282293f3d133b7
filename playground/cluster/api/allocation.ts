/** Addresses and node ports of services. What is taken is read from the services themselves, so that a refused write leaks nothing. */
import { randomInt } from 'node:crypto';
import type { AdmissionPlugin } from '../admission/admission.ts';
import type { StoredObject } from '../objects/object.ts';
import type { ServicePort, ServiceSpec } from '../objects/types.ts';
import type { FieldError } from '../resources/resource.ts';
import { keyOf } from '../resources/resource.ts';
import type { Store } from '../store/store.ts';
import { StatusError, invalid } from './status.ts';

type Service = StoredObject & { spec: ServiceSpec };

const firstNodePort = 30_000;
const lastNodePort = 32_767;

/** `second`: of the service network 127.<second>.0.0/16. */
export function serviceAllocation(store: Store, second: number): AdmissionPlugin {
  return ({ operation, definition, object, previous, subresource, name }) => {
    if (keyOf(definition) !== 'services' || operation === 'DELETE' || subresource !== undefined || object === undefined) return;
    const service = object as Service;
    if (typeof service.spec !== 'object' || service.spec === null) return;
    const others = (store.list('services') as Service[]).filter(({ metadata }) => metadata.uid !== previous?.metadata.uid);
    const errors = [...settleAddress(service, previous as Service | undefined, others, second), ...settleNodePorts(service, previous as Service | undefined, others)];
    if (errors.length > 0) throw invalid(definition, name, errors);
  };
}

function settleAddress({ spec }: Service, previous: Service | undefined, others: readonly Service[], second: number): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  if (previous !== undefined && previous.spec.type !== 'ExternalName') {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) {
      if (spec[field] === undefined || spec[field] === '') Object.assign(spec, { [field]: previous.spec[field] });
    }
    return [];
  }
  const asked = spec.clusterIP ?? spec.clusterIPs?.[0] ?? '';
  const taken = new Set(others.map((other) => other.spec.clusterIP));
  const why = asked === '' || asked === 'None' ? undefined : refusal(asked, taken, second);
  if (why !== undefined) return [{ reason: 'FieldValueInvalid', field: 'spec.clusterIPs', detail: `Invalid value: ["${asked}"]: failed to allocate IP ${asked}: ${why}` }];
  spec.clusterIP = asked === '' ? freeAddress(taken, second) : asked;
  spec.clusterIPs = [spec.clusterIP];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  return [];
}

function refusal(address: string, taken: ReadonlySet<string | undefined>, second: number): string | undefined {
  if (!address.startsWith(`127.${second}.`)) return `the provided IP (${address}) is not in the valid range. The range of valid IPs is 127.${second}.0.0/16`;
  return taken.has(address) ? 'provided IP is already allocated' : undefined;
}

function freeAddress(taken: ReadonlySet<string | undefined>, second: number): string {
  for (let tries = 0; tries < 100_000; tries += 1) {
    const address = `127.${second}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    if (!taken.has(address)) return address;
  }
  throw new StatusError({ code: 500, reason: 'InternalError', message: 'Internal error occurred: failed to allocate a serviceIP: range is full' });
}

function settleNodePorts({ spec }: Service, previous: Service | undefined, others: readonly Service[]): FieldError[] {
  const ports = spec.ports ?? [];
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') {
    const wasExposed = previous?.spec.type === 'NodePort' || previous?.spec.type === 'LoadBalancer';
    if (wasExposed) for (const port of ports) delete port.nodePort;
    return [];
  }
  const taken = new Set(others.flatMap((other) => (other.spec.ports ?? []).map(portKey)));
  const errors = ports.flatMap((port, index) => checkNodePort(port, index, taken));
  for (const port of ports) {
    if (port.nodePort === undefined || port.nodePort === 0) {
      const before = (previous?.spec.ports ?? []).find((other) => other.port === port.port && other.protocol === port.protocol)?.nodePort;
      port.nodePort = before !== undefined && !ports.some(({ nodePort }) => nodePort === before) ? before : freePort(port, taken);
    }
    taken.add(portKey(port));
  }
  return errors;
}

const portKey = ({ protocol = 'TCP', nodePort }: ServicePort): string => `${protocol}/${nodePort ?? 0}`;

function checkNodePort(port: ServicePort, index: number, taken: ReadonlySet<string>): FieldError[] {
  const { nodePort } = port;
  if (nodePort === undefined || nodePort === 0) return [];
  const outside = nodePort < firstNodePort || nodePort > lastNodePort;
  if (!outside && !taken.has(portKey(port))) return [];
  const why = outside ? `provided port is not in the valid range. The range of valid ports is ${firstNodePort}-${lastNodePort}` : 'provided port is already allocated';
  return [{ reason: 'FieldValueInvalid', field: `spec.ports[${index}].nodePort`, detail: `Invalid value: ${nodePort}: ${why}` }];
}

function freePort(port: ServicePort, taken: ReadonlySet<string>): number {
  for (let tries = 0; tries < 100_000; tries += 1) {
    const nodePort = randomInt(firstNodePort, lastNodePort + 1);
    if (!taken.has(portKey({ ...port, nodePort }))) return nodePort;
  }
  throw new StatusError({ code: 500, reason: 'InternalError', message: 'Internal error occurred: failed to allocate a nodePort: range is full' });
}
