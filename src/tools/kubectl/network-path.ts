/** The path of a request through a namespace, hop by hop, and where it breaks. Pure. */
import type { NamespaceReading, Workload } from '../../rules/cluster-readings.ts';
import { isNear } from '../../rules/kubernetes/labels.ts';
import type { Scope } from '../../rules/kubernetes/scope.ts';
import { endpointsOf } from './endpoint-slices.ts';
import { namingHop, policyHops } from './path-caller.ts';
import { podsHop, portHop, serviceHop, slicesHop } from './path-hops.ts';
import type { Hop, ServicePort } from './path-hops.ts';

export interface PathQuestion {
  reading: NamespaceReading;
  /** The cluster's JSON that the reading was made of. */
  objects: readonly unknown[];
  service: string;
  /** Number or name; all of the Service's when left out. */
  port?: number | string | undefined;
  /** Name of the calling workload. */
  from?: string | undefined;
}

/** What it found, or in `problem` what is wrong with the question. */
export function tracePath({ reading, objects, service: name, port, from }: PathQuestion): string | { problem: string } {
  const services = reading.services.value;
  const service = services.find((one) => one.name === name);
  if (service === undefined) {
    const near = services.filter((one) => isNear(one.name, name)).map((one) => one.name);
    return { problem: `Namespace ${reading.namespace} has no Service ${name}: its name does not resolve. ${near.length > 0 ? `Almost: ${near.join(', ')}. ` : ''}There are: ${services.map((one) => one.name).join(', ') || 'none'}.` };
  }
  const caller = from === undefined ? undefined : reading.workloads.value.find((one) => one.name === from);
  if (from !== undefined && caller === undefined) return { problem: `from: no Deployment, StatefulSet or DaemonSet of namespace ${reading.namespace} is named ${from}. There are: ${reading.workloads.value.map((one) => one.name).join(', ') || 'none'}.` };
  const ports = service.ports.filter((one) => port === undefined || one.port === port || one.name === port || String(one.port) === port);
  const pods = podsHop(reading, service);
  const call = (one: ServicePort, podPorts: Parameters<typeof policyHops>[0]['podPorts']): Hop[] => (caller === undefined ? [] : callHops({ reading, caller, service, port: one, called: pods.selected, podPorts }));
  if (service.type === 'ExternalName') {
    return render(name, [{ title: `Service ${name} is ExternalName: its name is an alias for ${service.externalName ?? '(nothing)'}`, lines: ['nothing is forwarded: the caller goes there itself, with the port of its own choice; the network specialist can look the alias up and connect to it'] }, ...call({ port: Number(port) || 0, target: Number(port) || 0 }, [])]);
  }
  if (ports.length === 0) return render(name, [{ title: `Service ${name}`, lines: [], broken: port === undefined ? 'the Service has no ports' : `the Service has no port ${port}; it has ${service.ports.map((one) => `${one.name ?? ''} ${one.port}`.trim()).join(', ') || 'none'}` }]);
  const endpoints = endpointsOf(objects);
  const hops = ports.flatMap((one) => {
    const target = portHop(pods.selected, one);
    const protocol = protocolOf(objects, name, one);
    const podPorts = target.numbers.length === 0 ? [{ protocol }] : target.numbers.map((number) => ({ number, protocol, ...nameOfPort(pods.selected, number) }));
    return [serviceHop(reading, service, one), pods, target, ...(service.endpoints === undefined ? [] : [slicesHop(endpoints, service, one, reading.pods.value)]), ...call(one, podPorts)];
  });
  return render(name, hops);
}

function callHops({ reading, ...call }: { reading: NamespaceReading; caller: Workload } & Omit<Parameters<typeof policyHops>[0], 'scope'>): Hop[] {
  const cluster = { name: '', namespaces: [reading], unread: [] };
  const scope: Scope = { cluster, namespace: reading, place: reading.namespace, readings: { services: [], databases: [], hosts: [], clusters: [cluster] }, targets: { services: [], operations: [] } };
  return [namingHop({ scope, ...call }), ...(reading.missing.some((one) => one.startsWith('networkpolicies')) ? [] : policyHops({ scope, ...call }))];
}

function nameOfPort(pods: NamespaceReading['pods']['value'], number: number): { name?: string } {
  const name = pods.flatMap((pod) => pod.template.containers.flatMap((one) => one.ports)).find((one) => one.port === number)?.name;
  return name === undefined ? {} : { name };
}

function protocolOf(objects: readonly unknown[], service: string, port: ServicePort): string {
  return endpointsOf(objects).find((one) => one.service === service)?.ports.find((one) => one.name === (port.name ?? ''))?.protocol ?? 'TCP';
}

function render(service: string, hops: readonly Hop[]): string {
  const unique = hops.filter((hop, index) => hops.indexOf(hop) === index);
  const broken = unique.filter((one) => one.broken !== undefined);
  const verdict = broken.length === 0
    ? `Nothing on the path to Service ${service} is broken as far as the API shows. Whether the process answers is not seen here.`
    : `Breaks at ${broken.length === 1 ? 'one hop' : `${broken.length} hops`}, the first is the nearest to the cause:\n${broken.map((one) => `- ${one.title}: ${one.broken}`).join('\n')}`;
  return [verdict, ...unique.flatMap((hop, index) => [`${index + 1}. ${hop.title}${hop.broken === undefined ? '' : '  <- BREAKS'}`, ...hop.lines.map((one) => `   ${one}`)])].join('\n');
}
