import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { StatusError } from '../../../../playground/cluster/api/status.ts';
import type { Stored, StoredObject } from '../../../../playground/cluster/objects/object.ts';
import type { Deployment, ManagedFieldsEntry, PodSpec } from '../../../../playground/cluster/objects/types.ts';
import { recordUpdate, serverSideApply } from '../../../../playground/cluster/patch/index.ts';
import { strategyOf } from '../../../../playground/cluster/resources/strategies/index.ts';
import { decodeObject } from '../../../../playground/cluster/schema/decode.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures/kubernetes-1.36');
const time = '2026-11-22T11:54:29Z';
const about = { apiVersion: 'apps/v1', kind: 'Deployment' };
const shape = { type: 'Deployment' };

/** As kubectl apply makes it out of the transcripts' manifest. */
function checkout(): StoredObject {
  const manifest: unknown = parseAllDocuments(readFileSync(join(fixtures, 'manifests.yaml'), 'utf8'))[1]?.toJS();
  const { object } = decodeObject(manifest, shape, { ...about, validation: 'Strict' });
  object.metadata.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
  strategyOf('deployments.apps').setDefaults?.(object);
  object.metadata.managedFields = recordUpdate({ previous: undefined, next: object, manager: 'kubectl-client-side-apply', apiVersion: 'apps/v1', subresource: undefined, time, shape });
  return object;
}

const update = (previous: StoredObject, manager: string, subresource: string | undefined, change: (copy: StoredObject & { spec?: object }) => void): StoredObject => {
  const next = structuredClone(previous);
  change(next);
  next.metadata.managedFields = recordUpdate({ previous, next, manager, apiVersion: 'apps/v1', subresource, time, shape });
  return next;
};
const apply = (current: StoredObject | undefined, applied: Record<string, unknown>, manager: string, force = false): StoredObject =>
  serverSideApply({ current, applied: { ...about, metadata: { name: 'checkout', namespace: 'shop' }, ...applied }, manager, force, shape, ...about, subresource: undefined, time });
const entryOf = (object: StoredObject, manager: string): ManagedFieldsEntry | undefined => object.metadata.managedFields?.find((entry) => entry.manager === manager);

const podOf = (object: StoredObject): PodSpec | undefined => (object as unknown as Stored<Deployment>).spec?.template.spec;
const attempt = (write: () => StoredObject): StoredObject | StatusError => {
  try {
    return write();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
};

describe('managed fields of ordinary writes', () => {
  it('are those of a real cluster for the same manifest', () => {
    const quoted = /managedFields\\":(\[.*?\])\},\\"spec/.exec(readFileSync(join(fixtures, 'changes.txt'), 'utf8'))?.[1] ?? '';
    const real = JSON.parse(JSON.parse(`"${quoted}"`) as string) as ManagedFieldsEntry[];
    expect(checkout().metadata.managedFields).toEqual([real[0]]);
  });

  it('go over to whoever changes a field, door by door', () => {
    const scaled = update(checkout(), 'kubectl', 'scale', (copy) => {
      copy['spec'] = { ...copy['spec'], replicas: 5 };
    });
    expect(entryOf(scaled, 'kubectl')).toMatchObject({ operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } });
    expect(entryOf(scaled, 'kubectl-client-side-apply')?.fieldsV1).not.toHaveProperty(['f:spec', 'f:replicas']);
  });

  it('stay as they are when nothing changes, and ignore what a door does not write', () => {
    const before = checkout();
    expect(update(before, 'somebody', undefined, () => undefined).metadata.managedFields).toEqual(before.metadata.managedFields);
    const status = update(before, 'controller', 'status', (copy) => {
      copy['spec'] = {};
      copy['status'] = { replicas: 1 };
    });
    expect(entryOf(status, 'controller')?.fieldsV1).toEqual({ 'f:status': { 'f:replicas': {} } });
    expect(entryOf(status, 'kubectl-client-side-apply')).toEqual(entryOf(before, 'kubectl-client-side-apply'));
  });
});

describe('server-side apply', () => {
  it('refuses to take a field from somebody else, with the text of a real cluster', () => {
    const scaled = update(checkout(), 'kubectl', 'scale', (copy) => {
      copy['spec'] = { ...copy['spec'], replicas: 5 };
    });
    const conflict = (): StoredObject => apply(scaled, { spec: { replicas: 4 } }, 'sre-agent');
    expect(conflict).toThrow('Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas');
    const forced = apply(scaled, { spec: { replicas: 4 } }, 'sre-agent', true);
    expect(forced['spec']).toMatchObject({ replicas: 4 });
    expect(entryOf(forced, 'kubectl')).toBeUndefined();
  });

  it('takes away what is no longer applied, but not what others own or what was there before', () => {
    const web = (env: unknown[]): Record<string, unknown> => ({ metadata: { name: 'checkout', namespace: 'shop' }, spec: { template: { spec: { containers: [{ name: 'checkout', env }] } } } });
    const first = apply(checkout(), { ...web([{ name: 'A', value: '1' }, { name: 'B', value: '2' }]), metadata: { name: 'checkout', namespace: 'shop', labels: { mine: 'yes' } } }, 'sre-agent');
    const shared = apply(first, web([{ name: 'B', value: '2' }]), 'another');
    const second = apply(shared, web([{ name: 'C', value: '3' }]), 'sre-agent');
    expect(podOf(second)?.containers[0]).toMatchObject({ env: [{ name: 'B', value: '2' }, { name: 'C', value: '3' }], image: 'registry.local/busybox:1' });
    expect(second.metadata.labels).toEqual({ app: 'checkout' });
  });

  it('names fields that the type has not', () => {
    expect(() => apply(checkout(), { spec: { foo: 1, template: { spec: { containers: [{ name: 'a', imagee: 'x' }] } } } }, 'sre-agent'))
      .toThrow('failed to create typed patch object (shop/checkout; apps/v1, Kind=Deployment): errors:\n  .spec.foo: field not declared in schema\n  .spec.template.spec.containers[name="a"].imagee: field not declared in schema');
  });

  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'));
  const configuration = fc.record({ labels, replicas: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }), env: fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: fc.constantFrom('x', 'y') }), { selector: (one) => one.name }) })
    .map(({ labels: wanted, replicas, env }) => ({ metadata: { name: 'checkout', namespace: 'shop', labels: wanted }, spec: { ...(replicas === undefined ? {} : { replicas }), template: { spec: { containers: [{ name: 'checkout', ...(env.length === 0 ? {} : { env }) }] } } } }));

  it('twice is the same as once', () => {
    fc.assert(fc.property(configuration, (wanted) => {
      const once = apply(checkout(), wanted, 'one', true);
      expect(apply(once, wanted, 'one')).toEqual(once);
    }), { numRuns: 50 });
  });

  it('never overwrites what another manager applied with something else', () => {
    fc.assert(fc.property(configuration, configuration, (first, second) => {
      const base = apply(undefined, first, 'one');
      const outcome = attempt(() => apply(base, second, 'two'));
      if (outcome instanceof StatusError) return outcome.status.code === 409 && outcome.status.reason === 'Conflict';
      expect(outcome['spec']).toMatchObject(first.spec.replicas === undefined ? {} : { replicas: first.spec.replicas });
      expect(outcome.metadata.labels ?? {}).toMatchObject(first.metadata.labels);
      expect(podOf(outcome)?.containers[0]?.env ?? []).toEqual(expect.arrayContaining(first.spec.template.spec.containers[0]?.env ?? []));
      return true;
    }), { numRuns: 100 });
  });

  it('of nothing removes everything that was applied before', () => {
    fc.assert(fc.property(configuration, (wanted) => {
      const base = checkout();
      const { managedFields: _, ...before } = base.metadata;
      const gone = apply(apply(base, wanted, 'one', true), {}, 'one', true);
      const { managedFields: __, ...after } = gone.metadata;
      expect(Object.keys(after.labels ?? {})).toEqual(Object.keys(before.labels ?? {}));
      expect(entryOf(gone, 'one')).toBeUndefined();
    }), { numRuns: 50 });
  });
});
