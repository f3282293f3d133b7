/** A specialist's report in plain sentences, at most 300 words, with the ids of the evidence behind each. */
import type { Finding, SpecialistName } from '../../incident/types.ts';
import { isStarved, shortOfCpu } from '../../rules/coverage.ts';
import { median, milliseconds } from '../../rules/words.ts';
import type { NamespaceReading } from '../../rules/cluster-readings.ts';
import type { MachineReading } from '../../rules/machine-readings.ts';
import type { DatabaseReading, Readings, ServiceReading } from '../../rules/readings.ts';

const mostWords = 300;

export function summaryOf(name: SpecialistName, readings: Readings, findings: readonly Finding[], gaps: readonly string[]): string {
  const serious = findings.filter((finding) => finding.severity !== 'info');
  const remarks = findings.filter((finding) => finding.severity === 'info');
  const sentences = [
    ...serious.map((finding) => `${finding.title}${cite(finding.quotes.map((quote) => quote.evidence))}. ${finding.explanation}${finding.supported ? '' : ' (Its quotes could not be found in the evidence, so treat it as unproven.)'}`),
    ...(serious.length === 0 ? [nothingSerious(name, readings, remarks, gaps)] : []),
    ...remarks.map((finding) => `In passing: ${finding.title}${cite(finding.quotes.map((quote) => quote.evidence))}.`),
    ...overview(name, readings),
    ...(gaps.length === 0 ? [] : [`Could not be read: ${gaps.join('; ')}.`]),
  ];
  return cap(sentences);
}

/** Only what was read whole, by a machine with CPU to spare, can be called in order. */
function nothingSerious(name: SpecialistName, readings: Readings, remarks: readonly Finding[], gaps: readonly string[]): string {
  if (gaps.length > 0) return 'What could be read shows no clear trouble, but not everything could be read.';
  if (isStarved(readings) && remarks.length > 0) return `Nothing is certain. ${shortOfCpu(readings)}, so what looks slow may not be.`;
  if (name === 'generic' && (readings.machines ?? []).length === 0) return 'Nothing to look at.';
  return name === 'network' && readings.hosts.length === 0 ? 'Neither configuration nor errors name a host to look up.' : nothing[name];
}

const nothing: Record<SpecialistName, string> = {
  kubernetes: 'Pods, services and nodes of the clusters show nothing out of order.',
  service: 'No service shows anything out of order.',
  database: 'The databases show nothing out of order.',
  network: 'Names resolve and ports accept connections where the services need them.',
  generic: 'The hosts show nothing out of order.',
};

function overview(name: SpecialistName, readings: Readings): string[] {
  if (name === 'service') return readings.services.map(serviceLine);
  if (name === 'database') return readings.databases.map(databaseLine).filter((line) => line !== '');
  if (name === 'kubernetes') return (readings.clusters ?? []).flatMap((cluster) => cluster.namespaces.map(namespaceLine));
  if (name === 'generic') return (readings.machines ?? []).flatMap(machineLine);
  if (name === 'network' && readings.hosts.length > 0) {
    const bad = readings.hosts.filter((host) => host.lookup.value.error !== undefined || host.ports.some((port) => !port.value.open && port.value.error !== undefined));
    const stopped = readings.hosts.some((host) => host.ports.some((port) => !port.value.open && port.value.error === undefined));
    return [`Looked up and connected to ${readings.hosts.length} hosts named by the services' configuration and errors; ${bad.length === 0 ? (stopped ? 'those that were tried answered' : 'all answered') : `${bad.length} did not (${bad.map((host) => host.host).slice(0, 4).join(', ')})`}${cite(readings.hosts.map((host) => host.lookup.evidence.id))}.`];
  }
  return [];
}

function serviceLine(service: ServiceReading): string {
  const checks = service.checks.map(({ value }) => {
    const good = value.samples.filter((sample) => sample.status !== undefined && sample.status < 400);
    const middle = median(good.map((sample) => sample.milliseconds));
    return `${value.check} ${good.length}/${value.samples.length} succeeded${middle === undefined ? '' : `, median ${milliseconds(middle)}`}`;
  });
  const process = service.workload === undefined ? '' : `; process ${service.workload.value.state.replace('_', ' ')}, revision ${service.workload.value.revision}`;
  return `${service.name}: ${checks.join('; ') || 'no check was read'}${process}${cite([...service.checks.map((check) => check.evidence.id), ...(service.workload === undefined ? [] : [service.workload.evidence.id])])}.`;
}

function databaseLine(database: DatabaseReading): string {
  const use = database.connections;
  if (use === undefined || database.sessions === undefined) return '';
  const waiting = database.sessions.value.filter((session) => session.blockedBy.length > 0 && session.elsewhere !== true).length;
  return `${database.name}: ${use.value.used} of ${use.value.limit} connections used, ${waiting === 0 ? 'no session waits' : `${waiting} ${waiting === 1 ? 'waits' : 'wait'}`} for a lock${cite([use.evidence.id, database.sessions.evidence.id])}.`;
}

function namespaceLine({ namespace, workloads, pods, services }: NamespaceReading): string {
  const well = workloads.value.filter((one) => one.available >= one.desired).length;
  const ready = pods.value.filter((pod) => pod.ready).length;
  return `${namespace}: ${well} of ${workloads.value.length} workloads have all their pods available; ${ready} of ${pods.value.filter((pod) => pod.phase !== 'Succeeded').length} pods ready; ${services.value.length} services${cite([workloads.evidence.id, pods.evidence.id, services.evidence.id])}.`;
}

function machineLine({ name, facts }: MachineReading): string[] {
  if (facts === undefined) return [];
  const { filesystems, memory, load, cpus } = facts.value;
  const fullest = filesystems.toSorted((left, right) => right.used - left.used)[0];
  return [`${name}: ${[
    ...(fullest ? [`fullest disk ${fullest.mount} ${fullest.used} %`] : []),
    ...(memory ? [`${Math.round((100 * memory.availableBytes) / Math.max(1, memory.bytes))} % of the memory available`] : []),
    ...(load ? [`load ${load.one}${cpus === undefined ? '' : ` on ${cpus} CPUs`}`] : []),
  ].join(', ')}${cite([facts.evidence.id])}.`];
}

function cite(ids: readonly string[]): string {
  const unique = [...new Set(ids)];
  return unique.length === 0 ? '' : ` [${unique.join(', ')}]`;
}

function cap(sentences: readonly string[]): string {
  const kept: string[] = [];
  let words = 0;
  for (const sentence of sentences) {
    const length = sentence.split(/\s+/).length;
    if (words + length > mostWords - 3) {
      kept.push(kept.length === 0 ? sentence.split(/\s+/).slice(0, mostWords - 3).join(' ') : '...');
      break;
    }
    kept.push(sentence);
    words += length;
  }
  return kept.join('\n');
}
