/** Endpoint slices, ingresses, network policies. */
import { isIP } from 'node:net';
import type { Stored } from '../../../objects/object.ts';
import type { EndpointSlice, HTTPIngressPath, Ingress, IngressBackend, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { forbiddenField, invalidValue, notSupported, required, validPort } from './errors.ts';
import { labelProblems, subdomainProblems } from './names.ts';
import { validatePortReference } from './ports.ts';
import { validateSelector } from './selectors.ts';

export function validateEndpointSlice({ addressType }: Stored<EndpointSlice>): FieldError[] {
  if ((addressType ?? '') === '') return [required('addressType')];
  return ['FQDN', 'IPv4', 'IPv6'].includes(addressType) ? [] : [notSupported('addressType', addressType, ['FQDN', 'IPv4', 'IPv6'])];
}

export function validateIngress({ spec }: Stored<Ingress>): FieldError[] {
  const rules = spec?.rules ?? [];
  return [
    ...(rules.length === 0 && spec?.defaultBackend === undefined ? [invalidValue('spec', [], 'either `defaultBackend` or `rules` must be specified')] : []),
    ...(spec?.defaultBackend === undefined ? [] : backendErrors(spec.defaultBackend, 'spec.defaultBackend')),
    ...rules.flatMap((rule, index) => {
      const field = `spec.rules[${index}]`;
      const paths = rule.http?.paths;
      return [
        ...hostErrors(rule.host ?? '', `${field}.host`),
        ...(rule.http === undefined ? [] : (paths ?? []).length === 0 ? [required(`${field}.http.paths`)] : (paths ?? []).flatMap((path, position) => pathErrors(path, `${field}.http.paths[${position}]`))),
      ];
    }),
    ...(spec?.ingressClassName === undefined ? [] : subdomainProblems(spec.ingressClassName).map((problem) => invalidValue('spec.ingressClassName', spec.ingressClassName, problem))),
  ];
}

function hostErrors(host: string, field: string): FieldError[] {
  if (host === '') return [];
  if (isIP(host) > 0) return [invalidValue(field, host, 'must be a DNS name, not an IP address')];
  const bare = host.startsWith('*.') ? host.slice(2) : host;
  return subdomainProblems(bare).map((problem) => invalidValue(field, host, problem));
}

function pathErrors({ path = '', pathType, backend }: HTTPIngressPath, field: string): FieldError[] {
  const types = ['Exact', 'ImplementationSpecific', 'Prefix'];
  const typeErrors = (pathType ?? '') === '' ? [required(`${field}.pathType`, 'pathType must be specified')] : types.includes(pathType) ? [] : [notSupported(`${field}.pathType`, pathType, types)];
  const absolute = (pathType === 'ImplementationSpecific' && path === '') || path.startsWith('/') ? [] : [invalidValue(`${field}.path`, path, 'must be an absolute path')];
  const odd = pathType === 'ImplementationSpecific' ? [] : ['//', '/./', '/../', '%2f', '%2F'].filter((part) => path.includes(part)).map((part) => invalidValue(`${field}.path`, path, `must not contain '${part}'`));
  return [...typeErrors, ...((pathType ?? '') === '' ? [] : absolute), ...odd, ...backendErrors(backend, `${field}.backend`)];
}

function backendErrors(backend: IngressBackend, field: string): FieldError[] {
  const { service, resource } = backend;
  if (service === undefined && resource === undefined) return [required(field, 'either service or resource is required')];
  if (service !== undefined && resource !== undefined) return [invalidValue(field, '', 'cannot set both resource and service backends')];
  if (service === undefined) return [];
  const { name, number = 0 } = service.port ?? {};
  const port = `${field}.service.port`;
  return [
    ...((service.name ?? '') === '' ? [required(`${field}.service.name`)] : labelProblems(service.name).map((problem) => invalidValue(`${field}.service.name`, service.name, problem))),
    ...(name !== undefined && name !== '' && number !== 0 ? [invalidValue(port, '', 'cannot set both port name & port number')]
      : (name ?? '') !== '' ? validatePortReference(name ?? '', `${port}.name`) : number === 0 ? [required(port, 'port name or number is required')] : validPort(`${port}.number`, number)),
  ];
}

export function validateNetworkPolicy({ spec }: Stored<NetworkPolicy>): FieldError[] {
  const types = ['Ingress', 'Egress'];
  return [
    ...validateSelector(spec?.podSelector, 'spec.podSelector'),
    ...(spec?.ingress ?? []).flatMap((rule, index) => [
      ...(rule.ports ?? []).flatMap((port, at) => policyPortErrors(port, `spec.ingress[${index}].ports[${at}]`)),
      ...(rule.from ?? []).flatMap((peer, at) => peerErrors(peer, `spec.ingress[${index}].from[${at}]`)),
    ]),
    ...(spec?.egress ?? []).flatMap((rule, index) => [
      ...(rule.ports ?? []).flatMap((port, at) => policyPortErrors(port, `spec.egress[${index}].ports[${at}]`)),
      ...(rule.to ?? []).flatMap((peer, at) => peerErrors(peer, `spec.egress[${index}].to[${at}]`)),
    ]),
    ...((spec?.policyTypes ?? []).length > 2 ? [invalidValue('spec.policyTypes', spec?.policyTypes, 'may not specify more than two policyTypes')]
      : (spec?.policyTypes ?? []).flatMap((type, index) => (types.includes(type) ? [] : [notSupported(`spec.policyTypes[${index}]`, type, types.toSorted())]))),
  ];
}

function policyPortErrors({ protocol = 'TCP', port, endPort }: NetworkPolicyPort, field: string): FieldError[] {
  const protocols = ['SCTP', 'TCP', 'UDP'];
  return [
    ...(protocols.includes(protocol) ? [] : [notSupported(`${field}.protocol`, protocol, protocols)]),
    ...(port === undefined ? endPort === undefined ? [] : [required(`${field}.port`, 'must be specified when `endPort` is specified')]
      : [...validatePortReference(port, `${field}.port`), ...(endPort !== undefined && typeof port === 'number' && endPort < port ? [invalidValue(`${field}.endPort`, endPort, 'must be greater than or equal to `port`')] : [])]),
  ];
}

function peerErrors({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, field: string): FieldError[] {
  const errors = [...validateSelector(podSelector, `${field}.podSelector`), ...validateSelector(namespaceSelector, `${field}.namespaceSelector`)];
  if (ipBlock !== undefined) {
    if (podSelector !== undefined || namespaceSelector !== undefined) return [...errors, forbiddenField(field, 'may not specify both ipBlock and another peer')];
    return [...errors, ...cidrErrors(ipBlock.cidr, `${field}.ipBlock.cidr`), ...(ipBlock.except ?? []).flatMap((block, index) => cidrErrors(block, `${field}.ipBlock.except[${index}]`))];
  }
  return podSelector === undefined && namespaceSelector === undefined ? [...errors, required(field, 'must specify a peer')] : errors;
}

function cidrErrors(block: string, field: string): FieldError[] {
  if (block === '') return [required(field)];
  const [address = '', length = '', ...rest] = block.split('/');
  const version = isIP(address);
  const fits = rest.length === 0 && version > 0 && /^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
  return fits ? [] : [invalidValue(field, block, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}
