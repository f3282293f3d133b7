/** What an unwell service points at: itself, a dependency, a host, or a database. */
import { hostsInValue } from '../hosts.ts';
import type { Readings, ServiceReading } from '../readings.ts';
import { databaseOf, databaseResource, serviceOf, serviceResource, workloadResource } from '../resources.ts';
import type { RuleTargets } from '../rule.ts';
import { median } from '../words.ts';
import { databaseRules, housekeepingRules, rulesOfOneService } from '../database/all.ts';
import { lookupRules } from '../network/lookups.ts';
import { isStarved } from '../coverage.ts';
import { saysNotReached, speaksOfTime } from './error-words.ts';
import { bodies, errorTexts } from './errors.ts';
import { healthOf, isBeyondDoubt, isOnlyLate, isProcessDown, isServiceUnwell, starved } from './health.ts';
import type { CheckHealth } from './health.ts';
import { misconfiguration } from './misconfiguration.ts';
import { mentions } from './process.ts';

interface Cause {
  /** The resource. */
  blames: string;
  because: string;
  /** It rests on words about time alone, read on a machine that was itself too slow. */
  loose?: true;
}

/** The resource to blame, and why; undefined when nothing outside the service explains it. */
export function firmCause(service: ServiceReading, readings: Readings, targets: RuleTargets): Cause | undefined {
  const cause = attribute(service, readings, targets);
  return cause?.loose === true ? undefined : cause;
}

function attribute(service: ServiceReading, readings: Readings, targets: RuleTargets, visited: ReadonlySet<string> = new Set()): Cause | undefined {
  if (isProcessDown(service)) return { blames: workloadResource(service.name), because: 'its process is not up' };
  const one: Readings = { ...readings, services: [service] };
  const host = lookupRules.flatMap((rule) => rule.detect({ ...one, hosts: one.hosts.filter((reading) => reading.usedBy === service.name) }, targets))[0];
  if (host !== undefined) return { blames: host.resource, because: host.title };
  if (misconfiguration.detect({ ...readings, services: [service, ...readings.services.filter((other) => other.name !== service.name)] }, targets).some((finding) => finding.resource === workloadResource(service.name))) {
    return { blames: workloadResource(service.name), because: 'its configuration changed' };
  }
  const texts = [...bodies(service), ...errorTexts(service)];
  const unwell = readings.services.filter((other) => other.name !== service.name && service.dependsOn.includes(other.name) && isServiceUnwell(other) && mayExplain(other, service, readings, targets)).sort((left, right) => badness(right, readings) - badness(left, readings));
  const named = unwell.find((other) => texts.some((text) => namesService(text, other.name, targets)));
  const database = sickDatabase(service, readings, targets);
  const databaseErrors = bodies(service).some((text) => databaseTrouble.test(text));
  // An error that speaks of the database comes from the service's own session with it, unless it only relays a dependency's.
  if (databaseErrors && database !== undefined && named === undefined) return { blames: databaseResource(database), because: `database ${database} is unwell and its errors say so` };
  const dependency = named ?? unwell[0];
  // Both hang on one sick database: then it is the nearer cause.
  if (named === undefined && database !== undefined && dependency?.databases.includes(database) === true) return { blames: databaseResource(database), because: `database ${database} is unwell` };
  if (dependency !== undefined) return { blames: serviceResource(dependency.name), because: `${dependency.name}, which it calls, is unwell` };
  if (database !== undefined) return { blames: databaseResource(database), because: `database ${database} is unwell` };
  const relayed = throughFlaky(service, readings, targets, new Set([...visited, service.name]));
  if (relayed !== undefined) return relayed;
  const only = service.databases[0];
  if (only === undefined || service.databases.length !== 1 || !databaseErrors) return undefined;
  const loose = isStarved(readings) && bodies(service).filter((text) => databaseTrouble.test(text)).every(speaksOfTime);
  return { blames: databaseResource(only), because: 'its errors speak of the database', ...(loose ? { loose } : {}) };
}

/** A dependency that fails some requests is not unwell itself, but what makes it fail makes its callers fail. */
function throughFlaky(service: ServiceReading, readings: Readings, targets: RuleTargets, visited: ReadonlySet<string>): Cause | undefined {
  for (const other of readings.services) {
    if (visited.has(other.name) || !service.dependsOn.includes(other.name) || !healthOf(other).some((health) => health.state === 'flaky')) continue;
    const cause = attribute(other, readings, targets, visited);
    if (cause !== undefined) return { ...cause, because: `${other.name}, which it calls, fails some requests, and ${cause.because}` };
  }
  return undefined;
}

/**
 * Whether an unwell service is so beyond doubt: on a machine short of CPU everything is slow, which is no finding.
 * A slow service counts when something other than slowness is found behind it.
 */
export function isCertain(service: ServiceReading, readings: Readings, targets: RuleTargets, visited: ReadonlySet<string> = new Set()): boolean {
  const slowdown = readings.observerSlowdown ?? 1;
  if (slowdown < starved || isProcessDown(service)) return true;
  const cause = firmCause(service, readings, targets);
  if (cause !== undefined && serviceOf(cause.blames) !== service.name) {
    const dependency = cause.blames.startsWith('service/') ? readings.services.find((other) => serviceResource(other.name) === cause.blames) : undefined;
    if (dependency === undefined || isReallyUnwell(service, readings)) return true;
    return !visited.has(dependency.name) && isCertain(dependency, readings, targets, new Set([...visited, service.name]));
  }
  return cause !== undefined || isReallyUnwell(service, readings) || standsOut(service, readings);
}

/** By what it shows itself: beyond what a machine short of CPU explains. */
export function isReallyUnwell(service: ServiceReading, readings: Readings): boolean {
  const slowdown = readings.observerSlowdown ?? 1;
  return isProcessDown(service) || healthOf(service).some((health) => isBeyondDoubt(health, service.latencyBudgetMilliseconds, slowdown));
}

/**
 * Whether an unwell dependency may be why a service is: not where the service is told something else than that it is slow.
 * Who is answered 4xx by it was told so by something that works.
 */
function mayExplain(dependency: ServiceReading, service: ServiceReading, readings: Readings, targets: RuleTargets): boolean {
  const failing = healthOf(service).filter(({ state }) => state === 'failing');
  const fails = isProcessDown(dependency) || healthOf(dependency).some(({ state }) => state === 'failing');
  const texts = bodies(service);
  const refused = texts.some((text) => namesService(text, dependency.name, targets) && /\banswered 4\d\d\b|\bstatus(?: code)?:? 4\d\d\b/i.test(text));
  if (refused) return healthOf(dependency).some((health) => health.state === 'failing' && !isOnlyLate(health));
  if (failing.length === 0 || fails) return true;
  // Not reached at all, though it answers us: the way there is the trouble, or the name.
  if (texts.some((text) => namesService(text, dependency.name, targets) && saysNotReached(text))) return false;
  // An error of another kind, about nobody: slowness elsewhere is no answer to it.
  if (failing.some((health) => !isOnlyLate(health)) && !texts.some((text) => namesService(text, dependency.name, targets))) return false;
  return !isStarved(readings) || isReallyUnwell(dependency, readings) || texts.some((text) => namesService(text, dependency.name, targets));
}

/** Far slower, in budgets, than services measured at the same time that do not need it: those share the machine's trouble, not this. */
function standsOut(service: ServiceReading, readings: Readings): boolean {
  const peers = readings.services.filter((other) => other.name !== service.name && other.checks.length > 0 && !needs(other, service.name, readings));
  const usual = median(peers.map((peer) => Math.max(0.8, badness(peer, readings))));
  return usual !== undefined && badness(service, readings) > usual * 2.5;
}

function needs(service: ServiceReading, name: string, readings: Readings, visited: ReadonlySet<string> = new Set()): boolean {
  if (visited.has(service.name)) return false;
  const further = new Set([...visited, service.name]);
  return service.dependsOn.includes(name) || readings.services.some((other) => service.dependsOn.includes(other.name) && needs(other, name, readings, further));
}

const databaseTrouble = /\b(?:53[0-4]00|28P01|42501|42P01|42703|23505|57014|57P0\d|55P03|25P03|25006|40P01|0800[136])\b|too many (?:clients|connections)|connection slots|canceling statement|lock timeout|statement timeout|terminating connection|connection terminated|pool (?:is )?(?:exhausted|timed? ?out)|timeout exceeded when trying to connect|deadlock|permission denied for (?:table|relation|view|sequence|schema)|relation \S{1,140} does not exist|column \S{1,140} (?:of relation \S{1,140} )?does not exist|password authentication failed|violates \w+(?: key)? constraint/i;

/** Failing is worse than any slowness; slowness is measured in budgets. Failures that are only late are slowness where everything is slow. */
function badness(service: ServiceReading, readings: Readings): number {
  if (isProcessDown(service)) return Number.MAX_VALUE;
  const inBudgets = (milliseconds: number): number => milliseconds / Math.max(1, service.latencyBudgetMilliseconds);
  return Math.max(0, ...healthOf(service).map((health) => {
    if (health.state !== 'failing') return inBudgets(health.medianMilliseconds ?? 0);
    return isStarved(readings) && isOnlyLate(health) ? inBudgets(middleOfAll(health)) : 1_000_000;
  }));
}

function middleOfAll({ check: { value } }: CheckHealth): number {
  return median([...value.samples, ...(value.earlier?.samples ?? [])].map(({ milliseconds }) => milliseconds)) ?? 0;
}

function sickDatabase(service: ServiceReading, readings: Readings, targets: RuleTargets): string | undefined {
  const acute = databaseRules.filter((rule) => !housekeepingRules.includes(rule) && !rulesOfOneService.includes(rule)).flatMap((rule) => rule.detect(readings, targets));
  const own = rulesOfOneService.flatMap((rule) => rule.detect({ ...readings, services: [service] }, targets));
  // An index that is missing is a remark only until somebody suffers from it.
  const sick = new Set([...acute, ...own].filter((finding) => finding.severity !== 'info' || finding.mechanism === 'missing-index').map((finding) => databaseOf(finding.resource)));
  return service.databases.find((name) => sick.has(name));
}

function namesService(text: string, name: string, targets: RuleTargets): boolean {
  if (mentions(text, name)) return true;
  const url = targets.services.find((target) => target.name === name)?.url;
  return url !== undefined && hostsInValue(url).some((place) => place.port !== undefined && text.includes(`${place.host}:${place.port}`));
}
