/** Workloads scaled to zero although something counts on them. */
import type { FindingBody } from '../../incident/types.ts';
import type { FieldChange, Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { errorTexts } from '../service/errors.ts';
import { isServiceUnwell } from '../service/health.ts';
import { mentions } from '../service/process.ts';
import { count, list } from '../words.ts';
import { callersOf, isUsed, servicesOfTemplate } from './dependencies.ts';
import { eventsAbout, logsOf, podsOf } from './pods.ts';
import { scalerOf } from './scalers.ts';
import { selects } from './labels.ts';
import { at, namespaceRule, recentSeconds, secondsAgo, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { isMissedWebhook } from './webhooks.ts';
import { isSettled, lastWrite } from './who-wrote.ts';

export const scaledToZero = namespaceRule('scaled-to-zero', (scope) => {
  const stopped = stoppedWorkloads(scope);
  return [...stopped.map((one) => describe(scope, one)), ...scope.namespace.workloads.value.filter((one) => one.kind !== 'daemonset' && one.desired === 0 && !stopped.some(({ workload }) => workload === one)).flatMap((one) => meantSo(scope, one))];
});

/** Nothing here counts on it, and it says itself that it is meant so: an answer for whoever asks why it is gone. */
function meantSo(scope: Scope, workload: Workload): FindingBody[] {
  const notes = notesOf(scope, workload);
  const said = notes.find(({ meant }) => meant);
  if (said === undefined) return [];
  const { evidence } = scope.namespace.workloads;
  return [{
    severity: 'info',
    resource: workloadResourceOf(scope, workload),
    mechanism: 'scaled-to-zero-on-purpose',
    title: `${workload.name} is scaled to zero replicas, and is meant to be: ${said.text}`,
    explanation: `${workload.kind} ${workload.name} wants 0 pods. Noted on it: ${list(notes.map(({ text }) => text))}. Starting it again is for those who wrote that to decide.`,
    confidence: 0.9,
    quotes: [...quoteLine(evidence, `${workload.kind} ${workload.name}: 0 of 0 pods`), ...notes.flatMap(({ key }) => quoteLine(evidence, `annotation ${key}:`))],
  }];
}

interface Stopped {
  workload: Workload;
  expects: string[];
  /** Something that is seen to suffer. */
  missed: boolean;
  /** What suffers is the service itself, or says its name. */
  named: boolean;
}

export function stoppedWorkloads(scope: Scope): Stopped[] {
  const { namespace, readings, targets } = scope;
  return namespace.workloads.value.filter((one) => one.kind !== 'daemonset' && one.desired === 0).flatMap((workload) => {
    const services = servicesOfTemplate(workload.template, scope).filter((service) => (service.endpoints?.ready ?? 0) === 0);
    const autoscaler = namespace.autoscalers.value.find((one) => one.target.kind === workload.kind && one.target.name === workload.name && one.minimum > 0);
    const budget = namespace.budgets.value.find((one) => selects(one.selector, workload.template.labels) && Object.keys(one.selector.labels).length > 0);
    const used = services.filter((service) => isUsed(service, scope));
    const webhook = services.find((service) => isMissedWebhook(service, scope));
    const calling = used.flatMap((service) => callersOf(service, scope).map((one) => one.workload));
    const callers = [...new Set(calling.map(({ name }) => name))];
    const watched = used.filter((service) => targets.services.some((one) => one.name === service.name));
    const expects = [
      ...(callers.length === 0 ? [] : [`${list(callers.slice(0, 4))} ${callers.length === 1 ? 'calls' : 'call'} it`]),
      ...(watched.length > 0 ? ['it is a service that is watched'] : []),
      ...(autoscaler === undefined ? [] : [`the autoscaler ${autoscaler.name} wants at least ${autoscaler.minimum}`]),
      ...(budget === undefined ? [] : [`the disruption budget ${budget.name} protects it`]),
      ...(webhook === undefined ? [] : ['the API server asks it before it makes objects, and refuses them without it']),
    ];
    if (expects.length === 0) return [];
    const isOwn = (name: string): boolean => used.some((service) => service.name === name);
    const unwell = readings.services.filter((one) => isServiceUnwell(one) && (isOwn(one.name) || callers.includes(one.name)));
    const said = [...unwell.flatMap(errorTexts), ...logsOf(namespace, calling.flatMap((one) => podsOf(one, namespace))).flatMap(({ value }) => value.lines.slice(-60))];
    const speaks = used.some(({ name, address }) => said.some((text) => mentions(text, name) || (address !== '' && address !== 'None' && text.includes(address))));
    return [{ workload, expects, missed: webhook !== undefined || unwell.length > 0, named: webhook !== undefined || unwell.some(({ name }) => isOwn(name)) || speaks }];
  });
}

function describe(scope: Scope, { workload, expects, missed, named }: Stopped): FindingBody {
  const former = formerCount(scope, workload);
  const write = lastWrite(workload.changes, 'spec/replicas');
  const scaler = scalerOf(scope, workload);
  const notes = notesOf(scope, workload);
  const lately = former?.at !== undefined && secondsAgo(scope, former.at) < recentSeconds;
  // Who wrote it is not always told; then something must have seen it go lately, or say that it is missed.
  const meant = scaler !== undefined || notes.some(({ meant: isMeant }) => isMeant) || isSettled(scope, write) || (former?.at !== undefined && !lately);
  const back = missed && !meant && (named || lately || isLate(scope, write));
  return {
    severity: missed && scaler === undefined ? 'critical' : 'info',
    resource: workloadResourceOf(scope, workload),
    mechanism: 'scaled-to-zero',
    title: `${workload.name} is scaled to zero replicas, though ${list(expects)}`,
    explanation: [
      `${workload.kind} ${workload.name} wants 0 pods, so nothing answers for it.`,
      ...(write === undefined ? [] : [`${write.manager} wrote its replicas at ${write.at}.`]),
      ...(notes.length === 0 ? [] : [`Noted on it: ${list(notes.map(({ text }) => text))}.`]),
      ...(scaler === undefined ? [] : [`${scaler} scales it.`]),
      former === undefined ? `How many it had is not noted anywhere${back ? '; one is the mildest start' : ''}.` : `It had ${count(former.replicas, 'replica')}, ${former.source}.`,
      ...(back ? [] : [missed ? 'It seems meant so, or stood so before the trouble: ask who did it.' : 'Nothing is seen to suffer from it: it may be meant so.']),
    ].join(' '),
    confidence: former === undefined ? 0.7 : 0.93,
    quotes: [
      ...quoteLine(scope.namespace.workloads.evidence, `${workload.kind} ${workload.name}: 0 of 0 pods`), ...notes.flatMap(({ key }) => quoteLine(scope.namespace.workloads.evidence, `annotation ${key}:`)),
      ...quoteLine(scope.namespace.events.evidence, 'Scaled down replica set', `${workload.kind}/${workload.name} `, ' to 0'),
    ],
    ...(back ? { remedy: { kind: 'kubectl.scale' as const, ...at(scope), workload: workload.kind === 'statefulset' ? 'statefulset' as const : 'deployment' as const, name: workload.name, replicas: former?.replicas ?? 1 } } : {}),
  };
}

const isLate = (scope: Scope, write: FieldChange | undefined): boolean => write !== undefined && secondsAgo(scope, write.at) < recentSeconds;

/** Annotations that may say why, as far as the evidence shows them: data, quoted. */
function notesOf({ namespace: { workloads: { evidence } } }: Scope, { annotations = {} }: Workload): { key: string; text: string; meant: boolean }[] {
  return Object.entries(annotations).flatMap(([key, value]) => {
    const text = value.replace(/\s+/g, ' ').trim().slice(0, 120);
    const line = `annotation ${key}: ${text}`;
    return reasons.test(key.split('/').at(-1) ?? key) && text !== '' && evidence.text.includes(line) ? [{ key, text: `${key}: "${text}"`, meant: deliberate.test(`${key} ${text}`) }] : [];
  }).slice(0, 4);
}

const reasons = /reason|why|note|comment|owner|contact|paused?|scale|maintenance|description|ticket|issue|until|cause|downtime|sleep/i;
const deliberate = /on purpose|deliberate|intentional|maintenance|do not (?:scale|start)|don't (?:scale|start)|\buntil\b|retired|decommission|deprecated|paused/i;

function formerCount({ namespace }: Scope, workload: Workload): { replicas: number; source: string; at?: string } | undefined {
  for (const event of eventsAbout(namespace, 'Deployment', workload.name, /^ScalingReplicaSet$/)) {
    // Only the newest ReplicaSet's last step down is the person's; those before it belong to rollouts.
    const [, set, from] = /^Scaled down replica set (\S+) from (\d+) to 0$/.exec(event.message) ?? [];
    const replicas = Number(from);
    if (set === workload.revisions.at(-1)?.name && replicas > 0 && replicas <= 1000) return { replicas, source: 'as the event of its scaling says', ...(event.last === undefined ? {} : { at: event.last }) };
  }
  const noted = workload.appliedReplicas;
  return noted === undefined || noted < 1 || noted > 1000 ? undefined : { replicas: noted, source: 'as it was last applied' };
}
