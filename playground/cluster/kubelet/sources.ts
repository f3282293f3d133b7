/** Where a container's variables come from in this cluster. */
import type { Sources } from './environment.ts';
import type { PodRecord } from './pod.ts';
import { apiServerVariables, serviceVariables } from './service-links.ts';
import type { Shared } from './shared.ts';

export function variableSources(record: PodRecord, { client, settings, allocatable, address }: Shared): Sources {
  const { metadata, spec, status } = record.pod;
  const links = spec?.enableServiceLinks === false ? [] : client.list('services', { namespace: metadata.namespace ?? '' });
  const pod = { ...record.pod, status: { ...status, podIP: record.address, podIPs: [{ ip: record.address }], hostIP: address, hostIPs: [{ ip: address }] } };
  return {
    pod, allocatable,
    links: { ...serviceVariables(links), ...apiServerVariables(settings.apiUrl) },
    configMap: (name) => client.get('configmaps', metadata.namespace, name),
    secret: (name) => client.get('secrets', metadata.namespace, name),
  };
}
