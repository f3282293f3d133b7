import { array, assert, boolean, constantFrom, nat, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredObject } from '../../../../playground/cluster/objects/object.ts';
import { createStore } from '../../../../playground/cluster/store/memory.ts';
import type { StoreEvent } from '../../../../playground/cluster/store/store.ts';

const named = (name: string, namespace = 'shop'): StoredObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, uid: name, resourceVersion: '', creationTimestamp: '' } });

const steps = array(record({ name: constantFrom('a', 'b', 'c'), namespace: constantFrom('shop', 'shop-2'), remove: boolean() }), { maxLength: 40 });

test('whoever follows the events from any version ends up with what the store holds', () => {
  assert(property(steps, nat(40), (changes, startAt) => {
    const store = createStore();
    const mirror = new Map<string, string>();
    const follow = ({ type, object }: StoreEvent): void => {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      if (type === 'DELETED') mirror.delete(key);
      else mirror.set(key, object.metadata.resourceVersion);
    };
    const begin = startAt % (changes.length + 1);
    [...changes, undefined].forEach((change, index) => {
      if (index === begin) {
        for (const { metadata } of store.list('configmaps')) mirror.set(`${metadata.namespace}/${metadata.name}`, metadata.resourceVersion);
        const revision = store.revision();
        store.put('secrets', named('other'));
        store.watch('configmaps', revision, follow);
      }
      if (change?.remove === true) store.remove('configmaps', change.namespace, change.name);
      else if (change !== undefined) store.put('configmaps', named(change.name, change.namespace));
    });
    const held = store.list('configmaps').map(({ metadata }) => [`${metadata.namespace}/${metadata.name}`, metadata.resourceVersion]);
    expect(held.map(([key]) => key)).toEqual(held.map(([key]) => key).toSorted());
    expect(new Map(mirror)).toEqual(new Map(held as [string, string][]));
  }));
});

test('versions only grow, events come in order, also when a listener writes', () => {
  const store = createStore();
  const seen: string[] = [];
  store.watch('configmaps', undefined, ({ object }) => {
    if (object.metadata.name === 'first') store.put('configmaps', named('second'));
  });
  store.watch('configmaps', undefined, ({ object }) => seen.push(object.metadata.name));
  store.put('configmaps', named('first'));
  expect(seen).toEqual(['first', 'second']);
});

test('a watch from before the kept history is told so; history stays bounded', () => {
  const store = createStore({ perResource: 10, overall: 15 });
  const before = store.revision();
  for (let index = 0; index < 40; index += 1) store.put('configmaps', named(`c${index % 3}`));
  expect(() => store.watch('configmaps', before, () => undefined)).toThrow(/^too old resource version: 1000 \(10\d\d\)$/);
  const late: string[] = [];
  store.watch('configmaps', String(Number(store.revision()) - 2), ({ object }) => late.push(object.metadata.resourceVersion));
  expect(late).toEqual([String(Number(store.revision()) - 1), store.revision()]);
});

test('what is stored is frozen, and a dropped resource ends with its objects', () => {
  const store = createStore();
  const stored = store.put('configmaps', { ...named('a'), data: { key: 'value' } });
  expect(() => Object.assign(stored['data'] as object, { key: 'other' })).toThrow(TypeError);
  const gone: string[] = [];
  store.watch('configmaps', undefined, ({ type, object }) => gone.push(`${type} ${object.metadata.name}`));
  store.drop('configmaps');
  expect([gone, store.list('configmaps')]).toEqual([['DELETED a'], []]);
});
