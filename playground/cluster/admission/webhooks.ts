/**
 * Webhooks that can't be reached stop what they guard. Admission is synchronous here, so one that could be reached is not
 * asked: only a service that isn't there, or has nobody behind it, can be told apart without calling it.
 */
import { StatusError } from '../api/status.ts';
import type { ObjectOf, StoredObject } from '../objects/object.ts';
import { matchesSelector } from '../objects/selectors.ts';
import type { RuleWithOperations, ValidatingWebhook } from '../objects/types.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';

const group = 'admissionregistration.k8s.io';

export const webhooks = (store: Store): AdmissionPlugin => (request) => {
  if (request.definition.group === group) return;
  const configurations = [`mutatingwebhookconfigurations.${group}`, `validatingwebhookconfigurations.${group}`].flatMap((key) => store.list(key));
  for (const configuration of configurations) {
    for (const webhook of (configuration['webhooks'] as ValidatingWebhook[] | undefined) ?? []) {
      if (webhook.failurePolicy === 'Ignore' || !guards(webhook, request, store)) continue;
      const why = unreachable(webhook, store);
      if (why !== undefined) throw failed(webhook, why);
    }
  }
};

const guards = ({ rules = [], namespaceSelector = {}, objectSelector = {} }: ValidatingWebhook, request: AdmissionRequest, store: Store): boolean => {
  const { definition, object, previous, namespace } = request;
  if (!rules.some((rule) => ruleMatches(rule, request))) return false;
  const scope = definition.plural === 'namespaces' && definition.group === '' ? object ?? previous : namespace === undefined ? undefined : store.get('namespaces', undefined, namespace);
  if (scope !== undefined && !matchesSelector(namespaceSelector, scope.metadata.labels)) return false;
  return [object, previous].some((candidate) => candidate !== undefined && matchesSelector(objectSelector, candidate.metadata.labels));
};

const ruleMatches = ({ apiGroups = [], apiVersions = [], operations = [], resources = [], scope = '*' }: RuleWithOperations, { definition, operation, subresource }: AdmissionRequest): boolean => {
  const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);
  const name = subresource === undefined ? definition.plural : `${definition.plural}/${subresource}`;
  const resource = resources.includes('*/*') || resources.includes(name) || resources.includes(`${definition.plural}/*`)
    || (subresource === undefined ? resources.includes('*') : resources.includes(`*/${subresource}`));
  return resource && has(apiGroups, definition.group) && has(apiVersions, definition.version) && has(operations, operation)
    && (scope === '*' || (scope === 'Namespaced') === definition.namespaced);
};

/** Why its service can't answer; undefined when it might. */
const unreachable = ({ clientConfig: { service } }: ValidatingWebhook, store: Store): string | undefined => {
  if (service === undefined) return undefined;
  if (store.get('services', service.namespace, service.name) === undefined) return `service "${service.name}" not found`;
  const slices = store.list('endpointslices.discovery.k8s.io', service.namespace).filter((slice) => belongs(slice, service.name));
  const ready = slices.some((slice) => ((slice as unknown as ObjectOf<'endpointslices.discovery.k8s.io'>).endpoints ?? []).some(({ conditions }) => conditions?.ready !== false));
  return ready ? undefined : `no endpoints available for service "${service.name}"`;
};

const belongs = ({ metadata }: StoredObject, service: string): boolean => metadata.labels?.['kubernetes.io/service-name'] === service;

const failed = ({ name, clientConfig: { service }, timeoutSeconds = 10 }: ValidatingWebhook, why: string): StatusError => {
  const path = (service?.path ?? '').replace(/^\/?/, '/');
  const url = `https://${service?.name ?? ''}.${service?.namespace ?? ''}.svc:${service?.port ?? 443}${path}?timeout=${timeoutSeconds}s`;
  const message = `failed calling webhook "${name}": failed to call webhook: Post "${url}": ${why}`;
  return new StatusError({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${message}`, details: { causes: [{ message }] } });
};
