/** What changed in a namespace since a time, newest first. Pure, over the cluster's JSON. */
import type { ContainerState, Pod } from '../../rules/cluster-readings.ts';
import { nameOf, text } from '../readings/cluster/fields.ts';
import { eventsOf, ofKind } from '../readings/cluster/other-objects.ts';
import { conditionsOf, podOf } from '../readings/cluster/pod-objects.ts';
import { changesOf } from '../readings/cluster/workload-objects.ts';
import { readersOf } from './config-readers.ts';
import { revisedWorkloads, revisionChanges } from './revisions.ts';
import type { RevisedWorkload } from './revisions.ts';
import { driftOf, titleOf, writesOf } from './writes.ts';
import type { Entry } from './writes.ts';

export interface TimeLineParts {
  objects: readonly unknown[];
  events: readonly unknown[];
  /** RFC 3339 in whole seconds. */
  since: string;
  /** Only what is of or about objects whose name holds this. */
  name?: string;
  /** What was found out in other ways. */
  more?: readonly Entry[];
}

const mostEntries = 80;
const mostFieldLines = 15;
const longestWords = 300;

/** Empty when nothing changed. */
export function timeLine({ objects, events, since, name = '', more: others = [] }: TimeLineParts): string[] {
  const [revised, pods] = [revisedWorkloads(objects), ofKind(objects, 'Pod').map(podOf)];
  const entries = [...others, ...revisionEntries(revised, objects, since), ...objects.filter(isTold).flatMap((one) => [...writesOf(one, since), ...transitions(one, since)]), ...podEntries(pods, since), ...eventEntries(events, since)];
  const sorted = together(entries.filter((one) => one.text.includes(name))).toSorted((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0));
  const more = sorted.length > mostEntries ? [`(${sorted.length - mostEntries} earlier ones are not shown: ask for fewer minutes)`] : [];
  const workloads = revised.map((one) => one.workload);
  return [...sorted.slice(0, mostEntries).map(({ at, text: words, about }) => [`${at} ${words}`, ...(about === undefined ? [] : readersOf(about, at, workloads, pods))].join('\n    ')), ...more];
}

/** Objects that one manager made at about the same time are one entry: an installation, not twenty changes. */
function together(entries: readonly Entry[]): Entry[] {
  const groups = Object.values(groupBy(entries.filter((one) => one.made !== undefined), (one) => `${one.made?.by} ${one.at.slice(0, 16)}`)).filter((group) => group.length > fewMade);
  const grouped = new Set(groups.flat());
  return [
    ...entries.filter((one) => !grouped.has(one)),
    ...groups.map((group) => ({ at: latest(group.map((one) => one.at)), text: `${group.length} objects created${group[0]?.made?.by ? ` by ${group[0].made.by}` : ''}: ${shorten(group.map((one) => one.made?.title ?? '').join(', '))}` })),
  ];
}

const fewMade = 4;

/** What differs from what `kubectl apply` noted, whenever that happened. */
export function driftLines(objects: readonly unknown[], name = ''): string[] {
  return objects.filter((one) => isTold(one) && nameOf(one).includes(name)).flatMap((object) => driftOf(object).slice(0, mostFieldLines).map((one) => `${titleOf(object)}: ${one}`));
}

/** Revisions and pods have entries of their own; slices and events follow from the rest. */
function isTold(object: unknown): boolean {
  const kind = text(object, 'kind');
  return !['ReplicaSet', 'ControllerRevision', 'Pod', 'EndpointSlice', 'Event', 'Secret'].includes(kind) && nameOf(object) !== 'kube-root-ca.crt';
}

function revisionEntries(revised: readonly RevisedWorkload[], objects: readonly unknown[], since: string): Entry[] {
  const sets = new Map(ofKind(objects, 'ReplicaSet').map((one) => [nameOf(one), one]));
  const made = revised.flatMap(({ workload, revisions }) => revisions.flatMap((one, index) => {
    const before = revisions[index - 1];
    const taken = one.former === '' ? undefined : takenUpAt(sets.get(one.name));
    const at = taken ?? one.createdAt;
    return at < since || before === undefined ? [] : [{ at, before, one, workload, again: taken !== undefined }];
  }));
  return made.toSorted((left, right) => (left.at < right.at ? 1 : -1)).slice(0, mostEntries).map(({ at, before, one, workload, again }) => {
    const changes = revisionChanges(before, one);
    const more = changes.length > mostFieldLines ? [`(${changes.length - mostFieldLines} more fields: kubectl_rollout_history)`] : [];
    const head = `${workload.kind} ${workload.name}: revision ${one.revision}${again ? `, which is revision ${one.former} taken up again,` : ''} against revision ${before.revision}${one.pods === '' ? '' : ` (${one.pods})`}`;
    return { at, text: [head, ...changes.slice(0, mostFieldLines), ...more].join('\n    ') };
  });
}

/** A rollback makes no new ReplicaSet: its controller writes the old one. */
function takenUpAt(set: unknown): string | undefined {
  return changesOf(set).find((one) => one.subresource === undefined && one.at !== '')?.at;
}

/** Conditions that turned, of everything but pods. A rollout that goes on is told by its revision. */
function transitions(object: unknown, since: string): Entry[] {
  return conditionsOf(object).filter((one) => (one.since ?? '') >= since && !(one.type === 'Progressing' && one.status === 'True'))
    .map((one) => ({ at: one.since ?? '', text: `${titleOf(object)}: condition ${one.type} became ${one.status}${one.reason === '' ? '' : ` (${one.reason})`}${one.message === '' ? '' : `: ${shorten(one.message)}`}` }));
}

/** Pods that were made, by owner, and containers that ended. */
function podEntries(pods: readonly Pod[], since: string): Entry[] {
  const made = Object.values(groupBy(pods.filter((pod) => (pod.createdAt ?? '') >= since), (pod) => (pod.owner === undefined ? `pod ${pod.name}` : `${pod.owner.kind.toLowerCase()} ${pod.owner.name}`)))
    .map((group): Entry => ({ at: latest(group.map((pod) => pod.createdAt)), text: `${group.length === 1 ? `pod ${group[0]?.name ?? ''}` : `${group.length} pods`} created for ${group[0]?.owner === undefined ? 'nobody (no owner)' : `${group[0].owner.kind.toLowerCase()} ${group[0].owner.name}`}` }));
  const ended = pods.flatMap((pod) => pod.containers.flatMap((container) => endings(container).filter((one) => (one.finishedAt ?? '') >= since && one.reason !== 'Completed')
    .map((one): Entry => ({ at: one.finishedAt ?? '', text: `pod ${pod.name}: container ${container.name} ended with exit code ${one.exitCode} (${one.reason || 'no reason'}), ${container.restarts} restarts in all` }))));
  return [...made, ...ended];
}

function endings(container: ContainerState): NonNullable<ContainerState['ended']>[] {
  return [container.ended, container.last].filter((one) => one !== undefined);
}

/** Warnings, and the few others that say who changed what; one line for the same of several objects of one owner. */
function eventEntries(events: readonly unknown[], since: string): Entry[] {
  const told = eventsOf(events).filter((one) => (one.last ?? '') >= since && (one.type === 'Warning' || notable.test(one.reason)));
  return Object.values(groupBy(told, (one) => `${one.reason} ${one.kind} ${one.kind === 'Pod' ? one.name.replace(/-[a-z0-9]{1,10}$/, '') : one.name}`)).map((group) => {
    const newest = group[0];
    const times = group.reduce((sum, one) => sum + one.count, 0);
    const objects = new Set(group.map((one) => one.name)).size;
    const first = group.map((one) => one.first ?? '').filter((one) => one !== '').toSorted()[0];
    return { at: seconds(latest(group.map((one) => one.last))), text: `event ${newest?.reason ?? ''} of ${(newest?.kind ?? '').toLowerCase()} ${newest?.name ?? ''}${objects > 1 ? ` and ${objects - 1} more` : ''}${times > 1 ? `, ${times} times${first === undefined ? '' : ` since ${seconds(first)}`}` : ''}: ${shorten(newest?.message ?? '')}` };
  });
}

const notable = /^(?:ScalingReplicaSet|SuccessfulRescale|Killing|Preempted|Evicted|NodeNotReady|NodeNotSchedulable|TaintManagerEviction|DeploymentRollback\w*|Resizing|VolumeResizeSuccessful|CertificateIssued|Renewed)$/;

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Record<string, T[]> {
  const groups: Record<string, T[]> = Object.create(null) as Record<string, T[]>;
  for (const one of all) (groups[keyOf(one)] ??= []).push(one);
  return groups;
}

const latest = (times: readonly (string | undefined)[]): string => times.map((one) => one ?? '').toSorted().at(-1) ?? '';
const seconds = (time: string): string => time.replace(/\.\d+Z$/, 'Z');
const shorten = (words: string): string => (words.length <= longestWords ? words : `${words.slice(0, words.lastIndexOf(' ', longestWords) + 1)}[...]`).replace(/\s+/g, ' ');

/** Of `kubectl get secrets` with the columns below: when each was made and last written, never what it holds. */
export function secretEntries(table: string, since: string): Entry[] {
  return table.split('\n').slice(1).flatMap((line): Entry[] => {
    const [name = '', version = '', created = '', written = ''] = line.trim().split(/\s+/);
    const times = written.split(',').filter((one) => /^\d{4}-/.test(one)).toSorted();
    const at = [created, ...times].toSorted().at(-1) ?? '';
    return name === '' || at < since || !/^\d{4}-/.test(at) || name.startsWith('sh.helm.release.') ? [] : [{ at, text: `secret ${name}: ${at === created ? 'created' : 'written'} (version ${version}; its contents are never read)`, about: { kind: 'secret', name } }];
  });
}

