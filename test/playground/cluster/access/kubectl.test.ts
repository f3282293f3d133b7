import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReviews } from '../../../../playground/cluster/access/reviews.ts';
import { createCertificate } from '../../../../playground/cluster/api/http/certificate.ts';
import { createHandler } from '../../../../playground/cluster/api/http/handler.ts';
import { discoveryPaths, statusPaths } from '../../../../playground/cluster/api/http/paths.ts';
import { reviewHandler, tokenHandler } from '../../../../playground/cluster/api/http/reviews.ts';
import { startServer } from '../../../../playground/cluster/api/http/server.ts';
import type { ApiServer } from '../../../../playground/cluster/api/http/server.ts';
import { writeKubeconfig } from '../../../../playground/cluster/kubeconfig.ts';
import { findProgram, requirement } from '../../../support/requirements.ts';
import { createPlane } from '../admission/plane.ts';
import type { Plane } from '../admission/plane.ts';
import { recordedOutput } from '../resources/recorded.ts';

let plane: Plane;
let server: ApiServer;
let directory: string;
let admin: string;
let reader: string;

const kubectl = async (kubeconfig: string, ...parameters: string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    // A home of its own: kubectl caches what it discovers.
    execFile(findProgram('kubectl') ?? '', parameters, { env: { KUBECONFIG: kubeconfig, HOME: directory }, timeout: 45_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
    });
  });

const possible = requirement('kubectl');

describe.skipIf(!possible)('kubectl', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'access-'));
    const certificate = await createCertificate(['localhost'], ['127.0.0.1']);
    plane = createPlane();
    const { machinery, verbs, authorizer, tokens } = plane;
    server = await startServer({
      port: 0, certificate, upgrade: (_request, socket) => socket.destroy(),
      handle: createHandler({
        machinery, verbs, authorizer, verifyToken: tokens.verify, log: () => undefined, paths: [statusPaths, discoveryPaths(machinery.registry)],
        specials: [reviewHandler(machinery, createReviews({ authorizer, tokens })), tokenHandler(machinery, tokens)],
      }),
    });
    const common = { url: server.url, certificateAuthority: certificate.certificate };
    plane.create('serviceaccounts', { metadata: { name: 'reader' } });
    plane.create('rolebindings.rbac.authorization.k8s.io', {
      metadata: { name: 'reader' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'shop' }],
    });
    admin = await writeKubeconfig(join(directory, 'admin'), { ...common, user: 'kubernetes-admin', token: tokens.issue({ username: 'kubernetes-admin', groups: ['system:masters'] }) });
    reader = await writeKubeconfig(join(directory, 'reader'), { ...common, user: 'reader', token: tokens.forServiceAccount('shop', 'reader').token });
  });
  afterAll(async () => {
    await server.stop();
    plane.stop();
    await rm(directory, { recursive: true, force: true });
  });

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
    const file = join(directory, 'definition.json');
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
    const object = join(directory, 'object.json');
    await writeFile(object, JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Backup', metadata: { name: 'nightly', namespace: 'shop' }, spec: { replicas: 1 } }));
    expect(await kubectl(admin, 'create', '--validate=ignore', '-f', file)).toEqual({ code: 0, output: 'customresourcedefinition.apiextensions.k8s.io/backups.example.com created\n' });
    expect(await kubectl(admin, 'wait', '--for', 'condition=established', 'crd/backups.example.com', '--timeout=30s')).toMatchObject({ code: 0 });
    expect(await kubectl(admin, 'create', '--validate=ignore', '-f', object)).toEqual({ code: 0, output: 'backup.example.com/nightly created\n' });
    expect(await kubectl(admin, '-n', 'shop', 'get', 'bk')).toEqual({ code: 0, output: 'NAME      REPLICAS\nnightly   1\n' });
    expect(await kubectl(admin, '-n', 'shop', 'patch', 'bk', 'nightly', '--type', 'merge', '-p', '{"spec":{"replicas":"three"}}')).toEqual({
      code: 1, output: 'The Backup "nightly" is invalid: spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"\n',
    });
    expect(await kubectl(admin, 'delete', 'crd', 'backups.example.com')).toEqual({ code: 0, output: 'customresourcedefinition.apiextensions.k8s.io "backups.example.com" deleted\n' });
    expect(plane.store.list('backups.example.com')).toEqual([]);
  });
});
