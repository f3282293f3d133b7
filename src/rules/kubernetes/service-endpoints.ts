/** A Service whose selector matches no pod, or whose target port no pod has. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { KubernetesService, Labels, Pod, Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { kubernetesService } from '../resources.ts';
import type { ServiceReading } from '../readings.ts';
import { refusedWords } from '../service/error-words.ts';
import { errorTexts } from '../service/errors.ts';
import { isServiceUnwell } from '../service/health.ts';
import { list } from '../words.ts';
import { callersOf, isUsed, portsOf, servicesOfTemplate, workloadsBehind } from './dependencies.ts';
import { isNear, selects, serviceSelects } from './labels.ts';
import { at, isMissing, namespaceRule, resourceOf, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';
import { isSettled } from './who-wrote.ts';

export const serviceEndpoints = namespaceRule('service-endpoints', (scope) => brokenServices(scope).map((broken) => (broken.port === undefined ? noPods(scope, broken.service) : wrongPort(scope, broken.service, broken.port))));

interface BrokenService {
  service: KubernetesService;
  /** Index of the port that leads nowhere; absent: the selector matches nothing. */
  port?: number;
}

/** Only those that something counts on: a Service that waits for pods to come is no trouble. */
export function brokenServices(scope: Scope): BrokenService[] {
  const { namespace } = scope;
  if (isMissing(scope, 'pods') || isMissing(scope, 'services') || isMissing(scope, 'deployments')) return [];
  return namespace.services.value.filter((one) => one.type !== 'ExternalName' && Object.keys(one.selector).length > 0).flatMap((service): BrokenService[] => {
    const some = (service.endpoints?.ready ?? 0) + (service.endpoints?.notReady ?? 0) > 0;
    const missed = isMissed(service, scope);
    if (some && !missed && !service.ports.some((port) => typeof port.target === 'string')) return [];
    if (!isUsed(service, scope)) return [];
    const pods = namespace.pods.value.filter((pod) => serviceSelects(service.selector, pod.labels));
    if (pods.length === 0) return workloadsBehind(service, scope).length > 0 || (service.endpoints?.ready ?? 0) > 0 ? [] : [{ service }];
    const live = pods.filter((pod) => !pod.deleting && pod.phase === 'Running');
    const index = service.ports.findIndex(({ target }) => typeof target === 'string' && live.length > 0 && live.every((pod) => !portsOf(pod.template).some((port) => port.name === target)));
    if (index >= 0) return [{ service, port: index }];
    const undeclared = missed && live.length > 0 ? service.ports.findIndex(({ target }) => typeof target === 'number' && live.every((pod) => declaresAll(pod) && !portsOf(pod.template).some((port) => port.port === target))) : -1;
    return undeclared < 0 ? [] : [{ service, port: undeclared }];
  });
}

/** A program may well listen where its container does not say, so only where calls are refused, or are let in only elsewhere. */
function isMissed(service: KubernetesService, scope: Scope): boolean {
  const { readings } = scope;
  if (readings.services.some((one) => one.name === service.name && isServiceUnwell(one)) && isOddOneOut(service, scope)) return true;
  const refused = (one: ServiceReading): boolean => one.checks.some(({ value }) => value.samples.some(({ error }) => error === 'ECONNREFUSED'));
  return readings.services.some((one) => (one.name === service.name && refused(one)) || (isServiceUnwell(one) && errorTexts(one).some((text) => refusedWords.test(text) && (text.includes(service.name) || (service.address !== '' && service.address !== 'None' && text.includes(service.address))))));
}

/** The policies on its pods and the pods themselves agree on other ports. */
function isOddOneOut({ selector, ports }: KubernetesService, { namespace }: Scope): boolean {
  const behind = namespace.workloads.value.filter((one) => serviceSelects(selector, one.template.labels));
  const offered = behind.flatMap((one) => portsOf(one.template).flatMap(({ name, port }) => [port, name]));
  const letIn = namespace.policies.value.filter((policy) => behind.some((one) => selects(policy.pods, one.template.labels))).flatMap(({ ingress = [] }) => ingress.flatMap((rule) => (rule.ports.length === 0 ? ports.map(({ target }) => target) : rule.ports.map(({ port }) => port))));
  return letIn.some((port) => port !== undefined && offered.includes(port)) && ports.every(({ target }) => !offered.includes(target) && !letIn.includes(target));
}

/** Where a sidecar declares its ports and the program does not, what is declared says nothing. */
function declaresAll({ template }: Pod): boolean {
  return template.containers.every((one) => one.init || one.ports.length > 0);
}

const settledSeconds = 120;

/** A name that no pod has leads nowhere; a number may be listened on all the same, so only where it was written lately, or where pods that are long ready refuse every call. */
function isSurelyWrong(scope: Scope, service: KubernetesService, target: string | number, pods: readonly Pod[]): boolean {
  const write = service.changes.find((one) => one.fields.some((field) => field.startsWith('spec/ports')));
  if (isSettled(scope, write)) return false;
  if (typeof target === 'string' || (write !== undefined && write.at !== '' && secondsAgo(scope, write.at) < secondsAgo(scope, service.createdAt) - 5)) return true;
  const ready = pods.some((pod) => pod.ready && secondsAgo(scope, pod.createdAt) > settledSeconds && pod.containers.every(({ running }) => running === undefined || secondsAgo(scope, running.startedAt) > settledSeconds));
  const samples = scope.readings.services.filter(({ name }) => name === service.name).flatMap(({ checks }) => checks.flatMap(({ value }) => value.samples));
  return ready && samples.length > 0 && samples.every(({ error }) => error === 'ECONNREFUSED');
}

function noPods(scope: Scope, service: KubernetesService): FindingBody {
  const { evidence } = scope.namespace.services;
  const candidate = nearest(service, scope);
  const write = service.changes.find((one) => one.fields.some((field) => field.startsWith('spec/selector')));
  const remedy: Action | undefined = candidate === undefined || isSettled(scope, write) ? undefined : { kind: 'kubectl.patch', ...at(scope), resource: 'service', name: service.name, type: 'merge', patch: JSON.stringify({ spec: { selector: candidate.patch } }) };
  const callers = callersOf(service, scope).map((one) => one.workload.name);
  return {
    severity: 'critical',
    resource: resourceOf(scope, kubernetesService, service.name),
    mechanism: 'selector-matches-no-pods',
    title: `Service ${service.name} selects no pods: ${pairs(service.selector)} is on none`,
    explanation: `It has no endpoints, so every call to it fails${callers.length === 0 ? '' : `; ${list(callers.slice(0, 4))} ${callers.length === 1 ? 'calls' : 'call'} it`}. ${candidate === undefined ? 'No workload has labels that are almost the same, so what it should select is not clear.' : `${candidate.workload.kind} ${candidate.workload.name} has ${pairs(candidate.labels)}, and no other workload comes as close.`}`,
    confidence: candidate === undefined ? 0.8 : 0.93,
    quotes: quoteLine(evidence, `service ${service.name}:`),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

interface Candidate {
  workload: Workload;
  /** What its pods have where the selector differs. */
  labels: Labels;
  patch: Labels;
}

/** The one workload whose labels are almost what is selected, and that no other Service of the same ports serves. */
function nearest(service: KubernetesService, scope: Scope): Candidate | undefined {
  const near = scope.namespace.workloads.value.flatMap((workload): Candidate[] => {
    const { labels } = workload.template;
    const wrong = Object.entries(service.selector).filter(([key, value]) => labels[key] !== value);
    const close = wrong.length > 0 && wrong.every(([key, value]) => Object.hasOwn(labels, key) && (isNear(labels[key] ?? '', value) || (workload.name === service.name && wrong.length === 1)));
    if (!close) return [];
    const right = Object.fromEntries(wrong.map(([key]) => [key, labels[key] ?? '']));
    return [{ workload, labels: right, patch: right }];
  });
  const named = near.filter(({ workload }) => workload.name === service.name);
  const unserved = near.filter(({ workload }) => servicesOfTemplate(workload.template, scope).length === 0);
  return [named, unserved, near].find((one) => one.length === 1)?.[0];
}

function wrongPort(scope: Scope, service: KubernetesService, index: number): FindingBody {
  const port = service.ports[index];
  const pods = scope.namespace.pods.value.filter((pod) => serviceSelects(service.selector, pod.labels) && !pod.deleting);
  const offered = [...new Map(pods.flatMap((pod) => portsOf(pod.template)).map((one) => [`${one.name ?? ''} ${one.port}`, one])).values()];
  const named = offered.filter((one) => one.name !== undefined);
  const right = offered.length === 1 ? offered[0] : named.find((one) => one.name === port?.name || one.port === port?.port || isNear(one.name ?? '', String(port?.target ?? '')));
  const remedy: Action | undefined = right === undefined || port === undefined || !pods.every(declaresAll) || !isSurelyWrong(scope, service, port.target, pods) ? undefined : {
    kind: 'kubectl.patch', ...at(scope), resource: 'service', name: service.name, type: 'json',
    patch: JSON.stringify([{ op: 'test', path: `/spec/ports/${index}/targetPort`, value: port.target }, { op: 'replace', path: `/spec/ports/${index}/targetPort`, value: right.name ?? right.port }]),
  };
  return {
    severity: 'critical',
    resource: resourceOf(scope, kubernetesService, service.name),
    mechanism: 'target-port-missing',
    title: `Service ${service.name} sends port ${port?.port ?? ''} to ${port?.target ?? ''}, which its pods do not have`,
    explanation: `Its pods offer ${offered.map((one) => `${one.name ?? '(no name)'} ${one.port}`).join(', ') || 'no named port'}, so that port of the service leads nowhere${typeof port?.target === 'number' ? ', unless the program listens where it does not say' : ''}.`,
    confidence: right === undefined ? 0.85 : 0.93,
    quotes: quoteLine(scope.namespace.services.evidence, `service ${service.name}:`),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function pairs(labels: Labels): string {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(', ');
}
