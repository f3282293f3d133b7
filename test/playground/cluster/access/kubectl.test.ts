import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram, requirement } from '../../../support/requirements.ts';
import { run, startTestApi } from '../api/api.ts';
import type { TestApi } from '../api/api.ts';
import { recordedOutput } from '../resources/recorded.ts';

let api: TestApi;
let admin: string;
let reader: string;

const kubectl = async (kubeconfig: string, ...parameters: string[]): Promise<{ code: number; output: string }> => {
  // A home of its own: kubectl caches what it discovers.
  const { code, stdout, stderr } = await run(findProgram('kubectl') ?? '', parameters, { environment: { KUBECONFIG: kubeconfig, HOME: api.directory } });
  return { code, output: `${stdout}${stderr}` };
};

const possible = requirement('kubectl');

describe.skipIf(!possible)('kubectl', () => {
  beforeAll(async () => {
    api = await startTestApi();
    const { client } = api.server.plane;
    client.create('namespaces', { metadata: { name: 'shop' } });
    client.create('serviceaccounts', { metadata: { name: 'reader', namespace: 'shop' } });
    client.create('rolebindings.rbac.authorization.k8s.io', {
      metadata: { name: 'reader', namespace: 'shop' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'shop' }],
    });
    admin = api.server.adminKubeconfig;
    reader = await api.server.kubeconfigFor({ namespace: 'shop', name: 'reader' }, join(api.directory, 'reader'));
  });
  afterAll(() => api.stop());

  test('shows a reader the rights a real cluster shows, letter by letter', async () => {
    expect(await kubectl(reader, 'auth', 'can-i', '--list', '-n', 'shop')).toEqual({ code: 0, output: `${recordedOutput('rbac.txt', 'kubectl --token=TOKEN auth can-i --list -n shop')}\n` });
  });

  test('is refused as by a real cluster', async () => {
    for (const command of ['-n shop get secrets', '-n shop delete pod orders-db-0', 'auth can-i delete pods -n shop']) {
      expect(await kubectl(reader, ...command.split(' '))).toEqual({ code: 1, output: `${recordedOutput('rbac.txt', `kubectl --token=TOKEN ${command}`)}\n` });
    }
  });

  test('knows who it is', async () => {
    const { output } = await kubectl(reader, 'auth', 'whoami');
    expect(output).toMatch(/^Username +system:serviceaccount:shop:reader$/m);
    expect(output).toMatch(/^Groups +\[system:serviceaccounts system:serviceaccounts:shop system:authenticated\]$/m);
  });

  test('defines a kind, uses it, and takes it away', async () => {
    const file = join(api.directory, 'definition.json');
    await writeFile(file, JSON.stringify({
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'backups.example.com' },
      spec: {
        group: 'example.com', scope: 'Namespaced', names: { plural: 'backups', kind: 'Backup', shortNames: ['bk'] },
        versions: [{
          name: 'v1', served: true, storage: true, subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { replicas: { type: 'integer' } } }, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } },
          additionalPrinterColumns: [{ name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' }],
        }],
      },
    }));
    const object = join(api.directory, 'object.json');
    await writeFile(object, JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Backup', metadata: { name: 'nightly', namespace: 'shop' }, spec: { replicas: 1 } }));
    expect(await kubectl(admin, 'create', '-f', file)).toEqual({ code: 0, output: 'customresourcedefinition.apiextensions.k8s.io/backups.example.com created\n' });
    expect(await kubectl(admin, 'wait', '--for', 'condition=established', 'crd/backups.example.com', '--timeout=30s')).toMatchObject({ code: 0 });
    expect(await kubectl(admin, 'create', '-f', object)).toEqual({ code: 0, output: 'backup.example.com/nightly created\n' });
    await writeFile(join(api.directory, 'typo.json'), JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Backup', metadata: { name: 'typo', namespace: 'shop' }, spec: { replicaz: 1 } }));
    expect(await kubectl(admin, 'create', '-f', join(api.directory, 'typo.json'))).toMatchObject({ code: 1, output: expect.stringContaining('unknown field "spec.replicaz"') as string });
    expect(await kubectl(admin, '-n', 'shop', 'get', 'bk')).toEqual({ code: 0, output: 'NAME      REPLICAS\nnightly   1\n' });
    expect(await kubectl(admin, '-n', 'shop', 'patch', 'bk', 'nightly', '--type', 'merge', '-p', '{"spec":{"replicas":"three"}}')).toEqual({
      code: 1, output: 'The Backup "nightly" is invalid: spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"\n',
    });
    expect(await kubectl(admin, 'delete', 'crd', 'backups.example.com')).toEqual({ code: 0, output: 'customresourcedefinition.apiextensions.k8s.io "backups.example.com" deleted\n' });
    expect(api.server.plane.machinery.store.list('backups.example.com')).toEqual([]);
  });
});
