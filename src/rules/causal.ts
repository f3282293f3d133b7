/** Orders findings from cause to symptom: who blames whom, and which finding explains the most. Pure. */
import type { FindingBody } from '../incident/types.ts';
import { covers, databaseOf, nameInCluster, serviceOf } from './resources.ts';
import type { RuleTargets } from './rule.ts';

export interface CausalOrder<F extends FindingBody> {
  /** What explains the most and is explained by nothing; undefined when nothing is wrong (remarks of severity info alone are nothing wrong). */
  root: F | undefined;
  /** From the root to the symptom that was asked about, or to the one farthest away; root first. */
  chain: F[];
  /** All that the root explains. */
  symptoms: F[];
  /** Other causes, each explained by nothing, the weightiest first. */
  others: F[];
}

/** `focus`: names of the services that the alert or the question is about. */
export function explain<F extends FindingBody>(findings: readonly F[], targets: RuleTargets, focus: readonly string[] = []): CausalOrder<F> {
  const serious = findings.filter((finding) => finding.severity !== 'info');
  const causes = new Map(serious.map((finding) => [finding, causesOf(finding, serious)]));
  const effects = effectsOf(causes);
  const candidates = serious.filter((finding) => (causes.get(finding) ?? []).length === 0);
  // Only in a circle of blame is there no such finding; then any may be the start.
  const ranked = rank(candidates.length > 0 ? candidates : serious, effects, targets, focus);
  const root = ranked[0];
  if (root === undefined) return { root: undefined, chain: [], symptoms: [], others: [] };
  const reached = reach(root, effects);
  const symptoms = [...reached.keys()].filter((finding) => finding !== root);
  return { root, chain: path(symptoms, reached, root, focus), symptoms, others: ranked.slice(1).filter((finding) => !reached.has(finding)) };
}

/** The service that was asked about, or something that it depends on, directly or through others. */
export function isConnected(finding: FindingBody, targets: RuleTargets, focus: readonly string[]): boolean {
  if (focus.length === 0) return true;
  const needed = new Set<string>();
  const databases = new Set<string>();
  const add = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    const target = targets.services.find((service) => service.name === name);
    target?.databases.forEach((database) => databases.add(database));
    target?.dependsOn.forEach(add);
  };
  focus.forEach(add);
  const database = databaseOf(finding.resource);
  if (database !== undefined) return databases.has(database) || focus.includes(database);
  const service = serviceOf(finding.resource) ?? targets.services.find((one) => one.name === nameInCluster(finding.resource))?.name;
  return service === undefined || needed.has(service);
}

/** A finding inside what is blamed; a thing does not explain itself, unless its process explains its checks. */
function causesOf<F extends FindingBody>(finding: F, all: readonly F[]): F[] {
  const { blames } = finding;
  if (blames === undefined) return [];
  return all.filter((other) => other !== finding && other.resource !== finding.resource && covers(other.resource, blames));
}

function effectsOf<F>(causes: ReadonlyMap<F, F[]>): Map<F, F[]> {
  const effects = new Map<F, F[]>();
  for (const [finding, list] of causes) for (const cause of list) effects.set(cause, [...(effects.get(cause) ?? []), finding]);
  return effects;
}

/** Breadth first; each finding with the one it was reached from. */
function reach<F>(start: F, effects: ReadonlyMap<F, F[]>): Map<F, F | undefined> {
  const from = new Map<F, F | undefined>([[start, undefined]]);
  for (const finding of from.keys()) for (const next of effects.get(finding) ?? []) if (!from.has(next)) from.set(next, finding);
  return from;
}

function rank<F extends FindingBody>(candidates: readonly F[], effects: ReadonlyMap<F, F[]>, targets: RuleTargets, focus: readonly string[]): F[] {
  const scored = candidates.map((finding) => {
    const explained = [...reach(finding, effects).keys()];
    const touches = focus.length > 0 && explained.some((one) => focus.includes(serviceOf(one.resource) ?? databaseOf(one.resource) ?? ''));
    const score = [touches ? 1 : 0, isConnected(finding, targets, focus) ? 1 : 0, explained.length, finding.severity === 'critical' ? 1 : 0, immediacy(finding), finding.remedy === undefined ? 0 : 1, finding.confidence];
    return { finding, score };
  });
  return scored.sort((left, right) => compare(right.score, left.score)).map(({ finding }) => finding);
}

/** When two findings in one database explain the same symptoms, the one that stops sessions outright goes before the one that slows them. */
function immediacy(finding: FindingBody): number {
  if (/^blocked-by|^connections|^database-|^setting-|^role-|^password-expired|^privilege-|^search-path-|^sequence-|^schema-mismatch|^disk-full|^synchronous-/.test(finding.mechanism)) return 2;
  return /^(?:invalid-index|vacuum-behind|long-idle-transaction|long-statement|constraint-not-valid|autovacuum-off)$/.test(finding.mechanism) ? 0 : 1;
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) if (value !== right[index]) return value - (right[index] ?? 0);
  return 0;
}

function path<F extends FindingBody>(symptoms: readonly F[], reached: ReadonlyMap<F, F | undefined>, root: F, focus: readonly string[]): F[] {
  const asked = symptoms.find((finding) => focus.includes(serviceOf(finding.resource) ?? ''));
  const chain: F[] = [];
  for (let step: F | undefined = asked ?? symptoms.at(-1) ?? root; step !== undefined; step = reached.get(step)) chain.unshift(step);
  return chain;
}
