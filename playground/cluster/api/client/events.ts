/** Events as Kubernetes' recorders write them: a repeated one is counted, not written again. */
import { randomInt } from 'node:crypto';
import type { Component, EventText } from '../../client.ts';
import type { StoredObject } from '../../objects/object.ts';
import type { Machinery } from '../machinery.ts';
import { StatusError } from '../status.ts';
import type { Caller } from '../verbs.ts';
import { timestamp } from '../writes/common.ts';
import { insert } from '../writes/create.ts';

type About = { apiVersion: string; kind: string; metadata: StoredObject['metadata'] };

const rememberedEvents = 4096;

export function createEventRecorder(machinery: Machinery, component: Component, caller: Caller): (about: About, text: EventText) => void {
  /** What was said -> the event's `namespace/name`. */
  const said = new Map<string, string>();
  // The scheduler reports through events.k8s.io, everybody else as ever.
  const modern = component.name === 'default-scheduler';

  const definition = machinery.registry.byKey('events');

  const ownersOf = (previous: StoredObject | undefined, next: StoredObject): StoredObject['metadata']['managedFields'] => {
    if (definition === undefined) return [];
    const before = previous === undefined ? undefined : withoutNulls({ ...previous, metadata: { ...previous.metadata, managedFields: renamed(previous.metadata.managedFields ?? [], 'v1') } });
    const owners = machinery.recordUpdate({ definition, previous: before, next: withoutNulls(next), manager: caller.manager, subresource: undefined });
    return modern ? renamed(owners, 'events.k8s.io/v1') : owners;
  };

  return (about, text) => {
    if (definition === undefined) return;
    const namespace = about.metadata.namespace ?? 'default';
    const key = JSON.stringify([about.metadata.uid, text.type, text.reason, text.fieldPath, text.action, modern ? about.metadata.resourceVersion : text.message]);
    const name = said.get(key);
    const known = name === undefined ? undefined : machinery.store.get('events', namespace, name);
    if (known !== undefined) {
      const again = modern ? inSeries(known, machinery.now()) : counted(known, machinery.now());
      again.metadata = { ...again.metadata, managedFields: ownersOf(known, again) };
      machinery.store.put('events', again);
      return;
    }
    const event = modern ? modernEvent(about, text, component, machinery.now()) : classicEvent(about, text, component, machinery.now());
    try {
      const stored = insert(machinery, definition, event, caller, {}, (object) => {
        object.metadata.managedFields = ownersOf(undefined, object);
      });
      said.delete(key);
      said.set(key, stored.metadata.name);
      for (const oldest of said.keys()) {
        if (said.size <= rememberedEvents) break;
        said.delete(oldest);
      }
    } catch (error) {
      // A namespace that ends takes no new objects; an event is never worth failing for.
      if (!(error instanceof StatusError)) throw error;
    }
  };
}

/** What events.k8s.io/v1 calls otherwise. */
const names = [['f:involvedObject', 'f:regarding'], ['f:message', 'f:note'], ['f:reportingComponent', 'f:reportingController']] as const;

function renamed(owners: NonNullable<StoredObject['metadata']['managedFields']>, apiVersion: string): NonNullable<StoredObject['metadata']['managedFields']> {
  const modern = apiVersion !== 'v1';
  const nameOf = (field: string): string => names.find((pair) => pair[modern ? 0 : 1] === field)?.[modern ? 1 : 0] ?? field;
  return owners.map((owner) => ({
    ...owner, apiVersion,
    fieldsV1: Object.fromEntries(Object.entries(owner.fieldsV1 ?? {}).map(([field, inner]) => [nameOf(field), inner] as const).toSorted(([one], [other]) => (one < other ? -1 : 1))),
  }));
}

/** A time that isn't set travels as null and is nobody's. */
function withoutNulls(event: StoredObject): StoredObject {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null)) as StoredObject;
}

function counted(event: StoredObject, now: number): StoredObject {
  return { ...event, count: Number(event.count ?? 1) + 1, lastTimestamp: timestamp(now) };
}

function inSeries(event: StoredObject, now: number): StoredObject {
  const { count = 1 } = (event.series ?? {}) as { count?: number };
  return { ...event, series: { count: count + 1, lastObservedTime: microseconds(now) } };
}

const microseconds = (now: number): string => new Date(now).toISOString().replace('Z', `${String(randomInt(1000)).padStart(3, '0')}Z`);

/** `<object>.<16 hex digits>`: nanoseconds since the epoch. */
const eventName = (about: About, now: number): string => `${about.metadata.name}.${laterThanAll(now).toString(16)}`;

/** Names sort in the order the events were written in, within a millisecond too. */
let newest = 0n;
function laterThanAll(now: number): bigint {
  const time = BigInt(now) * 1_000_000n;
  newest = (time > newest ? time : newest) + BigInt(randomInt(1, 1_000));
  return newest;
}

function skeleton(about: About, text: EventText, now: number): StoredObject {
  return {
    apiVersion: 'v1', kind: 'Event',
    metadata: { name: eventName(about, now), namespace: about.metadata.namespace ?? 'default' } as StoredObject['metadata'],
    involvedObject: {
      kind: about.kind, ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }), name: about.metadata.name,
      uid: about.metadata.uid, apiVersion: about.apiVersion, resourceVersion: about.metadata.resourceVersion,
      ...(text.fieldPath === undefined ? {} : { fieldPath: text.fieldPath }),
    },
    reason: text.reason, message: text.message,
  };
}

function classicEvent(about: About, text: EventText, component: Component, now: number): StoredObject {
  const time = timestamp(now);
  return {
    ...skeleton(about, text, now),
    source: { component: component.name, ...(component.host === undefined ? {} : { host: component.host }) },
    firstTimestamp: time, lastTimestamp: time, count: 1, type: text.type, eventTime: null,
    ...(text.action === undefined ? {} : { action: text.action }),
    reportingComponent: component.name, reportingInstance: component.host ?? '',
  };
}

function modernEvent(about: About, text: EventText, component: Component, now: number): StoredObject {
  return {
    ...skeleton(about, text, now),
    source: {}, firstTimestamp: null, lastTimestamp: null, type: text.type, eventTime: microseconds(now), action: text.action ?? 'Binding',
    reportingComponent: component.name, reportingInstance: `${component.name}-${component.host ?? 'playground'}`,
  };
}
