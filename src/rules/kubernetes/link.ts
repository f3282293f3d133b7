/** Ties what fails outside of a cluster to what was found inside of it: services to their workloads, databases to the pods they run in. */
import type { FindingBody } from '../../incident/types.ts';
import type { Readings } from '../readings.ts';
import { errorTexts } from '../service/errors.ts';
import { mentions } from '../service/process.ts';
import { databaseOf, databaseResource, kubernetesService, serviceOf, serviceResource } from '../resources.ts';
import type { RuleTargets } from '../rule.ts';
import { changedOnPath } from './changed-on-path.ts';
import { calledBy, configurationSuspects } from './configuration-suspects.ts';
import { driftRule, resourceKind } from './configuration-drift.ts';
import { driftFor } from './drift.ts';
import { selects } from './labels.ts';
import { sourceFinding, sourcesOf } from './sources.ts';
import { callersOf, servicesOfTemplate, workloadsBehind } from './dependencies.ts';
import { blockedCalls } from './network-policies.ts';
import { resourceOf, scopesOf, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { troublesOf } from './troubles.ts';

/** Findings with the same order; only `blames`, `explanation` and `remedy` of symptoms differ. */
export function linkClusters<F extends { rule: string; specialist: string; finding: FindingBody }>(detected: readonly F[], readings: Readings, targets: RuleTargets): F[] {
  const scopes = scopesOf(readings, targets);
  if (scopes.length === 0) return [...detected];
  const found = withOwners(withSources(foldDrift(detected), scopes), scopes);
  const inside = found.filter((one) => one.specialist === 'kubernetes').map((one) => one.finding);
  if (inside.length === 0) return [...found];
  return found.map((one) => {
    const cause = one.specialist === 'kubernetes' ? undefined : causeOf(one.finding, inside, scopes, readings);
    if (cause === undefined) return one;
    const { remedy: _remedy, ...finding } = one.finding;
    return { ...one, finding: { ...finding, blames: cause.resource, explanation: `Explained by this: ${cause.title}.` } };
  });
}

/** Nearest first: its own workload, its Service, then what it calls. */
function causeOf(finding: FindingBody, inside: readonly FindingBody[], scopes: readonly Scope[], readings: Readings): FindingBody | undefined {
  const service = serviceOf(finding.resource);
  if (service !== undefined && finding.severity !== 'info') {
    const own = firstOf(inside.filter((one) => !isDrift(one)), scopes.flatMap((scope) => resourcesOf(scope, service)));
    if (own !== undefined) return own;
    const changed = finding.blames === undefined ? changedOf(inside, scopes, service, readings) : undefined;
    if (changed !== undefined) return changed;
    // What another look found already stands, unless it only points at another service.
    if (finding.blames !== undefined && !finding.blames.startsWith('service/')) return undefined;
    const blamed = finding.blames === undefined ? undefined : readings.services.find((one) => serviceResource(one.name) === finding.blames);
    return blamed !== undefined ? undefined : firstOf(inside, scopes.flatMap((scope) => upstreamsOf(scope, service)));
  }
  const database = databaseOf(finding.resource);
  if (database === undefined || finding.resource !== databaseResource(database) || !/unreachable|refus|down|gone/.test(finding.mechanism)) return undefined;
  return firstOf(inside.filter((one) => one.severity === 'critical'), scopes.flatMap((scope) => resourcesOf(scope, database)));
}

/** What somebody changed by hand: on its own way first, then on the way to what its errors name, the newest write of the nearest; then the one thing on the way of its requests. */
function changedOf(inside: readonly FindingBody[], scopes: readonly Scope[], service: string, readings: Readings): FindingBody | undefined {
  const drifts = inside.filter(isDrift);
  if (drifts.length === 0) return undefined;
  const texts = readings.services.filter((one) => one.name === service).flatMap(errorTexts);
  for (const scope of scopes) {
    const named = scope.namespace.services.value.filter((one) => one.name !== service && texts.some((text) => mentions(text, one.name))).map((one) => one.name);
    for (const name of [service, ...named]) {
      const found = firstOf(drifts, [...resourcesOf(scope, name), ...changedPolicies(scope, name)]);
      if (found !== undefined) return found;
    }
  }
  const reading = readings.services.find((one) => one.name === service);
  return reading === undefined ? undefined : firstOf(drifts, scopes.flatMap((scope) => changedOnPath(scope, reading) ?? []));
}

/** Policies that select its pods. */
function changedPolicies(scope: Scope, name: string): string[] {
  const service = scope.namespace.services.value.find((one) => one.name === name);
  const workloads = service === undefined ? scope.namespace.workloads.value.filter((one) => one.name === name) : workloadsBehind(service, scope);
  return scope.namespace.policies.value.filter((policy) => driftFor(scope, 'networkpolicy', policy.name) !== undefined && workloads.some((one) => selects(policy.pods, one.template.labels))).map((policy) => resourceOf(scope, 'networkpolicy', policy.name));
}

const drifted = new WeakSet<FindingBody>();
const isDrift = (finding: FindingBody): boolean => drifted.has(finding);

/** A rule that found the same object wrong says more than that it was changed; what it was is what that rule may have lacked. */
function foldDrift<F extends { rule: string; finding: FindingBody }>(found: readonly F[]): F[] {
  const drifts = new Map(found.filter((one) => one.rule === driftRule).map((one) => [one.finding.resource, one.finding]));
  const others = found.filter((one) => one.rule !== driftRule && one.finding.severity !== 'info' && drifts.has(one.finding.resource));
  const told = new Set(others.map((one) => one.finding.resource));
  for (const drift of drifts.values()) drifted.add(drift);
  return found.filter((one) => one.rule !== driftRule || !told.has(one.finding.resource)).map((one) => {
    const drift = drifts.get(one.finding.resource);
    const { finding } = one;
    // What was noted goes before what is only near. What ails a workload, its own rules hold against each changed field.
    if (drift?.remedy === undefined || !others.includes(one) || finding.blames !== undefined || (finding.remedy !== undefined && !/^(?:kube-service|networkpolicy|ingress)\//.test(finding.resource)) || /^(?:deployment|statefulset|daemonset)\//.test(finding.resource)) return one;
    return { ...one, finding: { ...finding, explanation: `${finding.explanation} ${drift.explanation}`, quotes: [...finding.quotes, ...drift.quotes], remedy: drift.remedy } };
  });
}

/** What an operator makes of a custom resource it makes again: that resource is what to change, where it was changed. */
function withOwners<F extends { specialist: string; finding: FindingBody }>(found: readonly F[], scopes: readonly Scope[]): F[] {
  const owners = new Map(scopes.flatMap((scope) => scope.namespace.workloads.value.flatMap((one) => (one.owner === undefined || driftFor(scope, one.owner.kind, one.owner.name) === undefined ? [] : [[workloadResourceOf(scope, one), resourceOf(scope, resourceKind(one.owner.kind), one.owner.name)] as const]))));
  return owners.size === 0 ? [...found] : found.map((one) => {
    const owner = one.specialist === 'kubernetes' && one.finding.severity !== 'info' ? owners.get(one.finding.resource) : undefined;
    if (owner === undefined) return one;
    const { remedy: _remedy, ...finding } = one.finding;
    return { ...one, finding: { ...finding, blames: owner } };
  });
}

/** What a program keeps is not repaired where it writes but where it reads. */
function withSources<F extends { rule: string; specialist: string; finding: FindingBody }>(found: readonly F[], scopes: readonly Scope[]): F[] {
  const sources = sourcesOf(scopes);
  const kept = new Map(sources.map((one) => [one.resource, one]));
  if (kept.size === 0) return [...found];
  const of = found.map((one) => {
    const source = one.specialist === 'kubernetes' ? kept.get(one.finding.resource) : undefined;
    if (source === undefined) return one;
    const { remedy: _remedy, ...finding } = one.finding;
    return { ...one, finding: { ...finding, blames: resourceOf(source.scope, 'configmap', source.map.name), explanation: `${finding.explanation} ${source.manager} writes it from ConfigMap ${source.map.name} and would write it again.` } };
  });
  const pattern = of.find((one) => kept.has(one.finding.resource));
  return pattern === undefined ? of : [...of, ...sources.flatMap((one) => sourceFinding(one) ?? []).map((finding) => ({ ...pattern, finding }))];
}

function firstOf(inside: readonly FindingBody[], resources: readonly string[]): FindingBody | undefined {
  for (const resource of resources) {
    const found = inside.find((one) => one.resource === resource && one.severity !== 'info') ?? inside.find((one) => one.resource === resource);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Everything that stands for one configured name, the workload first. */
function resourcesOf(scope: Scope, name: string): string[] {
  const service = scope.namespace.services.value.find((one) => one.name === name);
  const workloads = service === undefined ? scope.namespace.workloads.value.filter((one) => one.name === name) : workloadsBehind(service, scope);
  const maps = workloads.flatMap((one) => one.template.containers.flatMap((container) => [...container.environmentFrom, ...container.environment.flatMap(({ from }) => (from === undefined ? [] : [from]))])).filter((one) => one.kind === 'configmap');
  return [
    ...workloads.map((one) => workloadResourceOf(scope, one)), resourceOf(scope, kubernetesService, name),
    ...workloads.flatMap((one) => (one.release === undefined ? [] : [resourceOf(scope, 'release', one.release)])),
    ...configurationSuspects(scope).filter((one) => one.service.name === name).map(({ map }) => resourceOf(scope, 'configmap', map.name)),
    ...maps.map((one) => resourceOf(scope, 'configmap', one.name)),
    ...workloads.flatMap((one) => one.template.containers.flatMap((container) => [...container.environment.flatMap(({ from }) => from ?? []), ...container.environmentFrom])).filter((one) => one.kind === 'secret').map((one) => resourceOf(scope, 'secret', one.name)),
    ...blockedCalls(scope).filter((call) => workloads.includes(call.caller)).map((call) => resourceOf(scope, 'networkpolicy', call.policy.name)),
    ...scope.namespace.ingresses.value.filter((one) => one.service === name).map((one) => resourceOf(scope, 'ingress', one.ingress)),
  ];
}

/** Of what it calls, only what serves nobody. */
function upstreamsOf(scope: Scope, name: string): string[] {
  const own = scope.namespace.services.value.find((one) => one.name === name);
  const declared = scope.targets.services.find((one) => one.name === name)?.dependsOn ?? [];
  const reached = new Set(own === undefined ? [] : workloadsBehind(own, scope));
  // One after the other: the nearest that serves nobody comes first.
  for (const workload of reached) calledBy(scope, workload).forEach((one) => reached.add(one));
  const workloads = [...reached];
  const called = scope.namespace.services.value.filter((service) => declared.includes(service.name) || callersOf(service, scope).some((one) => workloads.includes(one.workload)));
  const down = called.filter((service) => (service.endpoints?.ready ?? 0) === 0);
  return down.flatMap((service) => [
    ...scope.namespace.workloads.value.filter((one) => servicesOfTemplate(one.template, scope).includes(service) && (one.desired === 0 || troublesOf(scope).some((trouble) => trouble.workload === one) || one.available === 0)).map((one) => workloadResourceOf(scope, one)),
    resourceOf(scope, kubernetesService, service.name),
  ]);
}
