/** The hops of a request inside the cluster: Service, pods, container port and probe, EndpointSlices. Pure. */
import type { KubernetesService, Labels, NamespaceReading, Pod } from '../../rules/cluster-readings.ts';
import { isNear, serviceSelects } from '../../rules/kubernetes/labels.ts';
import { podLines } from '../readings/cluster/workload-lines.ts';
import type { Endpoint } from './endpoint-slices.ts';
import { portsText } from './endpoint-slices.ts';

export interface Hop {
  title: string;
  lines: string[];
  /** Why a request ends here. */
  broken?: string;
}

export interface ServicePort {
  name?: string;
  port: number;
  target: string | number;
}

const mostPods = 8;

export function serviceHop({ services, ingresses }: NamespaceReading, service: KubernetesService, port: ServicePort): Hop {
  const address = service.address === 'None' ? 'headless: its name answers with the addresses of ready pods, and callers use the pods\' own port' : service.address || 'no address';
  const used = ingresses.value.filter((one) => one.service === service.name).map((one) => `Ingress ${one.ingress}: ${one.host}${one.path} -> port ${one.port}${service.ports.some((own) => own.port === one.port || own.name === one.port) ? '' : ', WHICH THIS SERVICE DOES NOT HAVE'}`);
  const others = services.value.filter((one) => one !== service && Object.keys(one.selector).length > 0 && labelsText(one.selector) === labelsText(service.selector)).map((one) => one.name);
  return {
    title: `Service ${service.name} (${service.type}, ${address})`,
    lines: [`port ${port.name === undefined ? '' : `${port.name} `}${port.port} -> target port ${port.target}; selects ${labelsText(service.selector) || '(no selector: its endpoints are kept by hand)'}`, ...used, ...(others.length === 0 ? [] : [`selects the same pods as ${others.join(', ')}`])],
  };
}

export function podsHop({ pods, workloads }: NamespaceReading, service: KubernetesService): Hop & { selected: Pod[] } {
  const selected = pods.value.filter((pod) => serviceSelects(service.selector, pod.labels) && pod.phase !== 'Succeeded' && pod.phase !== 'Failed');
  const title = `Pods that it selects: ${selected.length}, ${selected.filter((pod) => pod.ready).length} ready`;
  if (Object.keys(service.selector).length === 0) return { title: 'Pods: none are selected (the Service has no selector)', lines: [], selected };
  if (selected.length > 0) {
    const ready = selected.filter((pod) => pod.ready && !pod.deleting);
    const lines = podLines(selected).split('\n').slice(0, mostPods * 4);
    return { title, lines, selected, ...(ready.length === 0 ? { broken: 'no selected pod is ready' } : {}) };
  }
  const stopped = workloads.value.filter((one) => serviceSelects(service.selector, one.template.labels));
  if (stopped.length > 0) return { title, selected, lines: stopped.map((one) => `${one.kind} ${one.name} has the labels, wants ${one.desired} pods and has none`), broken: stopped.every((one) => one.desired === 0) ? 'the workload behind it is scaled to 0' : 'the workload behind it has no pods' };
  const near = workloads.value.filter((one) => Object.entries(service.selector).every(([key, value]) => Object.hasOwn(one.template.labels, key) && isNear(one.template.labels[key] ?? '', value)));
  return { title, selected, lines: near.map((one) => `almost: ${one.kind} ${one.name} has ${labelsText(one.template.labels)}`), broken: `no pod and no workload has the labels ${labelsText(service.selector)}` };
}

/** What the target port means in the pods, and whether their readiness says anything about it. */
export function portHop(selected: readonly Pod[], port: ServicePort): Hop & { numbers: number[] } {
  const title = `Target port ${port.target} in the pods`;
  const templates = distinct(selected);
  if (templates.length === 0) return { title, lines: ['not looked at: there are no pods'], numbers: typeof port.target === 'number' ? [port.target] : [] };
  const looked = templates.map((pod) => {
    const containers = pod.template.containers.filter((one) => !one.init);
    const declared = containers.flatMap((one) => one.ports.map((own) => ({ ...own, container: one.name })));
    const found = declared.filter((own) => (typeof port.target === 'string' ? own.name === port.target : own.port === port.target));
    const list = declared.map((own) => `${own.name === undefined ? '' : `${own.name} `}${own.port} of ${own.container}`).join(', ') || 'none';
    const probes = containers.flatMap((one) => one.probes.filter((probe) => probe.kind === 'readiness' && probe.port !== undefined).map((probe) => ({ ...probe, number: declared.find((own) => own.name === probe.port)?.port ?? probe.port, container: one.name })));
    const number = found[0]?.port ?? (typeof port.target === 'number' ? port.target : undefined);
    const elsewhere = number === undefined ? [] : probes.filter((probe) => probe.number !== number);
    return {
      number, missing: typeof port.target === 'string' && found.length === 0 ? `no container of pod ${pod.name} names a port ${port.target} (declared: ${list})` : undefined,
      lines: [
        ...(found.length > 0 ? [`pod ${pod.name}: it is ${found[0]?.port} of container ${found[0]?.container}`] : [`pod ${pod.name}: no container declares it (declared: ${list})${typeof port.target === 'number' ? '; that alone breaks nothing, but does anything listen on it?' : ''}`]),
        ...(probes.length === 0 ? ['no readiness probe asks a port: ready says nothing about whether anything listens'] : []),
        ...elsewhere.map((probe) => `the readiness probe of ${probe.container} asks ${probe.text}, another port: ready says nothing about the target port`),
      ],
    };
  });
  const missing = looked.map((one) => one.missing).filter((one) => one !== undefined);
  return { title, lines: [...new Set(looked.flatMap((one) => one.lines))], numbers: [...new Set(looked.flatMap((one) => (one.number === undefined ? [] : [one.number])))], ...(missing.length === looked.length ? { broken: missing[0] ?? '' } : {}) };
}

export function slicesHop(endpoints: readonly Endpoint[], service: KubernetesService, port: ServicePort, pods: readonly Pod[]): Hop {
  const own = endpoints.filter((one) => one.service === service.name);
  const usable = own.filter((one) => one.ports.some((slicePort) => slicePort.name === (port.name ?? '')));
  const ready = usable.filter((one) => one.ready);
  const lines = own.slice(0, mostPods * 2).map((one) => {
    const pod = one.target.startsWith('pod ') ? pods.find((candidate) => `pod ${candidate.name}` === one.target) : undefined;
    const wrong = one.target === '' ? '; NO POD: written by hand' : pod === undefined && one.target.startsWith('pod ') ? '; THIS POD IS NOT THERE' : pod !== undefined && pod.address !== one.address ? `; THE POD HAS ${pod.address || 'no address'}` : '';
    return `${one.address} ports ${portsText(one.ports)}: ${one.ready ? 'ready' : 'not ready'}, ${one.serving ? 'serving' : 'not serving'}${one.terminating ? ', terminating' : ''}${one.target === '' ? '' : `, ${one.target}`}${wrong}`;
  });
  const title = `EndpointSlices: ${own.length} addresses, ${ready.length} of them ready on this port`;
  const broken = own.length === 0 ? 'it has no endpoints at all: connections are refused or hang' : usable.length === 0 ? 'no endpoint has this port: the target port is not found in the pods' : ready.length === 0 ? `0 of ${usable.length} endpoints are ready: nothing is forwarded` : undefined;
  return { title, lines: [...lines, ...(own.length > mostPods * 2 ? [`(${own.length - mostPods * 2} more)`] : [])], ...(broken === undefined ? {} : { broken }) };
}

/** One pod for each template: replicas are alike. */
function distinct(pods: readonly Pod[]): Pod[] {
  return [...new Map(pods.map((pod) => [JSON.stringify(pod.template.containers.map((one) => [one.ports, one.probes])), pod])).values()].slice(0, 4);
}

export function labelsText(labels: Labels): string {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).toSorted().join(',');
}
