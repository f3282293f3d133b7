import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoredObject } from '../../../../playground/cluster/objects/object.ts';
import type { CustomResourceDefinition } from '../../../../playground/cluster/objects/types.ts';
import { createPlane, refusal } from '../admission/plane.ts';
import type { Plane } from '../admission/plane.ts';

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';
const key = 'backups.example.com';

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['schedule'],
      properties: {
        schedule: { type: 'string', pattern: '^\\d+m$' },
        replicas: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
        mode: { type: 'string', enum: ['Full', 'Incremental'] },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        targets: { type: 'array', maxItems: 2, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 5 } } } },
        port: { 'x-kubernetes-int-or-string': true },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

const version = (name: string, storage: boolean): CustomResourceDefinition['spec']['versions'][number] => ({
  name, storage, served: true, schema: { openAPIV3Schema: schema as never },
  subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } },
  additionalPrinterColumns: [
    { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
    { name: 'Last', type: 'date', jsonPath: '.status.last' },
    { name: 'Targets', type: 'string', jsonPath: '.spec.targets', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

const definition = (change: Partial<CustomResourceDefinition['spec']> = {}) => ({
  metadata: { name: key },
  spec: {
    group: 'example.com', scope: 'Namespaced', names: { plural: 'backups', kind: 'Backup', shortNames: ['bk'], categories: ['all'] }, versions: [version('v1', true)], ...change,
  },
});

let plane: Plane;
beforeEach(() => {
  plane = createPlane();
  plane.create(definitions, definition());
});
afterEach(() => plane.stop());

const backup = (spec: object, metadata: object = { name: 'nightly' }) => ({ metadata, spec });
const create = (spec: object, metadata?: object) => plane.create(key, backup(spec, metadata));

describe('a definition', () => {
  test('is established and served', () => {
    expect(plane.store.get(definitions, undefined, key)).toMatchObject({
      status: {
        acceptedNames: { plural: 'backups', singular: 'backup', kind: 'Backup', listKind: 'BackupList', shortNames: ['bk'] }, storedVersions: ['v1'],
        conditions: [{ type: 'NamesAccepted', status: 'True', reason: 'NoConflicts' }, { type: 'Established', status: 'True', reason: 'InitialNamesAccepted' }],
      },
    });
    expect(plane.registry.byPath('example.com', 'v1', 'backups')).toMatchObject({ kind: 'Backup', namespaced: true, shortNames: ['bk'], subresources: [{ name: 'status' }, { name: 'scale', scale: { specReplicas: 'spec.replicas' } }] });
  });

  test('whose names are taken is not served', () => {
    plane.create(definitions, { metadata: { name: 'others.example.com' }, spec: { ...definition().spec, names: { plural: 'others', singular: 'other', kind: 'Backup', listKind: 'OtherList' } } });
    expect(plane.registry.byKey('others.example.com')).toBeUndefined();
    expect(plane.store.get(definitions, undefined, 'others.example.com')).toMatchObject({ status: { conditions: [{ type: 'NamesAccepted', status: 'False', reason: 'KindConflict', message: '"Backup" is already in use' }, { type: 'Established', status: 'False' }] } });
  });

  test('can get versions and lose them', () => {
    plane.update(definitions, key, (copy) => Object.assign(copy['spec'] as object, { versions: [version('v1', false), version('v2', true)] }));
    expect(plane.registry.byPath('example.com', 'v2', 'backups')).toBeDefined();
    expect(plane.store.get(definitions, undefined, key)).toMatchObject({ status: { storedVersions: ['v1', 'v2'] } });
    expect(create({ schedule: '5m' }).apiVersion).toBe('example.com/v2');
    plane.update(definitions, key, (copy) => Object.assign(copy['spec'] as object, { versions: [{ ...version('v1', false), served: false }, version('v2', true)] }));
    expect(plane.registry.byPath('example.com', 'v1', 'backups')).toBeUndefined();
    expect(refusal(() => plane.update(definitions, key, (copy) => Object.assign(copy['spec'] as object, { versions: [version('v2', true)] }))).message).toContain('missing from spec.versions');
  });

  test.each<[Partial<CustomResourceDefinition['spec']>, string]>([
    [{ group: 'other.com' }, 'metadata.name: Invalid value: "backups.example.com": must be spec.names.plural+"."+spec.group'],
    [{ scope: 'Galaxy' }, 'spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'],
    [{ versions: [{ name: 'v1', served: true, storage: true }] }, 'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required'],
    [{ versions: [version('v1', false)] }, 'must have exactly one version marked as storage version'],
  ])('with %j is refused', (change, why) => {
    expect(refusal(() => plane.create(definitions, definition(change)))).toMatchObject({ code: 422, message: expect.stringContaining(why) as string });
  });

  test('takes its objects along', () => {
    create({ schedule: '5m' });
    plane.remove(definitions, key);
    expect(plane.store.list(key)).toEqual([]);
    expect(plane.store.get(definitions, undefined, key)).toBeUndefined();
    expect(plane.registry.byKey(key)).toBeUndefined();
    plane.create(definitions, definition());
    expect(create({ schedule: '5m' }).metadata.name).toBe('nightly');
  });

  test('waits for objects with finalizers, and takes no new ones meanwhile', () => {
    create({ schedule: '5m' }, { name: 'nightly', finalizers: ['example.com/wait'] });
    plane.remove(definitions, key);
    expect(plane.store.get(definitions, undefined, key)).toMatchObject({ status: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'Terminating', status: 'True' })]) as unknown } });
    expect(refusal(() => create({ schedule: '5m' }, { name: 'other' }))).toMatchObject({ code: 405, message: 'create not allowed while custom resource definition is terminating' });
    plane.update(key, 'nightly', (copy) => void delete copy.metadata.finalizers);
    expect(plane.store.get(definitions, undefined, key)).toBeUndefined();
  });
});

describe('a custom object', () => {
  test('gets defaults and loses what nobody knows', () => {
    const object = create({ schedule: '5m', unknown: 1, free: { kept: true } });
    expect(object).toMatchObject({ metadata: { generation: 1 }, spec: { schedule: '5m', replicas: 1, free: { kept: true } } });
    expect(object['spec']).not.toHaveProperty('unknown');
  });

  test.each<[object, string]>([
    [{ schedule: '5m', replicas: 'three' }, 'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
    [{ schedule: '5m', replicas: 11 }, 'spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10'],
    [{ schedule: '5m', replicas: 0 }, 'spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1'],
    [{ schedule: 'now' }, 'spec.schedule: Invalid value: "now": spec.schedule in body should match \'^\\d+m$\''],
    [{}, 'spec.schedule: Required value'],
    [{ schedule: '5m', mode: 'Half' }, 'spec.mode: Unsupported value: "Half": supported values: "Full", "Incremental"'],
    [{ schedule: '5m', labels: { a: 1 } }, 'spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"'],
    [{ schedule: '5m', targets: [{ name: 'toolong' }] }, 'spec.targets[0].name: Too long: may not be more than 5 bytes'],
    [{ schedule: '5m', targets: [{ name: 'a' }, { name: 'a' }] }, 'spec.targets[1]: Duplicate value: {"name":"a"}'],
    [{ schedule: '5m', targets: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }, 'spec.targets: Too many: 3: must have at most 2 items'],
    [{ schedule: '5m', port: true }, 'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
  ])('with %j is refused', (spec, why) => {
    expect(refusal(() => create(spec))).toEqual({ code: 422, reason: 'Invalid', message: `Backup.example.com "nightly" is invalid: ${why}` });
  });

  test('has its status behind its own door', () => {
    create({ schedule: '5m' });
    const changed = plane.update(key, 'nightly', (copy) => Object.assign(copy, { spec: { schedule: '6m', replicas: 2 }, status: { phase: 'x' } }));
    expect(changed).toMatchObject({ metadata: { generation: 2 }, spec: { schedule: '6m' } });
    expect(changed).not.toHaveProperty('status');
    const reported = plane.update(key, 'nightly', (copy) => Object.assign(copy, { spec: { schedule: '7m' }, status: { phase: 'Done' } }), { subresource: 'status' });
    expect(reported).toMatchObject({ metadata: { generation: 2 }, spec: { schedule: '6m' }, status: { phase: 'Done' } });
  });

  test('is shown with the columns of its definition', () => {
    create({ schedule: '5m', targets: [{ name: 'a' }] });
    const created = Date.parse(plane.store.get(key, 'shop', 'nightly')?.metadata.creationTimestamp ?? '');
    const { table } = plane.registry.byKey(key) ?? {};
    expect(table?.columns.map(({ name, type, priority }) => `${name} ${type} ${priority}`)).toEqual(['Name string 0', 'Schedule string 0', 'Ready string 0', 'Replicas integer 0', 'Last date 0', 'Targets string 1', 'Age date 0']);
    const row = () => table?.row(structuredClone(plane.store.get(key, 'shop', 'nightly') as StoredObject), created + 90_000);
    expect(row()).toEqual(['nightly', '5m', null, 1, null, '[{"name":"a"}]', '90s']);
    plane.update(key, 'nightly', (copy) => Object.assign(copy, { status: { last: new Date(created).toISOString(), conditions: [{ type: 'Stalled', status: 'False' }, { type: 'Ready', status: 'True' }] } }), { subresource: 'status' });
    expect(row()).toEqual(['nightly', '5m', 'True', 1, '90s', '[{"name":"a"}]', '90s']);
  });
});
