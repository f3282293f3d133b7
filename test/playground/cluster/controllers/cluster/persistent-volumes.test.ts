import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startPersistentVolumes } from '../../../../../playground/cluster/controllers/cluster/persistent-volumes.ts';
import { startScheduler } from '../../../../../playground/cluster/scheduler/scheduler.ts';
import type { PersistentVolumeClaimSpec, PersistentVolumeSpec } from '../../../../../playground/cluster/objects/types.ts';
import { waitFor } from '../../../../support/wait-for.ts';
import { createParts, settingsFor, type Parts } from './parts.ts';

let parts: Parts;
let directory: string;
let stops: { stop(): void }[];

beforeEach(() => {
  parts = createParts();
  directory = mkdtempSync(join(tmpdir(), 'volumes-'));
  stops = [startPersistentVolumes(parts.client, settingsFor(parts, { volumes: { directory } })), startScheduler(parts.client, { timing: { speed: 50 }, log: (line) => parts.lines.push(line) })];
  parts.node('node1');
});
afterEach(() => {
  for (const part of [...stops, parts]) part.stop();
  rmSync(directory, { recursive: true, force: true });
});

const claim = (name: string, spec: Partial<PersistentVolumeClaimSpec>): void => void parts.client.create('persistentvolumeclaims', { metadata: { name, namespace: 'shop' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec } });
const volume = (name: string, storage: string, spec: Partial<PersistentVolumeSpec> = {}): void => void parts.client.create('persistentvolumes', {
  metadata: { name }, spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], storageClassName: 'manual', persistentVolumeReclaimPolicy: 'Retain', hostPath: { path: `/data/${name}` }, ...spec },
});
const read = (name: string) => parts.client.get('persistentvolumeclaims', 'shop', name);
const phase = (name: string): string | undefined => read(name)?.status?.phase;
const volumeOf = (name: string) => parts.client.get('persistentvolumes', undefined, name);
const messages = (name: string) => parts.events(name).map(({ type, reason, message }) => `${type} ${reason} ${message}`);
const podWith = (name: string, claimName: string): void => void parts.pod(name, { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] } });

describe('claims that wait', () => {
  test('for a class that does not exist', async () => {
    claim('orders-data', { storageClassName: 'fast-ssd' });
    await waitFor('the event', () => parts.events('orders-data').length > 0);
    expect(messages('orders-data')).toEqual(['Warning ProvisioningFailed storageclass.storage.k8s.io "fast-ssd" not found']);
    expect(read('orders-data')).toMatchObject({ status: { phase: 'Pending' }, metadata: { finalizers: ['kubernetes.io/pvc-protection'] } });
    expect(parts.events('orders-data')[0]?.source).toEqual({ component: 'persistentvolume-controller' });
  });

  test('without any class', async () => {
    claim('plain', { storageClassName: '' });
    await waitFor('the event', () => parts.events('plain').length > 0);
    expect(messages('plain')).toEqual(['Normal FailedBinding no persistent volumes available for this claim and no storage class is set']);
  });
});

test('a claim of the default class is provisioned once a pod uses it, and goes with its directory', async () => {
  claim('data', {});
  await waitFor('the event', () => parts.events('data').length > 0);
  expect(messages('data')).toEqual(['Normal WaitForFirstConsumer waiting for first consumer to be created before binding']);
  expect(read('data')?.spec?.storageClassName).toBe('standard');

  podWith('db', 'data');
  await waitFor('the pod runs somewhere', () => parts.client.get('pods', 'shop', 'db')?.spec?.nodeName);
  const bound = read('data');
  const name = `pvc-${bound?.metadata.uid ?? ''}`;
  expect(bound).toMatchObject({ spec: { volumeName: name }, status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] }, metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'volume.kubernetes.io/selected-node': 'node1' } } });
  expect(volumeOf(name)).toMatchObject({ spec: { hostPath: { path: join(directory, name) }, claimRef: { namespace: 'shop', name: 'data', uid: bound?.metadata.uid }, persistentVolumeReclaimPolicy: 'Delete' }, status: { phase: 'Bound' } });
  expect(existsSync(join(directory, name))).toBe(true);
  expect(messages('data').slice(1)).toEqual(expect.arrayContaining(['Normal Provisioning External provisioner is provisioning volume for claim "shop/data"', `Normal ProvisioningSucceeded Successfully provisioned volume ${name}`]));

  parts.client.delete('persistentvolumeclaims', 'shop', 'data');
  await waitFor('it is marked', () => read('data')?.metadata.deletionTimestamp);
  expect(read('data')?.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
  parts.client.delete('pods', 'shop', 'db', { graceSeconds: 0 });
  await waitFor('claim and volume are gone', () => read('data') === undefined && volumeOf(name) === undefined);
  expect(existsSync(join(directory, name))).toBe(false);
});

test('an immediate class needs no pod', async () => {
  claim('now', { storageClassName: 'immediate' });
  expect(await waitFor('it is bound', () => phase('now') === 'Bound')).toBe(true);
});

test('volumes made by hand: the smallest that is large enough; a released one is kept and not given again', async () => {
  volume('large', '10Gi');
  volume('small', '2Gi');
  volume('tiny', '500Mi');
  claim('files', { storageClassName: 'manual' });
  await waitFor('it is bound', () => phase('files') === 'Bound');
  expect(read('files')?.spec?.volumeName).toBe('small');
  await waitFor('the others are there', () => volumeOf('tiny')?.status?.phase === 'Available');
  parts.client.delete('persistentvolumeclaims', 'shop', 'files');
  await waitFor('it is released', () => volumeOf('small')?.status?.phase === 'Released');
  claim('files', { storageClassName: 'manual' });
  await waitFor('it is bound again', () => phase('files') === 'Bound');
  expect(read('files')?.spec?.volumeName).toBe('large');
});

test('a bound claim whose volume disappears is lost', async () => {
  volume('only', '2Gi', { persistentVolumeReclaimPolicy: 'Retain' });
  claim('files', { storageClassName: 'manual' });
  await waitFor('it is bound', () => phase('files') === 'Bound');
  parts.client.delete('persistentvolumes', undefined, 'only');
  parts.client.modify('persistentvolumes', undefined, 'only', ({ metadata }) => {
    metadata.finalizers = [];
  });
  await waitFor('it is lost', () => phase('files') === 'Lost');
  await waitFor('the event', () => parts.events('files').some(({ reason }) => reason === 'ClaimLost'));
  expect(messages('files')).toContain('Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!');
});
