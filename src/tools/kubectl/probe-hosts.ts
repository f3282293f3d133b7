/**
 * What may be reached from inside a pod: Services of the configured namespaces, pods of its own, the pod itself, what the
 * configuration names, and hosts that the pod's own definition names. Pure.
 */
import { isIP } from 'node:net';
import { queryNameProblem } from '../dns/query-name.ts';
import { RequestRefusedError, assertAddressAllowed } from '../http/allowed-url.ts';
import { child, items, nameOf, text, texts } from '../readings/cluster/fields.ts';

/** As a resolver library in the pod is to see it, or what is wrong with it. */
export function hostProblem(host: string): string | undefined {
  if (isIP(host) === 6) return 'give a name or an IPv4 address';
  if (isIP(host) === 4) return denied(host);
  return queryNameProblem(host) ?? denied(host);
}

/** The namespace whose Services are to be looked up for this host; undefined when it is no name of a Service. */
export function serviceOf(host: string, own: string): { service: string; namespace: string } | undefined {
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(host)) return { service: host, namespace: own };
  // A name of two parts may be one of the world's: whether the cluster or the world answers depends on what there is.
  const [, service, namespace] = /^(?:[a-z0-9-]+\.)?([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?\.?$/.exec(host) ?? [];
  return service === undefined || namespace === undefined ? undefined : { service, namespace };
}

export type Reach = 'pod' | 'cluster' | 'outside';

export interface Surroundings {
  pod: unknown;
  /** Services of the host's namespace, and pods of the pod's own. */
  objects: readonly unknown[];
  /** `host:port`. */
  endpoints: readonly string[];
}

/** How far away it is; undefined when nothing says that this pod has anything to do with it. */
export function reachOf(host: string, named: { service: string; namespace: string } | undefined, { pod, objects, endpoints }: Surroundings): Reach | undefined {
  if (host === 'localhost' || host.startsWith('127.')) return 'pod';
  const services = objects.filter((one) => text(one, 'kind') === 'Service');
  const service = named && services.find((one) => nameOf(one) === named.service && [named.namespace, ''].includes(text(one, 'metadata', 'namespace')));
  // Without a selector somebody wrote down where it leads: to any host or address.
  if (service !== undefined) return Object.keys(texts(service, 'spec', 'selector')).length > 0 ? 'cluster' : 'outside';
  if (isIP(host) !== 0 && objects.some((one) => addressesOf(one).includes(host))) return 'cluster';
  if (endpoints.some((endpoint) => endpoint.slice(0, endpoint.lastIndexOf(':')) === host)) return 'outside';
  return namesHost(child(pod, 'spec'), host) ? 'outside' : undefined;
}

function addressesOf(object: unknown): string[] {
  const addresses = [text(object, 'spec', 'clusterIP'), text(object, 'status', 'podIP'), ...items(object, 'status', 'podIPs').map((one) => text(one, 'ip'))];
  // A pod in its node's network has the node's address, with the kubelet behind it.
  return child(object, 'spec', 'hostNetwork') === true ? [] : addresses.filter((one) => one !== '');
}

/** As a whole word of any value. */
function namesHost(spec: unknown, host: string): boolean {
  const escaped = host.replace(/[.]/g, String.raw`\.`);
  return new RegExp(String.raw`(?<![A-Za-z0-9._-])${escaped}(?![A-Za-z0-9_-]|\.[A-Za-z0-9])`, 'i').test(JSON.stringify(spec ?? ''));
}

function denied(host: string): string | undefined {
  try {
    assertAddressAllowed(host);
    return undefined;
  } catch (error) {
    if (error instanceof RequestRefusedError) return error.message;
    throw error;
  }
}
