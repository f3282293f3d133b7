/** What the proxy must offer: every address and port of every service, with the endpoints behind it. Pure. */
import type { ObjectOf } from '../../objects/object.ts';

export interface Backend {
  address: string;
  port: number;
}

export interface ServicePort {
  /** `address:port/protocol`. */
  key: string;
  /** `namespace/name:port`, for messages. */
  name: string;
  address: string;
  port: number;
  protocol: 'TCP' | 'UDP';
  backends: Backend[];
  /** Connections of one client stay with one backend for so long; 0: they don't. */
  stickyMilliseconds: number;
}

type Service = ObjectOf<'services'>;
type Slice = ObjectOf<'endpointslices.discovery.k8s.io'>;

export function servicePorts(services: readonly Service[], slices: readonly Slice[], nodeAddresses: readonly string[]): ServicePort[] {
  const byService = slicesByService(slices);
  return services.flatMap((service) => {
    const addresses = (service.spec?.clusterIPs ?? [service.spec?.clusterIP ?? '']).filter((address) => address !== '' && address !== 'None');
    if (service.spec?.type === 'ExternalName') return [];
    const own = byService.get(`${service.metadata.namespace}/${service.metadata.name}`) ?? [];
    const stickyMilliseconds = service.spec?.sessionAffinity === 'ClientIP' ? 1000 * (service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : 0;
    return (service.spec?.ports ?? []).flatMap((port) => {
      if (port.protocol === 'SCTP') return [];
      const protocol = port.protocol === 'UDP' ? 'UDP' : 'TCP';
      const backends = backendsOf(own, port.name, protocol);
      const offered = [...addresses.map((address) => ({ address, port: port.port })), ...(port.nodePort === undefined ? [] : nodeAddresses.map((address) => ({ address, port: Number(port.nodePort) })))];
      return offered.map((place): ServicePort => ({
        ...place, key: `${place.address}:${place.port}/${protocol}`, name: `${service.metadata.namespace}/${service.metadata.name}:${port.name ?? port.port}`,
        protocol, backends, stickyMilliseconds,
      }));
    });
  });
}

function slicesByService(slices: readonly Slice[]): Map<string, Slice[]> {
  const found = new Map<string, Slice[]>();
  for (const slice of slices) {
    const service = `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
    found.set(service, [...(found.get(service) ?? []), slice]);
  }
  return found;
}

/** Ready ones; when there are none, those that still serve while they end, as kube-proxy does it. */
function backendsOf(slices: readonly Slice[], portName: string | undefined, protocol: string): Backend[] {
  const ready: Backend[] = [];
  const ending: Backend[] = [];
  for (const slice of slices) {
    const port = (slice.ports ?? []).find((candidate) => (candidate.name ?? '') === (portName ?? '') && (candidate.protocol ?? 'TCP') === protocol)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      const found = addresses.map((address) => ({ address, port }));
      if (conditions?.ready !== false) ready.push(...found);
      else if (conditions.serving === true && conditions.terminating === true) ending.push(...found);
    }
  }
  return ready.length > 0 ? ready : ending;
}
