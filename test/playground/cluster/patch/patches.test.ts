import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatusError } from '../../../../playground/cluster/api/status.ts';
import type { Stored, StoredObject } from '../../../../playground/cluster/objects/object.ts';
import type { Container, Deployment } from '../../../../playground/cluster/objects/types.ts';
import { applyPatch } from '../../../../playground/cluster/patch/index.ts';
import { isFields, sameValue } from '../../../../playground/cluster/patch/values.ts';
import { decodeObject } from '../../../../playground/cluster/schema/decode.ts';

const about = { apiVersion: 'apps/v1', kind: 'Deployment', validation: 'Strict' as const };
const shape = { type: 'Deployment' };
const deployment = (containers: unknown[] = [{ name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }] }, { name: 'side', image: 'side:1' }]): StoredObject =>
  decodeObject({
    metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers } } },
  }, shape, about).object;

const patched = (body: unknown, type: 'json' | 'merge' | 'strategic' = 'strategic', current = deployment()): Stored<Deployment> => applyPatch(current, { type, body }, shape, about).object as unknown as Stored<Deployment>;
/** What refused it, if anything did; other errors are errors. */
const attempt = (change: () => unknown): StatusError['status'] | undefined => {
  try {
    change();
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
};
const refusal = (body: unknown, type: 'json' | 'merge' | 'strategic'): StatusError['status'] => {
  const status = attempt(() => patched(body, type));
  if (status === undefined) throw new Error('It was taken.');
  return status;
};
const containersOf = (object: Stored<Deployment>): Container[] => object.spec?.template.spec?.containers ?? [];
const inTemplate = (spec: unknown): unknown => ({ spec: { template: { spec } } });

describe('strategic patches', () => {
  it('merges containers and variables by name, in the order that is asked for', () => {
    const result = containersOf(patched(inTemplate({
      '$setElementOrder/containers': [{ name: 'web' }, { name: 'side' }],
      containers: [{ name: 'web', '$setElementOrder/env': [{ name: 'C' }, { name: 'A' }, { name: 'B' }], env: [{ name: 'C', value: '3' }, { name: 'A', value: '9' }] }],
    })));
    expect(result.map((container) => container.name)).toEqual(['web', 'side']);
    expect(result[0]?.env).toEqual([{ name: 'C', value: '3' }, { name: 'A', value: '9' }, { name: 'B', value: '2' }]);
    expect(result[0]?.image).toBe('web:1');
  });

  it('deletes an item by its key and replaces a list', () => {
    expect(containersOf(patched(inTemplate({ containers: [{ name: 'side', $patch: 'delete' }] }))).map((container) => container.name)).toEqual(['web']);
    expect(containersOf(patched(inTemplate({ containers: [{ $patch: 'replace' }, { name: 'only', image: 'only:1' }] }))).map((container) => container.name)).toEqual(['only']);
  });

  it('keeps only the fields that $retainKeys names', () => {
    expect(patched({ spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }).spec?.strategy).toEqual({ type: 'Recreate' });
    expect(patched({ spec: { strategy: { type: 'Recreate' } } }).spec?.strategy).toEqual({ type: 'Recreate', rollingUpdate: { maxSurge: 1 } });
  });

  it('takes finalizers out by value and labels out by null', () => {
    const current = deployment();
    current.metadata.finalizers = ['a.b/c', 'd.e/f'];
    const result = patched({ metadata: { '$deleteFromPrimitiveList/finalizers': ['a.b/c'], labels: { app: null, tier: 'x' } } }, 'strategic', current);
    expect(result.metadata).toMatchObject({ finalizers: ['d.e/f'], labels: { tier: 'x' } });
  });

  it('replaces a list that has no keys', () => {
    const current = patched(inTemplate({ tolerations: [{ key: 'a', operator: 'Exists' }] })) as unknown as StoredObject;
    expect(patched(inTemplate({ tolerations: [{ key: 'b', operator: 'Exists' }] }), 'strategic', current).spec?.template.spec?.tolerations).toEqual([{ key: 'b', operator: 'Exists' }]);
  });

  it('says what was wrong as Kubernetes does', () => {
    expect(refusal({ spec: { replicas: 'three' } }, 'strategic').message).toBe(' "" is invalid: patch: Invalid value: "map[spec:map[replicas:three]]": unrecognized type: int32');
    expect(refusal({ spec: { foo: 1 } }, 'strategic').message).toContain('strict decoding error: unknown field "spec.foo"');
    expect(refusal({ spec: { replicas: 'three' } }, 'merge').message).toMatch(/^ "" is invalid: patch: Invalid value: "\{\\"apiVersion\\":\\"apps\/v1\\",\\"kind\\":\\"Deployment\\".*: json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32$/);
  });
});

describe('JSON patches', () => {
  it('tests, adds, moves, copies and removes', () => {
    const result = patched([
      { op: 'test', path: '/spec/replicas', value: 2 }, { op: 'add', path: '/metadata/labels/a~1b', value: 'x' }, { op: 'replace', path: '/spec/replicas', value: 5 },
      { op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'third', image: 'i' } }, { op: 'remove', path: '/spec/template/spec/containers/0' },
    ], 'json');
    expect(result.spec?.replicas).toBe(5);
    expect(result.metadata.labels).toEqual({ app: 'web', 'a/b': 'x' });
    expect(containersOf(result).map((container) => container.name)).toEqual(['side', 'third']);
  });

  it.each([
    [{ op: 'test', path: '/spec/replicas', value: 3 }], [{ op: 'replace', path: '/spec/nothing', value: 1 }], [{ op: 'remove', path: '/spec/nothing' }], [{ op: 'add', path: '/spec/nothing/deep', value: 1 }],
    [{ op: 'unknown', path: '/spec' }], [{ op: 'remove', path: '/spec/template/spec/containers/7' }],
  ])('refuses %j without a reason', (operation) => {
    expect(refusal([operation], 'json')).toMatchObject({ code: 422, reason: 'Invalid', message: 'the server rejected our request due to an error in our request' });
  });
});

describe('laws of patches', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 3 }, fc.string({ maxLength: 4 }), fc.integer(), fc.boolean(), tie('fields'), fc.array(tie('any'), { maxLength: 3 })),
    fields: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('any'), { maxKeys: 4 }),
  }));
  const custom = { openapi: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const customAbout = { apiVersion: 'x.io/v1', kind: 'Thing', validation: 'Strict' as const };
  const thing = (spec: unknown): StoredObject => ({ apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 'x', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }, spec });

  const difference = (before: unknown, after: unknown): unknown => {
    if (!isFields(before) || !isFields(after)) return after;
    return Object.fromEntries([...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !sameValue(before[key], after[key]))
      .map((key) => [key, key in after ? difference(before[key], after[key]) : null]));
  };

  it('a merge patch made of the difference of two objects turns one into the other, and leaves its input alone', () => {
    fc.assert(fc.property(value.fields, value.fields, (before, after) => {
      const current = thing(before);
      const copy = structuredClone(current);
      expect(applyPatch(current, { type: 'merge', body: { spec: difference(before, after) } }, custom, customAbout).object['spec']).toEqual(after);
      expect(current).toEqual(copy);
    }));
  });

  it('a JSON patch that replaces a part leaves exactly that part', () => {
    fc.assert(fc.property(value.fields, value.any, (before, after) => {
      const current = thing(before);
      const copy = structuredClone(current);
      expect(applyPatch(current, { type: 'json', body: [{ op: 'test', path: '/spec', value: before }, { op: 'add', path: '/spec/e', value: after }] }, custom, customAbout).object['spec']).toEqual({ ...before, e: after });
      expect(current).toEqual(copy);
    }));
  });

  const container = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.constantFrom('x:1', 'y:2') });
  const containers = fc.uniqueArray(container, { selector: (one) => one.name, minLength: 1 });

  it('a strategic patch twice is the same as once, adds no item twice and loses none', () => {
    fc.assert(fc.property(containers, containers, (before, patch) => {
      const body = inTemplate({ containers: patch });
      const once = patched(body, 'strategic', deployment(before));
      expect(patched(body, 'strategic', once as unknown as StoredObject)).toEqual(once);
      const names = containersOf(once).map((one) => one.name);
      expect(names.toSorted()).toEqual([...new Set([...before, ...patch].map((one) => one.name))].toSorted());
      for (const one of patch) expect(containersOf(once).find((other) => other.name === one.name)?.image).toBe(one.image);
    }));
  });

  it('nothing but a StatusError ever comes out of a patch', () => {
    fc.assert(fc.property(fc.constantFrom('json', 'merge', 'strategic'), fc.oneof(fc.jsonValue(), fc.array(fc.record({ op: fc.constantFrom('add', 'remove', 'test', 'copy', 'move'), path: fc.string(), from: fc.string(), value: fc.jsonValue() }))), (type, body) => {
      expect(() => attempt(() => patched(body, type))).not.toThrow();
    }));
  });
});
