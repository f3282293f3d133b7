/** Services and what belongs to them. */
import type { ObjectOf } from '../../objects/object.ts';
import { age, ageColumn, column, nameColumn, shortened, table, wide } from './table.ts';
import { labelsText, selectorOrNone } from './selectors.ts';

export const services = table<'services'>(
  [
    nameColumn,
    column('Type', 'How it is reachable.'),
    column('Cluster-IP', 'Its address inside the cluster.'),
    column('External-IP', 'Its addresses from outside.'),
    column('Port(s)', 'Its ports, and those of the nodes that lead to them.'),
    ageColumn,
    wide('Selector', 'Labels of the pods behind it.'),
  ],
  (object, now) => [
    object.metadata.name, object.spec?.type ?? '', object.spec?.clusterIPs?.[0] || object.spec?.clusterIP || '<none>', externalAddress(object),
    (object.spec?.ports ?? []).map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`).join(',') || '<none>',
    age(object, now), labelsText(object.spec?.selector),
  ],
);

export const endpoints = table<'endpoints'>(
  [nameColumn, column('Endpoints', 'Addresses that are ready.'), ageColumn],
  (object, now) => [object.metadata.name, endpointsText(object), age(object, now)],
);

export const endpointSlices = table<'endpointslices.discovery.k8s.io'>(
  [nameColumn, column('AddressType', 'Kind of its addresses.'), column('Ports', 'Ports of the endpoints.'), column('Endpoints', 'Addresses of the endpoints.'), ageColumn],
  (object, now) => [
    object.metadata.name, object.addressType,
    shortened((object.ports ?? []).map(({ port, name }) => String(port ?? name ?? '*')), 3) || '<unset>',
    shortened((object.endpoints ?? []).flatMap(({ addresses }) => addresses), 3) || '<unset>',
    age(object, now),
  ],
);

export const ingresses = table<'ingresses.networking.k8s.io'>(
  [nameColumn, column('Class', 'Its ingress class.'), column('Hosts', 'Hosts it answers for.'), column('Address', 'Addresses it is reachable at.'), column('Ports', 'Ports it listens on.'), ageColumn],
  (object, now) => [
    object.metadata.name, object.spec?.ingressClassName ?? '<none>',
    shortened((object.spec?.rules ?? []).map(({ host }) => host ?? '').filter((host) => host !== ''), 3) || '*',
    (object.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').join(','),
    (object.spec?.tls ?? []).length > 0 ? '80, 443' : '80', age(object, now),
  ],
);

export const ingressClasses = table<'ingressclasses.networking.k8s.io'>(
  [nameColumn, column('Controller', 'Program that serves it.'), column('Parameters', 'Further configuration of it.'), ageColumn],
  (object, now) => {
    const parameters = object.spec?.parameters;
    const group = parameters?.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
    return [object.metadata.name, object.spec?.controller ?? '', parameters === undefined ? '<none>' : `${parameters.kind}${group}/${parameters.name}`, age(object, now)];
  },
);

export const networkPolicies = table<'networkpolicies.networking.k8s.io'>(
  [nameColumn, column('Pod-Selector', 'Labels of the pods it is about.'), ageColumn],
  (object, now) => [object.metadata.name, selectorOrNone(object.spec?.podSelector), age(object, now)],
);

const externalAddress = ({ spec, status }: ObjectOf<'services'>): string => {
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  const given = spec?.externalIPs ?? [];
  if (spec?.type !== 'LoadBalancer') return given.join(',') || '<none>';
  const balanced = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter((text) => text !== '');
  return [...balanced, ...given].join(',') || '<pending>';
};

const endpointsText = (object: ObjectOf<'endpoints'>): string => {
  const subsets = object.subsets ?? [];
  if (subsets.length === 0) return '<none>';
  const addresses = subsets.flatMap((subset) => {
    const ready = (subset.addresses ?? []).map(({ ip }) => ip);
    const ports = subset.ports ?? [];
    return ports.length === 0 ? ready : ports.flatMap(({ port }) => ready.map((ip) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
  return shortened(addresses, 3);
};
