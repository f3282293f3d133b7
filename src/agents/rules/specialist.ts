/** A specialist that works by rules alone: its report is written from the findings and readings of its area. */
import { StoppedError } from '../../incident/stopped-error.ts';
import type { Finding, Report, SpecialistName } from '../../incident/types.ts';
import type { ReadingFocus } from '../../tools/readings/reader.ts';
import type { collectReadings } from '../../tools/readings/collect.ts';
import { detectAll } from '../../rules/detect-all.ts';
import { gapsOf } from '../../rules/coverage.ts';
import type { ClusterReading } from '../../rules/cluster-readings.ts';
import type { Readings } from '../../rules/readings.ts';
import type { Investigation, Specialist } from '../agents.ts';
import { summaryOf } from './summary.ts';

/** What was seen, and what the rules found in it. */
export interface Look {
  readings: Readings;
  findings: Finding[];
}

/** What the specialist sees: by default the rules' first look. `focus` makes it read again, only there. */
export function createRulesSpecialist(name: SpecialistName, collect: typeof collectReadings, focus?: ReadingFocus): Specialist {
  return {
    name,
    investigate: async (_brief, investigation) => {
      const begun = Date.now();
      try {
        await investigation.checkpoint();
        const look = focus === undefined ? firstLook(name, investigation) : await lookAgain(name, investigation, collect, focus);
        // The first look was taken before anybody was asked.
        const seconds = focus === undefined ? investigation.rules.seconds : (Date.now() - begun) / 1000;
        return reportOf(name, look, seconds);
      } catch (error) {
        if (investigation.signal.aborted || error instanceof StoppedError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        return { specialist: name, summary: `Nothing could be read: ${reason}`, findings: [], gaps: [reason], evidence: [], outcome: 'failed', seconds: (Date.now() - begun) / 1000 };
      }
    },
  };
}

function firstLook(name: SpecialistName, { rules }: Investigation): Look {
  return { readings: rules.readings, findings: rules.findings.filter((finding) => finding.specialist === name) };
}

async function lookAgain(name: SpecialistName, investigation: Investigation, collect: typeof collectReadings, focus: ReadingFocus): Promise<Look> {
  const { targets, record, signal, rules } = investigation;
  const read = await collect({ targets, record, signal, focus });
  const merged: Readings = {
    services: replace(rules.readings.services, read.services, (one) => one.name),
    databases: replace(rules.readings.databases, read.databases, (one) => one.name),
    hosts: replace(rules.readings.hosts, read.hosts, (one) => `${one.usedBy} ${one.host}`),
    ...(rules.readings.clusters === undefined ? {} : { clusters: rules.readings.clusters }),
    ...(rules.readings.machines === undefined ? {} : { machines: rules.readings.machines }),
    observerSlowdown: Math.max(rules.readings.observerSlowdown ?? 1, read.observerSlowdown ?? 1),
  };
  const known = new Set(rules.findings.map((finding) => `${finding.source} ${finding.mechanism} ${finding.resource}`));
  const findings: Finding[] = [];
  for (const { rule, specialist, finding } of detectAll(merged, targets)) {
    if (specialist === name && !known.has(`${rule} ${finding.mechanism} ${finding.resource}`)) findings.push(await investigation.admit(specialist, rule, finding));
  }
  return { readings: merged, findings };
}

function replace<T>(before: readonly T[], after: readonly T[], keyOf: (one: T) => string): T[] {
  const fresh = new Map(after.map((one) => [keyOf(one), one]));
  return [...before.filter((one) => !fresh.has(keyOf(one))), ...after];
}

export function reportOf(name: SpecialistName, { readings, findings }: Look, seconds: number): Report {
  const seen = evidenceOf(name, readings);
  const gaps = gapsOf(readings, name);
  const cited = findings.flatMap((finding) => finding.quotes.map((quote) => quote.evidence));
  return {
    specialist: name,
    summary: summaryOf(name, readings, findings, gaps),
    findings,
    gaps,
    evidence: [...new Set([...seen, ...cited])].sort((left, right) => Number(left.slice(1)) - Number(right.slice(1))),
    outcome: gaps.length === 0 ? 'complete' : seen.length === 0 && !findings.some((finding) => finding.severity !== 'info') ? 'failed' : 'partial',
    seconds,
  };
}

function evidenceOf(name: SpecialistName, { databases, services, hosts, clusters = [], machines = [] }: Readings): string[] {
  if (name === 'database') return ids(databases.flatMap((one) => [one.sessions, one.connections, one.tables, one.indexes, one.plans, one.overrides]).map((part) => part?.evidence));
  if (name === 'service') return ids(services.flatMap((one) => [...one.checks.map((check) => check.evidence), one.workload?.evidence]));
  if (name === 'network') return ids(hosts.flatMap((one) => [one.lookup.evidence, ...one.ports.map((port) => port.evidence)]));
  if (name === 'kubernetes') return ids(clusters.flatMap(clusterEvidence));
  if (name === 'generic') return ids(machines.flatMap((one) => [one.facts, one.sockets, one.certificates]).map((part) => part?.evidence));
  return [];
}

function clusterEvidence({ namespaces, nodes, dns }: ClusterReading): ({ id: string } | undefined)[] {
  const parts = namespaces.flatMap((one) => [one.workloads, one.pods, one.services, one.claims, one.configMaps, one.events, one.customResources, one.releases, ...one.logs]);
  return [...parts, nodes, dns?.pods, ...(dns?.logs ?? [])].map((part) => part?.evidence);
}

function ids(evidence: readonly ({ id: string } | undefined)[]): string[] {
  return [...new Set(evidence.flatMap((one) => (one === undefined ? [] : [one.id])))];
}
