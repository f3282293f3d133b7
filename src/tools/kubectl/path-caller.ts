/** A caller's side of a request: how it names the Service, whether that name resolves, and what policies on both sides say. Pure. */
import type { KubernetesService, NamespaceReading, Pod, Workload } from '../../rules/cluster-readings.ts';
import { referencesOf } from '../../rules/kubernetes/dependencies.ts';
import { podsOf } from '../../rules/kubernetes/pods.ts';
import type { Scope } from '../../rules/kubernetes/scope.ts';
import { items, strings, text } from '../readings/cluster/fields.ts';
import type { Hop, ServicePort } from './path-hops.ts';
import { judge, portText } from './policy-verdict.ts';
import type { Party, PodPort } from './policy-verdict.ts';

export interface Call {
  scope: Scope;
  caller: Workload;
  service: KubernetesService;
  port: ServicePort;
  /** The pods that the Service selects. */
  called: readonly Pod[];
  podPorts: readonly PodPort[];
}

/** How its environment and its ConfigMaps name the Service. Values of Secrets, files and code are not seen. */
export function namingHop({ scope, caller, service, port }: Call): Hop {
  const references = referencesOf(caller.template, scope).filter((one) => one.name === service.name && one.namespace === scope.namespace.namespace);
  const wrong = references.filter((one) => one.port !== undefined && service.type !== 'ExternalName' && service.address !== 'None' && !service.ports.some((own) => own.port === one.port));
  const lines = references.map(({ setting, host, port: called }) => `variable ${setting.variable} of container ${setting.container}${setting.map === undefined ? '' : ` (ConfigMap ${setting.map.name}, key ${setting.map.key})`} names ${host}${called === undefined ? '' : `:${called}`}`);
  const spec = JSON.parse(caller.template.fingerprint) as unknown;
  const names = [service.name, ...['', '.svc', '.svc.cluster.local'].map((end) => `${service.name}.${scope.namespace.namespace}${end}`)];
  const aliases = items(spec, 'hostAliases').filter((one) => strings(one, 'hostnames').some((name) => names.includes(name))).map((one) => text(one, 'ip'));
  const broken = [
    ...wrong.map((one) => `${caller.name} calls port ${one.port} (variable ${one.setting.variable}), and the Service has ${service.ports.map((own) => own.port).join(', ')}`),
    ...(aliases.every((one) => one === service.address) ? [] : [`hostAliases of ${caller.name} send this name to ${aliases.join(', ')}, past the Service at ${service.address}`]),
  ];
  return {
    title: `How ${caller.kind} ${caller.name} names it`,
    lines: [...(lines.length === 0 ? [`no variable and no ConfigMap value of it names Service ${service.name} or its port ${port.port} (Secrets, files and code are not seen)`] : lines), ...resolving(spec), ...proxies(caller)],
    ...(broken.length === 0 ? {} : { broken: broken.join('; ') }),
  };
}

function resolving(spec: unknown): string[] {
  const policy = text(spec, 'dnsPolicy') || 'ClusterFirst';
  const servers = strings(spec, 'dnsConfig', 'nameservers');
  const options = items(spec, 'dnsConfig', 'options').map((one) => [text(one, 'name'), text(one, 'value')].filter((part) => part !== '').join(':'));
  const searches = strings(spec, 'dnsConfig', 'searches');
  const onHost = (spec as { hostNetwork?: unknown } | null)?.hostNetwork === true;
  return [
    ...(policy === 'Default' || (onHost && policy === 'ClusterFirst') ? ['its pods use the DNS of the node: names of Services do not resolve there'] : []),
    ...(policy === 'None' ? [`dnsPolicy None: names of Services resolve only if ${servers.join(', ') || 'its nameservers'} know them`] : []),
    ...(policy !== 'None' && servers.length > 0 ? [`dnsConfig adds the nameservers ${servers.join(', ')} to the cluster's`] : []),
    ...(searches.length > 0 ? [`dnsConfig searches ${searches.join(', ')}`] : []), ...(options.length > 0 ? [`dnsConfig options ${options.join(', ')}`] : []),
  ];
}

function proxies(caller: Workload): string[] {
  const names = caller.template.containers.flatMap((one) => one.environment.map((variable) => variable.name)).filter((name) => /^https?_proxy$/i.test(name));
  return names.length === 0 ? [] : [`${[...new Set(names)].join(', ')} is set: unless NO_PROXY names the Service, requests go to a proxy`];
}

/** Egress of the caller, ingress of the called, and DNS. */
export function policyHops({ scope, caller, called, podPorts }: Call): Hop[] {
  const { namespace } = scope;
  const policies = namespace.policies.value;
  const own = partyOf(caller, namespace);
  const other = calledParty(called, namespace);
  const hops = podPorts.flatMap((port) => [
    hopOf(`Egress of ${own.title} to ${other.title} on ${portText(port)}`, judge('egress', policies, own, other, port)),
    hopOf(`Ingress of ${other.title} from ${own.title} on ${portText(port)}`, judge('ingress', policies, other, own, port)),
  ]);
  const [udp, tcp] = (['UDP', 'TCP'] as const).map((protocol) => judge('egress', policies, own, clusterDns, { number: 53, name: protocol === 'UDP' ? 'dns' : 'dns-tcp', protocol }));
  const dns = udp === undefined ? [] : [hopOf(`Egress of ${own.title} to the cluster's DNS on 53`, { allowed: udp.allowed, lines: [...udp.lines, ...(udp.allowed === true && tcp?.allowed === false ? ['UDP alone: answers too long for UDP do not come'] : [])] })];
  return [...hops, ...dns];
}

/** As nearly every cluster runs it. */
const clusterDns: Party = { title: 'the cluster\'s DNS', labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system', addresses: [] };

function hopOf(title: string, { allowed, lines }: { allowed: boolean | undefined; lines: string[] }): Hop {
  return { title, lines, ...(allowed === false ? { broken: lines[0] ?? 'not allowed' } : {}) };
}

export function partyOf(workload: Workload, namespace: NamespaceReading): Party {
  return { title: `${workload.kind} ${workload.name}`, labels: workload.template.labels, namespace: namespace.namespace, addresses: podsOf(workload, namespace).map((pod) => pod.address).filter((one) => one !== '') };
}

function calledParty(pods: readonly Pod[], { namespace }: NamespaceReading): Party {
  return { title: 'the called pods', labels: pods[0]?.labels ?? {}, namespace, addresses: pods.map((pod) => pod.address).filter((one) => one !== '') };
}
