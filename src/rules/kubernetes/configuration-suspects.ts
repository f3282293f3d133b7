/** What of an unwell service's configuration is not as it was, and whether what goes wrong speaks of it. */
import type { Evidence } from '../../incident/types.ts';
import type { ConfigMap, NamespaceReading, Workload } from '../cluster-readings.ts';
import type { ServiceReading } from '../readings.ts';
import { bodies, looksLikeError } from '../service/errors.ts';
import { isCertain, isReallyUnwell } from '../service/attribution.ts';
import { failed, healthOf, isServiceUnwell } from '../service/health.ts';
import { mentions } from '../service/process.ts';
import { mapsOf } from './configuration-cause.ts';
import { callersOf, servicesOfTemplate, settingsOf, workloadsBehind } from './dependencies.ts';
import { changedKeys } from './former-values.ts';
import type { ChangedKey } from './former-values.ts';
import { innerChanges } from './inner-changes.ts';
import { logsOf, podsOf } from './pods.ts';
import { secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';
import { meaningOf } from './setting-meaning.ts';
import type { Meaning } from './setting-meaning.ts';
import { troublesOf } from './troubles.ts';
import { upstreamTrouble } from './upstream-trouble.ts';

/** One setting: a key of a ConfigMap, or what differs inside of the file that it holds. */
export interface ChangedSetting {
  changed: ChangedKey;
  /** Key, or the path inside. */
  name: string;
  before: string | undefined;
  after: string | undefined;
  inner: boolean;
  meaning?: Meaning;
}

export interface Suspect {
  service: ServiceReading;
  workload: Workload;
  map: ConfigMap;
  /** The one that explains it best, first. */
  settings: ChangedSetting[];
  /** spoken: an error has its name or value. meant: errors speak as they do when such a setting is wrong. silent: nothing but the change. */
  how: 'spoken' | 'meant' | 'silent';
  said?: Said;
  /** Calls between the service and the workload. */
  distance: number;
}

export interface Said {
  text: string;
  evidence: Evidence;
}

const farthest = 3;
/** What was changed long before and worked since is not what is new. */
const recentSeconds = 6 * 3600;

/** For each unwell service the likeliest; none where its pods' own failure or a revision explains more. */
export function configurationSuspects(scope: Scope): Suspect[] {
  const known = found.get(scope.namespace);
  if (known !== undefined) return known;
  const suspects = scope.readings.services.filter(isServiceUnwell).flatMap((service) => likeliest(scope, service));
  found.set(scope.namespace, suspects);
  return suspects;
}

const found = new WeakMap<NamespaceReading, Suspect[]>();
const weight = { spoken: 2, meant: 1, silent: 0 };

function likeliest(scope: Scope, service: ServiceReading): Suspect[] {
  const all = reachable(scope, service).flatMap(({ workload, distance }) => {
    const texts = textsOf(scope, service, workload, distance);
    return mapsOf(workload.template, scope).flatMap((map) => suspectIn(scope, { service, workload, map, distance }, texts));
  });
  const ranked = all.sort((left, right) => weight[right.how] - weight[left.how] || left.distance - right.distance || (atOf(left) < atOf(right) ? 1 : -1));
  const [best] = ranked;
  if (best === undefined) return [];
  const second = ranked.find((one) => one.map !== best.map);
  // Two silent changes leave open which it was, and what is troubled itself has more to say.
  if (best.how !== 'spoken' && !isBadlyOff(scope, service)) return [];
  if (best.how === 'silent' && (second !== undefined || isExplainedOtherwise(scope, service, best))) return [];
  return [best];
}

/** On a machine short of CPU slowness alone says nothing. */
function isBadlyOff({ readings, targets }: Scope, service: ServiceReading): boolean {
  return healthOf(service).some(({ state }) => state === 'failing') || isCertain(service, readings, targets);
}

const atOf = ({ settings }: Suspect): string => settings[0]?.changed.at ?? '';

/** The workloads behind a service, then what those call, nearest first. */
export function reachable(scope: Scope, service: ServiceReading): { workload: Workload; distance: number }[] {
  const own = scope.namespace.services.value.filter((one) => one.name === service.name).flatMap((one) => workloadsBehind(one, scope));
  const distances = new Map(own.map((workload) => [workload, 0]));
  for (const [workload, distance] of distances) {
    if (distance >= farthest) continue;
    for (const called of calledBy(scope, workload)) if (!distances.has(called)) distances.set(called, distance + 1);
  }
  return [...distances].map(([workload, distance]) => ({ workload, distance }));
}

export function calledBy(scope: Scope, workload: Workload): Workload[] {
  const names = servicesOfTemplate(workload.template, scope).map((one) => one.name);
  const declared = new Set(scope.targets.services.filter((one) => names.includes(one.name)).flatMap((one) => one.dependsOn));
  return scope.namespace.services.value.filter((one) => declared.has(one.name) || callersOf(one, scope).some((caller) => caller.workload === workload)).flatMap((one) => workloadsBehind(one, scope)).filter((one) => one !== workload);
}

/** Errors of the workload's own pods and of the service's checks; of one that is farther away only those that name it. */
function textsOf(scope: Scope, service: ServiceReading, workload: Workload, distance: number): Said[] {
  const logs = logsOf(scope.namespace, podsOf(workload, scope.namespace)).flatMap(({ value, evidence }) => value.lines.filter(looksLikeError).map((text) => ({ text: text.trim(), evidence })));
  const bodies = service.checks.flatMap(({ value, evidence }) => [...value.samples.map((sample) => ({ sample, evidence })), ...(value.earlier?.samples ?? []).map((sample) => ({ sample, evidence: value.earlier?.evidence ?? evidence }))])
    .filter(({ sample }) => failed(sample)).map(({ sample, evidence }) => ({ text: `${sample.status === undefined ? (sample.error ?? '') : `HTTP ${sample.status}`} ${sample.body ?? ''}`.trim(), evidence }));
  if (distance === 0) return [...logs, ...bodies];
  const names = [workload.name, ...servicesOfTemplate(workload.template, scope).map((one) => one.name)];
  const others = scope.namespace.logs.flatMap(({ value, evidence }) => value.lines.filter(looksLikeError).map((text) => ({ text: text.trim(), evidence })));
  return [...logs, ...[...bodies, ...others].filter(({ text }) => names.some((name) => mentions(text, name)))];
}

function suspectIn(scope: Scope, where: Pick<Suspect, 'service' | 'workload' | 'map' | 'distance'>, texts: readonly Said[]): Suspect[] {
  const { map, workload } = where;
  const settings = changedKeys(map).flatMap((changed) => settingsIn(changed, map));
  const variables = settingsOf(workload.template, scope);
  const judged = settings.map((setting) => {
    const names = setting.inner ? [] : variables.filter((one) => one.map?.name === map.name && one.map.key === setting.name).map((one) => one.variable);
    const spoken = texts.findLast(({ text }) => speaksOf(text, setting, names));
    const meant = spoken ?? texts.findLast(({ text }) => setting.meaning?.speaks?.test(text) === true);
    return { setting, how: spoken !== undefined ? 'spoken' as const : meant !== undefined ? 'meant' as const : 'silent' as const, said: meant };
  }).filter(({ setting, how }) => how === 'spoken' || (isNoted(setting) && secondsAgo(scope, setting.changed.at) < recentSeconds && (how === 'meant' || where.distance === 0 || setting.meaning !== undefined)));
  const ranked = judged.sort((left, right) => weight[right.how] - weight[left.how]);
  const best = ranked[0];
  if (best === undefined) return [];
  // What was written together goes back together, but for what is known to be no worse.
  const together = ranked.filter((one) => one === best || (isNoted(one.setting) && one.setting.changed.at === best.setting.changed.at));
  return [{ ...where, settings: together.map((one) => one.setting), how: best.how, ...(best.said === undefined ? {} : { said: best.said }) }];
}

const isNoted = ({ changed }: ChangedSetting): boolean => changed.former !== undefined;

function settingsIn(changed: ChangedKey, { name }: ConfigMap): ChangedSetting[] {
  const before = changed.former ?? undefined;
  const place = [name, changed.key];
  const inner = changed.former === undefined ? [] : innerChanges(before, changed.now);
  const make = (setting: Pick<ChangedSetting, 'name' | 'before' | 'after' | 'inner'>): ChangedSetting => {
    const meaning = meaningOf(setting, setting.inner ? place : [name]);
    return { changed, ...setting, ...(meaning === undefined ? {} : { meaning }) };
  };
  return inner.length > 0 ? inner.map((one) => make({ name: one.path, before: one.before, after: one.after, inner: true })) : [make({ name: changed.key, before, after: changed.now, inner: false })];
}

/** The name, or a value that is no everyday word. */
function speaksOf(text: string, { name, after, before, inner }: ChangedSetting, variables: readonly string[]): boolean {
  if ([...(inner ? [] : [name]), ...variables].some((one) => one.length > 3 && mentions(text, one))) return true;
  const leaf = name.split('.').filter((part) => !/^\d+$/.test(part)).at(-1) ?? '';
  if (inner && leaf.length >= 5 && squeezed(text).includes(squeezed(leaf)) && !ordinary.has(leaf.toLowerCase())) return true;
  const value = after?.trim().replace(/^"|"$/g, '') ?? '';
  if (value === before?.trim().replace(/^"|"$/g, '')) return false;
  if (/^\d+$/.test(value)) return new RegExp(`(?<![\\d.])${value} ?(?:ms|milliseconds|s|seconds|bytes|connections|requests|workers)\\b`).test(text);
  return value.length >= 4 && value.length <= 200 && !/^(?:true|false|none|null|enabled|disabled|debug|info|warn|warning|error)$/i.test(value) && isWhole(text, value);
}

/** Not a part of another word: `info` is none of `getaddrinfo`. */
function isWhole(text: string, value: string): boolean {
  const [first = '', last = ''] = [value[0], value.at(-1)];
  return mentions(text, value) || (text.includes(value) && !(/\w/.test(first) && /\w/.test(last)));
}

const squeezed = (text: string): string => text.toLowerCase().replace(/[-_. ]/g, '');
const ordinary = new Set(['value', 'status', 'message', 'error', 'level', 'service', 'routes', 'limit', 'request', 'steps', 'answer', 'enabled', 'matches']);

/** A silent change is the cause only where nothing else is in sight. */
function isExplainedOtherwise(scope: Scope, service: ServiceReading, { workload, map, settings, distance }: Suspect): boolean {
  const own = distance === 0 && isKilledBySetting(scope, workload, settings);
  // Others that read it are seen to fall over it: they are what is wrong here.
  if (!own && scope.namespace.workloads.value.some((one) => one !== workload && mapsOf(one.template, scope).includes(map) && isKilledBySetting(scope, one, settings))) return true;
  if (own) return false;
  if (scope.readings.services.some((other) => other !== service && service.dependsOn.includes(other.name) && isReallyUnwell(other, scope.readings) && !isToldBy(service, other))) return true;
  const path = reachable(scope, service).map((one) => one.workload);
  if (troublesOf(scope).some((one) => path.includes(one.workload))) return true;
  if (scope.namespace.services.value.some((one) => one.endpoints?.ready === 0 && workloadsBehind(one, scope).some((behind) => path.includes(behind)))) return true;
  const newest = workload.revisions.at(-1)?.createdAt ?? '';
  return settings.every(({ meaning, changed }) => meaning === undefined && changed.at < newest);
}

const endsPods = new Set(['memory', 'crash', 'liveness', 'unready']);

/** Its pods fail, though their template is the one that served before, and all of those began after the setting was written. */
function isKilledBySetting(scope: Scope, workload: Workload, settings: readonly ChangedSetting[]): boolean {
  const trouble = troublesOf(scope).find((one) => one.workload === workload);
  const written = settings[0]?.changed.at ?? '';
  if (trouble === undefined || !endsPods.has(trouble.failure.kind) || trouble.undo !== undefined || written === '' || upstreamTrouble(scope, trouble) !== undefined) return false;
  return podsOf(workload, scope.namespace).every((pod) => pod.ready || pod.containers.every((one) => (one.running?.startedAt ?? one.ended?.startedAt ?? one.last?.startedAt ?? '9') >= written));
}

/** The other answered, and what it said is that the request is wrong. */
function isToldBy(service: ServiceReading, other: ServiceReading): boolean {
  return bodies(service).some((text) => mentions(text, other.name) && /\banswered 4\d\d\b/.test(text));
}
