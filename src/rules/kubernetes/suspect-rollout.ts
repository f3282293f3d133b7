/** Pods that are ready and a service that fails since its newest revision: what that revision changed is the suspect. */
import type { FindingBody } from '../../incident/types.ts';
import type { Workload } from '../cluster-readings.ts';
import { hostsInValue } from '../hosts.ts';
import type { ServiceReading } from '../readings.ts';
import { quoteLine } from '../quotes.ts';
import { isStarved } from '../coverage.ts';
import { isCertain, isReallyUnwell } from '../service/attribution.ts';
import { bodies } from '../service/errors.ts';
import { shortageIn } from '../service/shortages.ts';
import { healthOf, isServiceUnwell, isUnwell } from '../service/health.ts';
import { mentions } from '../service/process.ts';
import { mapsOf } from './configuration-cause.ts';
import { configurationSuspects } from './configuration-suspects.ts';
import { callersOf, servicesOfTemplate } from './dependencies.ts';
import { differences } from './differences.ts';
import type { Difference } from './differences.ts';
import { logsOf, podsOf } from './pods.ts';
import { danglingMaps } from './references.ts';
import { namespaceRule, secondsAgo, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { decisiveLine, wayBack } from './trouble-words.ts';
import { endedBadly, troublesOf } from './troubles.ts';
import type { Undo } from './troubles.ts';

/** Older revisions have proved themselves. */
const suspiciousSeconds = 6 * 3600;

export const suspectRollout = namespaceRule('suspect-rollout', (scope) => scope.namespace.workloads.value.flatMap((workload) => {
  const services = servicesOfTemplate(workload.template, scope).map((one) => one.name);
  const unwell = scope.readings.services.find((one) => services.includes(one.name) && isServiceUnwell(one));
  return unwell === undefined ? [] : describe(scope, workload, unwell);
}));

function describe(scope: Scope, workload: Workload, service: ServiceReading): FindingBody[] {
  if (workload.available < workload.desired || workload.desired === 0 || troublesOf(scope).some((one) => one.workload === workload)) return [];
  const undo = undoOf(scope, workload);
  if (undo === undefined) return [];
  const logs = logsOf(scope.namespace, podsOf(workload, scope.namespace));
  const texts = [...bodies(service), ...logs.flatMap(({ value }) => value.lines)];
  if (upstreamIsDown(scope, workload)) return [];
  const certain = isCertain(service, scope.readings, scope.targets);
  const named = undo.differences.find((one) => texts.some((text) => names(text, one)));
  // A dependency that is unwell, or a newer change elsewhere, explains it better than a change that nothing names.
  const doubtful = isStarved(scope.readings) && !isReallyUnwell(service, scope.readings);
  if (!certain || configurationSuspects(scope).some((one) => one.service === service && one.how !== 'silent') || isRestoredSince(scope, workload)) return [];
  if (named === undefined && (dependsOnUnwell(scope, service) || doubtful || !isAlone(scope, service) || danglingMaps(scope).some((one) => one.workload === workload))) return [];
  const back = wayBack(scope, { workload, undo }, named === undefined ? undefined : (one) => one === named);
  if (back === undefined) return [];
  const said = decisiveLine(logs);
  const check = healthOf(service).find((one) => isUnwell(one))?.check;
  return [{
    severity: 'critical',
    resource: workloadResourceOf(scope, workload),
    mechanism: `${shortageIn(texts) ?? changedField(named ?? undo.differences[0]) ?? 'unwell'}-since-rollout`,
    title: `${service.name} is unwell since revision ${undo.newest.revision} of ${workload.name}: ${back.changes}`,
    explanation: `Its pods are ready and its checks fail. ${back.words} ${named === undefined ? 'Nothing that it calls is unwell, so the rollout is what is left.' : 'Its errors name what changed.'}`,
    confidence: named === undefined ? 0.72 : 0.92,
    quotes: [...back.quotes, ...(check === undefined ? [] : quoteLine(check.evidence, 'requests succeeded')), ...(said?.quote ?? [])],
    remedy: back.remedy,
  }];
}

/** What it reads at start was put back after its pods had begun: they run with something that is over, and a restart is due. */
function isRestoredSince(scope: Scope, workload: Workload): boolean {
  const began = podsOf(workload, scope.namespace).map((pod) => pod.createdAt ?? '').filter((time) => time !== '').sort()[0];
  return began !== undefined && mapsOf(workload.template, scope).some(({ changes, createdAt, applied, data }) => applied !== undefined && JSON.stringify(Object.entries(applied).sort()) === JSON.stringify(Object.entries(data).sort()) && changes.some(({ at, fields }) => at > began && at !== createdAt && fields.some((field) => field.startsWith('data/'))));
}

/** The revision before, when the newest is young and all pods are of it. */
export function undoOf(scope: Scope, workload: Workload): Undo | undefined {
  const newest = workload.revisions.at(-1);
  if (newest === undefined || workload.paused) return undefined;
  const began = podsOf(workload, scope.namespace).map((pod) => pod.createdAt ?? '').filter((time) => time !== '').sort()[0] ?? newest.createdAt;
  if (secondsAgo(scope, newest.createdAt) > suspiciousSeconds && secondsAgo(scope, began) > suspiciousSeconds) return undefined;
  for (const revision of workload.revisions.slice(0, -1).reverse()) {
    // Made before the one it replaced: somebody has gone back already.
    if ((newest.createdAt ?? '') < (revision.createdAt ?? '')) return undefined;
    const found = differences(revision.template, newest.template);
    if (found.length > 0 && !endedBadly(revision, podsOf(workload, scope.namespace), scope)) return { revision, newest, differences: found, serving: revision.available > 0 };
  }
  return undefined;
}

/** `host-aliases-changed`, for fields of the pod's spec that no kind of its own stands for. */
function changedField(difference: Difference | undefined): string | undefined {
  return difference?.field !== 'other' || difference.name === undefined ? undefined : `${difference.name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()}-changed`;
}

/** The variable, the place its new value points at, or an address in another field. */
function names(text: string, { field, name, after }: Difference): boolean {
  if (field === 'variable' && name !== undefined && mentions(text, name)) return true;
  const value = after?.replace(/^"|"$/g, '') ?? '';
  if (field === 'other' && (value.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g) ?? []).some((address) => text.includes(address))) return true;
  return field === 'variable' && hostsInValue(value).some((place) => /[A-Za-z]/.test(place.host) && place.host !== 'localhost' && text.includes(place.host) && (place.port === undefined || !text.includes(`${place.host}:`) || text.includes(`${place.host}:${place.port}`)));
}

/** Others are unwell only because they call it: what several have in common no rollout of one explains. */
function isAlone({ readings }: Scope, service: ServiceReading): boolean {
  const calls = (from: ServiceReading, seen: ReadonlySet<string>): boolean => from.dependsOn.includes(service.name) || readings.services.some((other) => from.dependsOn.includes(other.name) && !seen.has(other.name) && calls(other, new Set([...seen, other.name])));
  return readings.services.every((other) => other === service || !isReallyUnwell(other, readings) || calls(other, new Set([other.name])));
}

/** What it calls has no ready pod: that explains it, whatever was rolled out. */
function upstreamIsDown(scope: Scope, workload: Workload): boolean {
  return scope.namespace.services.value.some((service) => service.endpoints?.ready === 0 && callersOf(service, scope).some((one) => one.workload === workload));
}

function dependsOnUnwell(scope: Scope, service: ServiceReading): boolean {
  const called = scope.namespace.services.value.filter((one) => callersOf(one, scope).some(({ workload }) => servicesOfTemplate(workload.template, scope).some((each) => each.name === service.name))).map((one) => one.name);
  return scope.readings.services.some((other) => other.name !== service.name && (service.dependsOn.includes(other.name) || called.includes(other.name)) && isReallyUnwell(other, scope.readings));
}
