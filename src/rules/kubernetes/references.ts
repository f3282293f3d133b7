/** Configuration that names a Service, or a port of one, that is not there. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { ConfigMap, Workload } from '../cluster-readings.ts';
import { quoteLine, quoteLinesWhere } from '../quotes.ts';
import { isHidden } from '../operations.ts';
import { isSecretVariable } from '../../redaction/secret-names.ts';
import { errorTexts } from '../service/errors.ts';
import { isServiceUnwell } from '../service/health.ts';
import { referencesOf, servicesOfTemplate } from './dependencies.ts';
import type { Reference, Setting } from './dependencies.ts';
import { keyMayGoBack } from './drift-gate.ts';
import { differences } from './differences.ts';
import { changedKeys } from './former-values.ts';
import { isNear } from './labels.ts';
import { parsed } from './pointers.ts';
import { at, isMissing, namespaceRule, recentSeconds, resourceOf, secondsAgo, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { isSettled } from './who-wrote.ts';
import { wayBack } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { Undo } from './troubles.ts';

export const danglingReferences = namespaceRule('dangling-reference', (scope) => (isMissing(scope, 'services') ? [] : scope.namespace.workloads.value.filter((one) => one.desired > 0).flatMap((workload) => distinct(referencesOf(workload.template, scope).filter((one) => isDangling(one, scope))).map((reference) => describe(scope, workload, reference)))));

/** ConfigMaps that name what is not there, and who reads them. */
export function danglingMaps(scope: Scope): { map: ConfigMap; workload: Workload }[] {
  if (isMissing(scope, 'services')) return [];
  return scope.namespace.workloads.value.flatMap((workload) => referencesOf(workload.template, scope).filter((one) => isDangling(one, scope)).flatMap(({ setting }) => {
    const map = scope.namespace.configMaps.value.find((one) => one.name === setting.map?.name);
    return map === undefined ? [] : [{ map, workload }];
  }));
}

/** No such Service in a namespace that was read, no such namespace, or no such port. */
function isDangling({ service, port, namespace, host, setting }: Reference, { cluster }: Scope): boolean {
  if (isHidden(setting.value)) return false;
  if (service !== undefined) return port !== undefined && service.type !== 'ExternalName' && service.ports.length > 0 && service.address !== 'None' && !service.ports.some((one) => one.port === port);
  if (!cluster.namespaces.some((one) => one.namespace === namespace)) return cluster.namespaceNames !== undefined && !cluster.namespaceNames.includes(namespace) && /\.svc(?:\.|$)/.test(host);
  // One word alone may be a name that the node's own resolver knows; then nothing here calls it unwell.
  return true;
}

function describe(scope: Scope, workload: Workload, reference: Reference): FindingBody {
  const { setting, host, port, service } = reference;
  const place = `${host}${port === undefined ? '' : `:${port}`}`;
  const right = better(reference, scope);
  const undo = undoFor(workload, setting.variable);
  const back = setting.map === undefined && undo !== undefined ? wayBack(scope, { workload, undo }, (one) => one.field === 'variable' && one.name === setting.variable) : undefined;
  const log = scope.namespace.logs.filter(({ value }) => value.lines.some((line) => line.includes(host)) && value.pod.startsWith(workload.name));
  const unwell = isUnwell(scope, workload);
  const seen = log.length > 0 || unwell;
  const said = log.length > 0 || servicesOfTemplate(workload.template, scope).some(({ name }) => scope.readings.services.some((one) => one.name === name && isServiceUnwell(one) && errorTexts(one).some((text) => text.includes(host))));
  const lately = undo !== undefined && isRecent(scope, workload, undo);
  const remedy: Action | undefined = !said ? undefined : setting.map !== undefined ? mapRemedy(scope, setting.map) ?? onlyPort(scope, reference) : back !== undefined && lately ? narrowest(scope, workload, setting, back.remedy, undo) : undefined;
  const { evidence } = setting.map === undefined ? scope.namespace.workloads : scope.namespace.configMaps;
  return {
    severity: seen ? 'critical' : 'info',
    resource: setting.map === undefined ? workloadResourceOf(scope, workload) : resourceOf(scope, 'configmap', setting.map.name),
    mechanism: service === undefined ? 'upstream-service-missing' : 'upstream-port-missing',
    title: `${workload.name} calls ${place} (${setting.variable}${setting.map === undefined ? '' : ` of ConfigMap ${setting.map.name}`}), ${service === undefined ? 'and there is no such Service' : `but Service ${service.name} has ${service.ports.map((one) => one.port).join(', ')}`}`,
    explanation: `${service === undefined ? `No Service ${reference.name} is in namespace ${reference.namespace}.` : `Port ${port} is none of its ports.`} ${back?.words ?? (right === undefined ? 'What it should name is not clear.' : `${right} is there, and almost the same.`)}`,
    confidence: seen ? (back === undefined ? 0.85 : 0.95) : 0.5,
    quotes: [...(back?.quotes ?? []), ...quoteLine(evidence, setting.map === undefined ? setting.variable : setting.map.key, host), ...log.slice(0, 1).flatMap((one) => quoteLinesWhere(one.evidence, 1, (line) => line.includes(host))), ...(service === undefined ? [] : quoteLine(scope.namespace.services.evidence, `service ${service.name}:`))],
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** The last revision in which the variable was another. */
function undoFor(workload: Workload, variable: string): Undo | undefined {
  const newest = workload.revisions.at(-1);
  if (newest === undefined || workload.paused) return undefined;
  for (const revision of workload.revisions.slice(0, -1).reverse()) {
    const found = differences(revision.template, newest.template);
    if (found.some((one) => one.field === 'variable' && one.name === variable && one.before !== undefined)) return { revision, newest, differences: found, serving: revision.available > 0 };
  }
  return undefined;
}

/** The change of this variable came hours ago at most, or pods from before it still serve. */
function isRecent(scope: Scope, { revisions }: Workload, { revision, serving }: Undo): boolean {
  const next = revisions[revisions.indexOf(revision) + 1];
  return serving || next?.createdAt === undefined || secondsAgo(scope, next.createdAt) < recentSeconds;
}

/** The whole revision where nothing but this changed; else the variable alone. */
function narrowest(scope: Scope, workload: Workload, { variable, container }: Setting, whole: Action, { differences: found }: Undo): Action | undefined {
  if (found.every((one) => one.field === 'variable' && one.name === variable)) return whole;
  const before = parsed(found.find((one) => one.field === 'variable' && one.name === variable && one.container === container)?.before ?? '');
  return typeof before !== 'string' || isHidden(before) || isSecretVariable(variable) ? undefined : { kind: 'kubectl.set_env', ...at(scope), workload: workload.kind, name: workload.name, container, variable, value: before };
}

/** The former value where it is noted; a name that is only near is no reason. */
function mapRemedy(scope: Scope, { name, key }: { name: string; key: string }): Action | undefined {
  const map = scope.namespace.configMaps.value.find((one) => one.name === name);
  const changed = map === undefined ? undefined : changedKeys(map).find((one) => one.key === key);
  return changed?.former === undefined || !keyMayGoBack(scope, name, changed) ? undefined : { kind: 'kubectl.configmap_key', ...at(scope), name, key, value: changed.former };
}

/** The Service is there with one port, and the ConfigMap was written lately, after it: then the port is what is wrong. */
function onlyPort(scope: Scope, { setting: { map: of, value }, host, port, service }: Reference): Action | undefined {
  const map = scope.namespace.configMaps.value.find((one) => one.name === of?.name);
  const write = map?.changes.find((one) => one.fields.includes(`data/${of?.key ?? ''}`));
  const [only, ...others] = service?.ports ?? [];
  const moved = service?.changes.find((one) => one.fields.some((field) => field.startsWith('spec/ports')));
  if (of === undefined || write === undefined || only === undefined || others.length > 0 || port === undefined || !value.includes(`${host}:${port}`) || isHidden(value) || isSecretVariable(of.key)) return undefined;
  if (isSettled(scope, write) || !(secondsAgo(scope, write.at) <= secondsAgo(scope, moved?.at)) || (service?.endpoints?.ready ?? 0) === 0) return undefined;
  return { kind: 'kubectl.configmap_key', ...at(scope), name: of.name, key: of.key, value: value.replace(`${host}:${port}`, `${host}:${only.port}`) };
}

/** `host:port`, or the host alone where none was named. */
function better({ name, namespace, port, service, host }: Reference, { cluster, namespace: here }: Scope): string | undefined {
  if (service !== undefined) return service.ports.length === 1 ? `${host}:${service.ports[0]?.port}` : undefined;
  const space = cluster.namespaces.find((one) => one.namespace === namespace);
  if (space === undefined) return here.services.value.some((one) => one.name === name) ? `${name}${port === undefined ? '' : `:${port}`}` : undefined;
  const near = space.services.value.filter((one) => isNear(one.name, name) && (port === undefined || one.ports.some((each) => each.port === port)));
  return near.length === 1 ? `${host.replace(name, near[0]?.name ?? name)}${port === undefined ? '' : `:${port}`}` : undefined;
}

function isUnwell(scope: Scope, workload: Workload): boolean {
  const names = new Set(servicesOfTemplate(workload.template, scope).map((one) => one.name));
  return troublesOf(scope).some((one) => one.workload === workload) || scope.readings.services.some((one) => names.has(one.name) && isServiceUnwell(one));
}

function distinct(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map((one) => [`${one.setting.map?.name ?? ''} ${one.setting.variable} ${one.host}`, one])).values()];
}
