import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { startGarbageCollection } from '../../../../../playground/cluster/controllers/cluster/garbage-collection.ts';
import type { ObjectOf } from '../../../../../playground/cluster/objects/object.ts';
import type { OwnerReference } from '../../../../../playground/cluster/objects/types.ts';
import { waitFor } from '../../../../support/wait-for.ts';
import { createParts, settingsFor, type Parts } from './parts.ts';

const stops: { stop(): void }[] = [];
afterEach(() => {
  for (const part of stops.splice(0)) part.stop();
});

function start(): Parts {
  const parts = createParts();
  stops.push(startGarbageCollection(parts.client, settingsFor(parts)), parts);
  return parts;
}

const ownedBy = (owner: ObjectOf<'configmaps'>, blockOwnerDeletion = true): OwnerReference => ({ apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name, uid: owner.metadata.uid, blockOwnerDeletion });
const create = (parts: Parts, name: string, owners: OwnerReference[], finalizers: string[] = []): ObjectOf<'configmaps'> =>
  parts.client.create('configmaps', { metadata: { name, namespace: 'shop', ...(owners.length === 0 ? {} : { ownerReferences: owners }), ...(finalizers.length === 0 ? {} : { finalizers }) } });
const find = (parts: Parts, name: string): ObjectOf<'configmaps'> | undefined => parts.client.get('configmaps', 'shop', name);
const free = (parts: Parts, name: string): void => void parts.client.modify('configmaps', 'shop', name, ({ metadata }) => {
  metadata.finalizers = [];
});
/** Until nothing happens any more. */
async function settle(parts: Parts): Promise<void> {
  const names = (): string => JSON.stringify(parts.client.list('configmaps').map(({ metadata }) => metadata.resourceVersion));
  for (let quiet = 0, before = names(); quiet < 40; before = names()) {
    await turn();
    quiet = names() === before ? quiet + 1 : 0;
  }
}

describe('garbage collection', () => {
  test('background: the owner goes first, what it owned follows', async () => {
    const parts = start();
    const owner = create(parts, 'owner', []);
    const middle = create(parts, 'middle', [ownedBy(owner)]);
    create(parts, 'leaf', [ownedBy(middle)]);
    await settle(parts);
    expect(find(parts, 'leaf')).toBeDefined();
    parts.client.delete('configmaps', 'shop', 'owner', { propagation: 'Background' });
    expect(find(parts, 'owner')).toBeUndefined();
    await waitFor('all are gone', () => find(parts, 'middle') === undefined && find(parts, 'leaf') === undefined);
  });

  test('an owner of the same name but another uid is no owner', async () => {
    const parts = start();
    const owner = create(parts, 'owner', []);
    create(parts, 'dependent', [{ ...ownedBy(owner), uid: '00000000-0000-4000-8000-000000000000' }]);
    await waitFor('it is gone', () => find(parts, 'dependent') === undefined);
    expect(find(parts, 'owner')).toBeDefined();
  });

  test('foreground: the owner stays until what blocks it is gone', async () => {
    const parts = start();
    const owner = create(parts, 'owner', []);
    create(parts, 'blocking', [ownedBy(owner)], ['example.com/hold']);
    await settle(parts);
    parts.client.delete('configmaps', 'shop', 'owner', { propagation: 'Foreground' });
    await waitFor('the dependent is on its way', () => find(parts, 'blocking')?.metadata.deletionTimestamp);
    await settle(parts);
    expect(find(parts, 'owner')?.metadata.finalizers).toEqual(['foregroundDeletion']);
    free(parts, 'blocking');
    await waitFor('both are gone', () => find(parts, 'blocking') === undefined && find(parts, 'owner') === undefined);
  });

  test('orphan: the dependents stay, without their owner', async () => {
    const parts = start();
    const owner = create(parts, 'owner', []);
    create(parts, 'dependent', [ownedBy(owner)]);
    await settle(parts);
    parts.client.delete('configmaps', 'shop', 'owner', { propagation: 'Orphan' });
    await waitFor('the owner is gone', () => find(parts, 'owner') === undefined);
    await settle(parts);
    expect(find(parts, 'dependent')?.metadata.ownerReferences).toBeUndefined();
  });

  test('whatever the graph: nothing with a living owner dies, nothing without one lives', async () => {
    await fc.assert(fc.asyncProperty(
      // Each object's owners are among those before it.
      fc.array(fc.array(fc.nat(20), { maxLength: 3 }), { minLength: 2, maxLength: 14 }), fc.array(fc.tuple(fc.nat(20), fc.constantFrom('Background' as const, 'Foreground' as const, 'Orphan' as const)), { minLength: 1, maxLength: 4 }),
      async (graph, deletions) => {
        const parts = start();
        const objects: ObjectOf<'configmaps'>[] = [];
        for (const [index, picks] of graph.entries()) {
          const owners = [...new Set(picks.filter((pick) => pick < index))].flatMap((pick) => objects[pick] ?? []);
          objects.push(create(parts, `object-${index}`, owners.map((owner) => ownedBy(owner))));
        }
        await settle(parts);
        expect(parts.client.list('configmaps')).toHaveLength(graph.length);
        const roots = new Set(objects.filter(({ metadata }) => metadata.ownerReferences === undefined).map(({ metadata }) => metadata.uid));
        const deleted = new Set<string>();
        for (const [pick, propagation] of deletions) {
          const victim = objects[pick % objects.length];
          const now = victim === undefined ? undefined : find(parts, victim.metadata.name);
          if (victim === undefined || now === undefined) continue;
          deleted.add(victim.metadata.uid);
          parts.client.delete('configmaps', 'shop', victim.metadata.name, { propagation });
          await settle(parts);
        }
        const alive = parts.client.list('configmaps');
        const uids = new Set(alive.map(({ metadata }) => metadata.uid));
        for (const { metadata } of alive) {
          expect(deleted.has(metadata.uid)).toBe(false);
          expect(metadata.deletionTimestamp).toBeUndefined();
          const owners = metadata.ownerReferences ?? [];
          expect(owners.length === 0 || owners.some(({ uid }) => uids.has(uid))).toBe(true);
        }
        for (const { metadata } of objects) {
          if (uids.has(metadata.uid) || deleted.has(metadata.uid)) continue;
          // Who died undeleted had owners, and none of them lives.
          expect(roots.has(metadata.uid)).toBe(false);
          expect((metadata.ownerReferences ?? []).some(({ uid }) => uids.has(uid))).toBe(false);
        }
        for (const part of stops.splice(0)) part.stop();
      },
    ), { numRuns: 40 });
  });
});
