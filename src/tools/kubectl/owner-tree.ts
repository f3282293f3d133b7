/** Objects as lines: what they are, how they are, what they own. Pure, over the cluster's JSON. */
import { child, isTrue, items, text } from '../readings/cluster/fields.ts';
import { ofKind } from '../readings/cluster/other-objects.ts';
import { conditionsOf, podOf } from '../readings/cluster/pod-objects.ts';
import { podLines } from '../readings/cluster/workload-lines.ts';
import { titleOf } from './writes.ts';

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
}

const mostChildren = 25;
const deepest = 5;

/** The controller first: it is who acts on the object. */
export function ownersOf(object: unknown): OwnerReference[] {
  const references = items(object, 'metadata', 'ownerReferences').map((one) => ({ apiVersion: text(one, 'apiVersion'), kind: text(one, 'kind'), name: text(one, 'name'), controller: isTrue(one, 'controller') }));
  return references.toSorted((left, right) => Number(right.controller) - Number(left.controller)).map(({ controller: _controller, ...reference }) => reference);
}

/** `deployment front: ...` and its conditions, indented. */
export function stateLines(object: unknown): string[] {
  if (text(object, 'kind') === 'Pod') return podLines(ofKind([object], 'Pod').map(podOf)).split('\n');
  const facts = Object.entries(scalars(child(object, 'status'))).slice(0, 8).map(([key, value]) => `${key} ${value}`);
  const wanted = ['replicas', 'paused', 'suspend'].flatMap((key) => (child(object, 'spec', key) === undefined ? [] : [`${key} wanted ${String(child(object, 'spec', key))}`]));
  const state = [...wanted, ...facts].join(', ');
  const deleting = text(object, 'metadata', 'deletionTimestamp');
  const finalizers = items(object, 'metadata', 'finalizers').filter((one) => typeof one === 'string');
  const stuck = deleting === '' ? [] : [`  being deleted since ${deleting}${finalizers.length === 0 ? '' : `, waits for the finalizers ${finalizers.join(', ')}`}`];
  const generation = child(object, 'metadata', 'generation');
  const seen = child(object, 'status', 'observedGeneration');
  const behind = typeof seen === 'number' && typeof generation === 'number' && seen < generation ? [`  its controller has not seen the newest spec (generation ${generation}, observed ${seen})`] : [];
  return [`${titleOf(object)}${state === '' ? '' : `: ${state}`}`, ...stuck, ...behind, ...conditionLines(object)];
}

export function conditionLines(object: unknown): string[] {
  return conditionsOf(object).map((one) => `  ${one.type}=${one.status}${one.reason === '' ? '' : ` ${one.reason}`}${one.since === undefined ? '' : ` since ${one.since}`}${one.message === '' ? '' : `: ${one.message.replace(/\s+/g, ' ').slice(0, 300)}`}`);
}

/** Everything among the objects that hangs on it, former revisions last. */
export function ownedLines(object: unknown, objects: readonly unknown[]): string[] {
  const byOwner = new Map<string, unknown[]>();
  for (const one of objects) {
    for (const owner of items(one, 'metadata', 'ownerReferences')) {
      const known = byOwner.get(text(owner, 'uid'));
      if (known === undefined) byOwner.set(text(owner, 'uid'), [one]);
      else known.push(one);
    }
  }
  return branch(object, byOwner, 1);
}

function branch(object: unknown, byOwner: ReadonlyMap<string, readonly unknown[]>, depth: number): string[] {
  const uid = text(object, 'metadata', 'uid');
  const owned = uid === '' || depth > deepest ? [] : (byOwner.get(uid) ?? []).toSorted((left, right) => Number(isIdle(left)) - Number(isIdle(right)));
  const lines = owned.slice(0, mostChildren).flatMap((one) => [...stateLines(one), ...branch(one, byOwner, depth + 1)].map((line) => `  ${line}`));
  return owned.length > mostChildren ? [...lines, `  (${owned.length - mostChildren} more)`] : lines;
}

/** Former revisions: kept, with nothing to do. */
function isIdle(object: unknown): boolean {
  return child(object, 'spec', 'replicas') === 0;
}

function scalars(status: unknown): Record<string, string> {
  if (typeof status !== 'object' || status === null) return {};
  return Object.fromEntries(Object.entries(status).filter(([key, value]) => key !== 'observedGeneration' && (typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 200))).map(([key, value]) => [key, String(value)]));
}
