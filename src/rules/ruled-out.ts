/** What was looked at and found well, in sentences: what the cause is not. */
import type { FindingBody } from '../incident/types.ts';
import { areChecksRead, gapsOf, isRead } from './coverage.ts';
import { blockersOf } from './database/blocking.ts';
import { wellInClusters } from './kubernetes/well.ts';
import type { DatabaseReading, Readings, ServiceReading } from './readings.ts';
import { databaseOf, serviceOf } from './resources.ts';
import { healthOf, isProcessDown } from './service/health.ts';
import { configurationChange } from './service/revisions.ts';
import { count, list } from './words.ts';

export function ruledOut(readings: Readings, findings: readonly FindingBody[]): string[] {
  const healthy = readings.services.filter((service) => isHealthy(service) && !findings.some((finding) => finding.severity !== 'info' && serviceOf(finding.resource) === service.name));
  const lines = healthy.length === 0 ? [] : [`${list(healthy.map((service) => service.name))}: every check answers within its budget.`];
  for (const service of readings.services) {
    const workload = service.workload?.value;
    if (workload === undefined || healthy.includes(service) || isProcessDown(service)) continue;
    if (workload.revisions.at(-1)?.healthy === true && configurationChange(workload) === undefined && workload.state === 'running') lines.push(`${service.name}: its process is up${workload.restarts > 0 ? '' : ' without a restart'}, and its configuration has not changed since it was healthy.`);
  }
  for (const database of readings.databases) lines.push(...aboutDatabase(database, findings));
  lines.push(...wellInClusters(readings, findings));
  const resolved = readings.hosts.filter((host) => host.lookup.value.error === undefined && host.ports.every((port) => port.value.open));
  if (resolved.length > 0 && resolved.length === readings.hosts.length && gapsOf(readings, 'network').length === 0) lines.push(`Network: all ${count(resolved.length, 'host')} looked up for the services resolve, and their ports accept connections.`);
  return lines;
}

function isHealthy(service: ServiceReading): boolean {
  const health = healthOf(service);
  return areChecksRead(service) && health.length > 0 && health.every((check) => check.state === 'ok') && !isProcessDown(service);
}

function aboutDatabase(database: DatabaseReading, findings: readonly FindingBody[]): string[] {
  const has = (mechanism: RegExp): boolean => findings.some((finding) => databaseOf(finding.resource) === database.name && mechanism.test(finding.mechanism));
  const good: string[] = [];
  if (isRead(database, 'sessions') && database.sessions !== undefined && blockersOf(database.sessions.value).length === 0) good.push('no session waits for another');
  const use = database.connections?.value;
  if (use !== undefined && isRead(database, 'connections') && !has(/^connections/)) good.push(`${use.used} of ${use.limit} connections are used`);
  // Which scans matter is judged by the tables' sizes and the indexes they have.
  const plansRead = (['plans', 'tables', 'indexes'] as const).every((part) => isRead(database, part)) && (database.plans?.value.length ?? 0) > 0;
  if (plansRead && !has(/^missing-index/)) good.push('none of the busiest statements scans a large table for want of an index');
  if (isRead(database, 'overrides') && !has(/^setting-|^role-|^search-path-/)) good.push('no setting explains errors');
  return good.length === 0 ? [] : [`Database ${database.name}: ${list(good)}.`];
}
