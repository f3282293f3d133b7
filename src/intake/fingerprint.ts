/** Fingerprints: equal for the same problem reported again, whatever order, case or spacing its report has. */
import { createHash } from 'node:crypto';

/** @returns `source:` and 32 hex digits, over the parts in order */
export function fingerprintOf(source: string, parts: readonly string[]): string {
  const normal = parts.map((part) => part.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim());
  return `${source}:${createHash('sha256').update(JSON.stringify(normal)).digest('hex').slice(0, 32)}`;
}

/** Labels as parts: sorted, without those that name one of several replicas of the same thing. */
export function labelParts(labels: Record<string, string>): string[] {
  return Object.entries(labels)
    .filter(([name]) => !perReplica.has(name.toLowerCase()))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flat();
}

const perReplica = new Set(['pod', 'pod_name', 'pod_ip', 'instance', 'endpoint', 'container_id', 'id', 'uid', 'replica', 'prometheus', 'prometheus_replica', 'node', 'host_ip']);
