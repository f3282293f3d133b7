/** /etc of a pod: names, addresses, resolver. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../network/sandbox.ts';
import type { ObjectOf } from '../objects/object.ts';
import type { PodRecord } from './pod.ts';
import type { Shared } from './shared.ts';

export function podDns(pod: ObjectOf<'pods'>, { settings }: Shared): Sandbox['dns'] {
  const { dnsPolicy = 'ClusterFirst', dnsConfig } = pod.spec ?? {};
  const namespace = pod.metadata.namespace ?? 'default';
  const cluster = dnsPolicy.startsWith('ClusterFirst');
  const own = dnsPolicy === 'Default' ? machineServers() : [];
  const ndots = Number(dnsConfig?.options?.find(({ name }) => name === 'ndots')?.value ?? (cluster ? 5 : 1));
  return {
    nameservers: [...(cluster ? [settings.addresses.dnsService] : own), ...(dnsConfig?.nameservers ?? [])],
    search: [...(cluster ? [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'] : []), ...(dnsConfig?.searches ?? [])],
    ndots,
  };
}

export function podHosts(pod: ObjectOf<'pods'>): Sandbox['hosts'] {
  return (pod.spec?.hostAliases ?? []).map(({ ip, hostnames }) => ({ address: ip ?? '', names: hostnames ?? [] }));
}

export function writePodFiles(record: PodRecord, shared: Shared): void {
  const folder = join(record.directory, 'etc');
  mkdirSync(folder, { recursive: true });
  const { pod } = record;
  const name = pod.spec?.hostname ?? pod.metadata.name;
  const { nameservers, search, ndots } = podDns(pod, shared);
  const full = pod.spec?.subdomain === undefined || pod.spec.subdomain === '' ? '' : `${name}.${pod.spec.subdomain}.${pod.metadata.namespace}.svc.cluster.local\t`;
  const aliases = podHosts(pod).map(({ address, names }) => `${address}\t${names.join('\t')}\n`).join('');
  writeFileSync(join(folder, 'hostname'), `${name}\n`);
  writeFileSync(join(folder, 'hosts'), `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${record.address}\t${full}${name}\n${aliases === '' ? '' : `\n# Entries added by HostAliases.\n${aliases}`}`);
  writeFileSync(join(folder, 'resolv.conf'), `search ${search.join(' ')}\n${nameservers.map((server) => `nameserver ${server}\n`).join('')}options ndots:${ndots}\n`);
}

/** What the machine itself asks: for pods with dnsPolicy Default. */
function machineServers(): string[] {
  try {
    return [...readFileSync('/etc/resolv.conf', 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].map(([, server = '']) => server);
  } catch {
    return [];
  }
}
