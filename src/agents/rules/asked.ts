/** What an alert names was seen by somebody. Where nothing that we see explains it, remarks on just that are what there is to say. */
import type { Targets } from '../../config/targets.ts';
import type { Finding } from '../../incident/types.ts';
import { changedOnPath, onlyChange } from '../../rules/kubernetes/changed-on-path.ts';
import { driftRule } from '../../rules/kubernetes/configuration-drift.ts';
import { guestsOf, keptOut } from '../../rules/kubernetes/kept-out.ts';
import type { Guest } from '../../rules/kubernetes/kept-out.ts';
import { resourceOf, scopesOf, workloadResourceOf } from '../../rules/kubernetes/scope.ts';
import type { Scope } from '../../rules/kubernetes/scope.ts';
import { scaledToZero } from '../../rules/kubernetes/stopped.ts';
import type { Workload } from '../../rules/cluster-readings.ts';
import type { Readings } from '../../rules/readings.ts';
import { nameInCluster, serviceResource } from '../../rules/resources.ts';
import { healthOf } from '../../rules/service/health.ts';
import type { Investigation } from '../agents.ts';
import { namesIn } from './focus.ts';

interface Asked {
  alerts: Investigation['alerts'];
  readings: Readings;
  targets: Targets;
  /** Services that it is about. */
  focus: readonly string[];
}

/** Rules that say what somebody meant to be so. */
const meant = new Set([scaledToZero.id, keptOut.id]);

/** All that they say, as they say it. */
export function textOf(alerts: Investigation['alerts']): string {
  return alerts.map(({ title, description, service }) => `${title}\n${description}\n${service ?? ''}`).join('\n');
}

/** The same findings in the same order; some remarks count, and what was asked about is explained by them. */
export function countAsked(findings: readonly Finding[], { alerts, readings, targets, focus }: Asked): Finding[] {
  const text = textOf(alerts);
  const scopes = scopesOf(readings, targets);
  const guests = guestsOf(scopes);
  const causes = new Set(findings.filter((one) => meant.has(one.source) && one.severity === 'info' && isNamed(one, text, guests)).map(({ resource }) => resource));
  const explained = new Map<string, string>();
  if (causes.size === 0) for (const scope of scopes) changes(scope);
  if (causes.size === 0) return [...findings];
  return findings.map((one) => {
    const blames = explained.get(one.resource);
    if (blames !== undefined) return { ...one, severity: 'warning', blames, explanation: `${one.explanation} The alert is about it as well.` };
    if (one.severity !== 'info' || !causes.has(one.resource)) return one;
    return meant.has(one.source) ? { ...one, severity: 'warning' } : one.source !== driftRule ? one : { ...one, severity: 'warning', confidence: 0.6, explanation: `${one.explanation} What the alert is about is explained by nothing else, and this is the one thing that was changed there lately.` };
  });

  function changes(scope: Scope): void {
    const services = readings.services.filter(({ name }) => focus.includes(name));
    for (const service of services.filter((one) => !isWell(one))) {
      const changed = changedOnPath(scope, service);
      if (changed === undefined || !findings.some((one) => one.resource === changed && one.source === driftRule)) continue;
      causes.add(changed);
      explained.set(serviceResource(service.name), changed);
    }
    // Of what is not asked from here nobody but the alert says that it is unwell.
    const named = scope.namespace.workloads.value.filter((one) => isAbout(text, one) && !readings.services.some(({ name }) => name === one.name));
    const changed = onlyChange(scope, named);
    if (changed !== undefined && services.every((one) => !isWell(one) || one.checks.length === 0)) causes.add(changed);
    for (const one of named) if (changed !== undefined && changed !== workloadResourceOf(scope, one)) explained.set(workloadResourceOf(scope, one), changed);
  }
}

function isNamed({ resource, source }: Finding, text: string, guests: readonly Guest[]): boolean {
  const names = source === keptOut.id ? guests.filter(({ scope, policy }) => resourceOf(scope, 'networkpolicy', policy.name) === resource).map(({ caller }) => caller.name) : [nameInCluster(resource) ?? ''];
  return namesIn(text, names.filter((name) => name !== '')).length > 0;
}

const isWell = (service: Readings['services'][number]): boolean => healthOf(service).every(({ state }) => state === 'ok');

/** By its name, or by what its name comes from: notifications are late, and there is a notifier. */
function isAbout(text: string, { name }: Workload): boolean {
  if (namesIn(text, [name]).length > 0) return true;
  const words = new Set(text.toLowerCase().split(/[^a-z]+/).filter((word) => word.length >= stem));
  return name.split('-').some((part) => part.length > stem && [...words].some((word) => word.slice(0, stem) === part.slice(0, stem)));
}

const stem = 6;
