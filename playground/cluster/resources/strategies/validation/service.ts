/** Services. */
import { isIP } from 'node:net';
import type { Stored } from '../../../objects/object.ts';
import type { Service, ServicePort, ServiceSpec } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { duplicate, forbiddenField, invalidValue, notSupported, required, validPort } from './errors.ts';
import { validateLabels } from './metadata.ts';
import { labelProblems, subdomainProblems } from './names.ts';
import { validatePortReference } from './ports.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

export function validateService({ spec }: Stored<Service>): FieldError[] {
  if (spec === undefined) return [required('spec.ports')];
  const headless = spec.clusterIP === 'None';
  return [
    ...((spec.ports ?? []).length === 0 && !headless && spec.type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...typeErrors(spec),
    ...portErrors(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...(['ClientIP', 'None'].includes(spec.sessionAffinity ?? '') ? [] : [notSupported('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None'])]),
    ...addressErrors(spec),
    ...(types.includes(spec.type ?? '') ? [] : [notSupported('spec.type', spec.type, types)]),
    ...trafficErrors(spec),
  ];
}

export function validateServiceUpdate({ spec }: Stored<Service>, { spec: before }: Stored<Service>): FieldError[] {
  const kept = before?.clusterIP ?? '';
  if (spec?.type === 'ExternalName' || before?.type === 'ExternalName' || kept === '' || spec?.clusterIP === kept) return [];
  // Who changes the one field means the list as well.
  const [first, ...others] = spec?.clusterIPs ?? [];
  const asked = [first === kept || first === undefined ? spec?.clusterIP ?? '' : first, ...others];
  return [invalidValue('spec.clusterIPs[0]', asked, 'may not change once set')];
}

function typeErrors({ type, clusterIP = '', externalName = '' }: ServiceSpec): FieldError[] {
  if ((type === 'LoadBalancer' || type === 'NodePort') && clusterIP === 'None') return [invalidValue('spec.clusterIPs[0]', clusterIP, `may not be set to 'None' for ${type} services`)];
  if (type !== 'ExternalName') return [];
  return [
    ...(clusterIP === '' ? [] : [forbiddenField('spec.clusterIPs', 'may not be set for ExternalName services')]),
    ...(externalName === '' ? [required('spec.externalName')] : subdomainProblems(externalName.replace(/\.$/, '')).map((problem) => invalidValue('spec.externalName', externalName, problem))),
  ];
}

function portErrors({ ports = [], type }: ServiceSpec): FieldError[] {
  const names = new Set<string>();
  const seen = new Set<string>();
  const nodePorts = new Set<string>();
  return [
    ...ports.flatMap((port, index) => onePortErrors(port, `spec.ports[${index}]`, ports.length > 1, names)),
    ...(type === 'ClusterIP' ? ports.flatMap((port, index) => ((port.nodePort ?? 0) === 0 ? [] : [forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")])) : []),
    ...ports.flatMap((port, index) => doubled(nodePorts, `${port.nodePort}/${port.protocol}`, (port.nodePort ?? 0) !== 0) ? [duplicate(`spec.ports[${index}].nodePort`, port.nodePort)] : []),
    ...ports.flatMap((port, index) => doubled(seen, `${port.port}/${port.protocol}`, true)
      ? [duplicate(`spec.ports[${index}]`, { Name: '', Protocol: port.protocol, AppProtocol: null, Port: port.port, TargetPort: 0, NodePort: 0 })] : []),
  ];
}

function doubled(seen: Set<string>, key: string, counts: boolean): boolean {
  if (!counts) return false;
  const known = seen.has(key);
  seen.add(key);
  return known;
}

function onePortErrors(port: ServicePort, field: string, nameNeeded: boolean, names: Set<string>): FieldError[] {
  const name = port.name ?? '';
  const nameErrors = name === '' ? (nameNeeded ? [required(`${field}.name`)] : [])
    : [...labelProblems(name).map((problem) => invalidValue(`${field}.name`, name, problem)), ...(names.has(name) ? [duplicate(`${field}.name`, name)] : [])];
  names.add(name);
  return [
    ...nameErrors,
    ...validPort(`${field}.port`, port.port),
    ...(['SCTP', 'TCP', 'UDP'].includes(port.protocol ?? '') ? [] : [notSupported(`${field}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP'])]),
    ...validatePortReference(port.targetPort ?? port.port, `${field}.targetPort`),
  ];
}

function addressErrors({ clusterIP = '', externalIPs = [] }: ServiceSpec): FieldError[] {
  const text = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
  return [
    ...(clusterIP === '' || clusterIP === 'None' || isIP(clusterIP) > 0 ? [] : [invalidValue('spec.clusterIPs[0]', clusterIP, text)]),
    ...externalIPs.flatMap((address, index) => (isIP(address) > 0 ? [] : [invalidValue(`spec.externalIPs[${index}]`, address, text)])),
  ];
}

function trafficErrors({ externalTrafficPolicy: external, internalTrafficPolicy: internal, type }: ServiceSpec): FieldError[] {
  const choices = ['Cluster', 'Local'];
  return [
    ...(external === undefined || external === '' ? [] : type === 'ClusterIP' ? [invalidValue('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services')] : choices.includes(external) ? [] : [notSupported('spec.externalTrafficPolicy', external, choices)]),
    ...(internal === undefined || choices.includes(internal) ? [] : [notSupported('spec.internalTrafficPolicy', internal, choices)]),
  ];
}
