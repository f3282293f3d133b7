/** Services with their endpoints, ingresses and network policies. Total: any JSON gives something. */
import type { IngressBackend, KubernetesService, LabelSelector, NetworkPolicy, PolicyRule } from '../../../rules/cluster-readings.ts';
import { child, items, lastApplied, nameOf, number, numberOrText, optional, strings, text, texts } from './fields.ts';
import { changesOf, releaseOf } from './workload-objects.ts';

/** `slicesRead`: EndpointSlices are among the objects, so a service without one has none. */
export function servicesOf(objects: readonly unknown[], slicesRead: boolean): KubernetesService[] {
  const slices = objects.filter((one) => text(one, 'kind') === 'EndpointSlice');
  return objects.filter((one) => text(one, 'kind') === 'Service' && nameOf(one) !== '').map((service) => {
    const name = nameOf(service);
    const endpoints = slices.filter((slice) => text(slice, 'metadata', 'labels', 'kubernetes.io/service-name') === name).flatMap((slice) => items(slice, 'endpoints'));
    const ready = endpoints.filter((one) => child(one, 'conditions', 'ready') !== false).length;
    return {
      name, type: text(service, 'spec', 'type') || 'ClusterIP', ...optional('externalName', text(service, 'spec', 'externalName')),
      selector: texts(service, 'spec', 'selector'), address: text(service, 'spec', 'clusterIP'),
      ports: items(service, 'spec', 'ports').map((port) => ({ port: number(port, 'port'), target: numberOrText(port, 'targetPort') ?? number(port, 'port'), ...optional('name', text(port, 'name')) })),
      changes: changesOf(service), ...optional('createdAt', text(service, 'metadata', 'creationTimestamp')), ...optional('release', releaseOf(service)),
      ...(slicesRead ? { endpoints: { ready, notReady: endpoints.length - ready } } : {}),
    };
  });
}

export function ingressBackendsOf(objects: readonly unknown[]): IngressBackend[] {
  return objects.filter((one) => text(one, 'kind') === 'Ingress').flatMap((ingress) => {
    const className = text(ingress, 'spec', 'ingressClassName');
    const addresses = items(ingress, 'status', 'loadBalancer', 'ingress').flatMap((one) => [text(one, 'ip'), text(one, 'hostname')].filter((address) => address !== ''));
    const about = {
      ...optional('className', className || text(ingress, 'metadata', 'annotations', 'kubernetes.io/ingress.class')), ...(className === '' ? { classByAnnotation: true } : {}),
      ...optional('createdAt', text(ingress, 'metadata', 'creationTimestamp')), addresses,
    };
    const backend = (of: unknown, host: string, path: string): IngressBackend[] => {
      const service = text(of, 'service', 'name');
      const port = numberOrText(of, 'service', 'port', 'number') ?? numberOrText(of, 'service', 'port', 'name');
      return service === '' || port === undefined ? [] : [{ ingress: nameOf(ingress), host, path, service, port, ...about }];
    };
    return [
      ...backend(child(ingress, 'spec', 'defaultBackend'), '*', '/'),
      ...items(ingress, 'spec', 'rules').flatMap((rule) => items(rule, 'http', 'paths').flatMap((path) => backend(child(path, 'backend'), text(rule, 'host') || '*', text(path, 'path') || '/'))),
    ];
  });
}

export function policiesOf(objects: readonly unknown[]): NetworkPolicy[] {
  return objects.filter((one) => text(one, 'kind') === 'NetworkPolicy' && nameOf(one) !== '').map((policy) => {
    const spec = child(policy, 'spec');
    const types = strings(spec, 'policyTypes');
    const restricts = (type: string, fallback: boolean): boolean => (types.length === 0 ? fallback : types.includes(type));
    const applied = lastApplied(policy);
    return {
      name: nameOf(policy), ...optional('createdAt', text(policy, 'metadata', 'creationTimestamp')),
      annotations: Object.fromEntries(Object.entries(texts(policy, 'metadata', 'annotations')).filter(([key]) => !key.startsWith('kubectl.kubernetes.io/'))),
      pods: selectorOf(child(spec, 'podSelector')),
      ...(restricts('Ingress', true) ? { ingress: rulesOf(spec, 'ingress', 'from') } : {}),
      ...(restricts('Egress', child(spec, 'egress') !== undefined) ? { egress: rulesOf(spec, 'egress', 'to') } : {}),
      changes: changesOf(policy),
      ...(applied === undefined ? {} : { applied: { raw: JSON.stringify(child(applied, 'spec', 'ingress') ?? null), ...(child(applied, 'spec', 'ingress') === undefined ? {} : { ingress: rulesOf(child(applied, 'spec'), 'ingress', 'from') }) } }),
    };
  });
}

function rulesOf(spec: unknown, field: string, peers: string): PolicyRule[] {
  return items(spec, field).map((rule) => ({
    peers: items(rule, peers).map((peer) => ({
      ...(child(peer, 'podSelector') === undefined ? {} : { pods: selectorOf(child(peer, 'podSelector')) }),
      ...(child(peer, 'namespaceSelector') === undefined ? {} : { namespaces: selectorOf(child(peer, 'namespaceSelector')) }),
      ...optional('addresses', text(peer, 'ipBlock', 'cidr')),
      ...(items(peer, 'ipBlock', 'except').length === 0 ? {} : { except: strings(peer, 'ipBlock', 'except') }),
    })),
    ports: items(rule, 'ports').map((one) => {
      const port = numberOrText(one, 'port');
      const end = number(one, 'endPort');
      return { protocol: text(one, 'protocol') || 'TCP', ...(port === undefined ? {} : { port }), ...(end === 0 ? {} : { endPort: end }) };
    }),
  }));
}

export function selectorOf(selector: unknown): LabelSelector {
  return {
    labels: texts(selector, 'matchLabels'),
    expressions: items(selector, 'matchExpressions').map((one) => ({ key: text(one, 'key'), operator: text(one, 'operator'), values: strings(one, 'values') })),
  };
}
