import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tool } from '../../../src/tools/tool.ts';
import { createKubectlTools } from '../../../src/tools/kubectl/kubectl-tools.ts';
import { findProgram, requirement } from '../../support/requirements.ts';
import { failure, kubeconfigFor, startApiStub } from './api-stub.ts';
import type { ApiStub } from './api-stub.ts';
import { cluster, recordedJson, use } from './support.ts';

describe.skipIf(!requirement('kubectl'))('the real kubectl', { timeout: 120_000 }, () => {
  const binary = findProgram('kubectl') ?? '';
  const pod = 'checkout-785f4f6564-jvmmb';
  const podPath = `/api/v1/namespaces/shop/pods/${pod}`;
  let stub: ApiStub;
  let tools: Tool[];

  beforeAll(async () => {
    const pods = JSON.parse(recordedJson('pods.json.txt', 'kubectl -n shop get pod -l app=checkout -o json')) as { items: object[] };
    const events = JSON.parse(recordedJson('events.json.txt', 'kubectl -n shop get events -o json')) as object;
    stub = await startApiStub(({ pathname, searchParams }, accept) => {
      if (pathname === `${podPath}/log`) return { body: `2026-11-22T11:55:59.76Z FATAL: out of connections\n2026-11-22T11:56:00.76Z retrying\n` };
      if (pathname === '/api/v1/namespaces/shop') return { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } } };
      if (pathname === podPath) return { body: pods.items[0] };
      if (pathname.startsWith('/api/v1/namespaces/shop/pods/')) return failure(404, 'NotFound', `pods "${pathname.split('/').at(-1)}" not found`, { name: pathname.split('/').at(-1), kind: 'pods' });
      if (pathname === '/api/v1/namespaces/shop/pods') return accept.includes('as=Table') ? { body: podTable(searchParams.get('labelSelector')) } : { body: { ...pods, kind: 'PodList' } };
      if (pathname === '/api/v1/namespaces/shop/events') return { body: { ...events, kind: 'EventList' } };
      if (pathname.startsWith('/api/v1/namespaces/shop/configmaps')) return failure(403, 'Forbidden', 'configmaps is forbidden: User "system:serviceaccount:shop:reader" cannot list resource "configmaps" in API group "" in the namespace "shop"');
      return undefined;
    });
    tools = createKubectlTools({ clusters: [cluster({ path: stub.kubeconfig, context: 'stub' })], binary, timeoutMilliseconds: 60_000 });
  });
  afterAll(() => stub?.close());

  test('lists in the namespace and the context that were configured, with GET alone', async () => {
    const result = await use(tools, 'kubectl_get', { kind: 'pods', selector: 'app in (checkout, cart),!canary' });
    expect(result).toEqual({ command: "kubectl -n shop get pods -l 'app in (checkout, cart),!canary' -o wide", output: expect.stringMatching(/^NAME +STATUS\nbusy +app in \(checkout, cart\),!canary$/) });
    expect(new Set(stub.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(stub.requests.every(({ authorization }) => authorization === '')).toBe(true);
  });

  test('shows one object as YAML', async () => {
    const { output, failed } = await use(tools, 'kubectl_get', { kind: 'pods', name: pod });
    expect(failed).toBeUndefined();
    expect(output).toMatch(/^apiVersion: v1\nkind: Pod\nmetadata:\n/);
    expect(output).toContain('configMapRef:\n            name: checkout-config');
  });

  test('describes, with its events', async () => {
    const { output, failed } = await use(tools, 'kubectl_describe', { kind: 'pods', name: pod });
    expect(failed).toBeUndefined();
    expect(output).toMatch(/^Name: +checkout-/);
  });

  test('reads logs and keeps lines that hold a text', async () => {
    const { command, output } = await use(tools, 'kubectl_logs', { name: pod, since: '10m', tail: 50, contains: 'fatal' });
    expect(command).toBe('kubectl -n shop logs pod/checkout-785f4f6564-jvmmb --tail=50 --since=10m --timestamps | grep -iF fatal');
    expect(output).toBe('2026-11-22T11:55:59.76Z FATAL: out of connections\n(1 of the 2 lines that were read)');
    const asked = stub.requests.find(({ url }) => url.includes('/log?'));
    expect(Object.fromEntries(new URL(asked?.url ?? '', 'http://stub').searchParams)).toMatchObject({ sinceSeconds: '600', tailLines: '50', timestamps: 'true' });
  });

  test('makes a table of events', async () => {
    const { output } = await use(tools, 'kubectl_events', { name: 'cart' });
    expect(output).toMatch(/BackOff +\| pod\/cart-67f5784978-8hd5l/);
  });

  test('says what to do when the object, the right or the kind is missing', async () => {
    expect(await use(tools, 'kubectl_get', { kind: 'pods', name: 'nope' })).toEqual({ command: 'kubectl -n shop get pods nope -o yaml', failed: true, output: 'Error from server (NotFound): pods "nope" not found\nSee what there is: kubectl -n shop get pods' });
    expect((await use(tools, 'kubectl_get', { kind: 'configmaps' })).output).toMatch(/^Error from server \(Forbidden\): configmaps is forbidden: .*\nThe read-only identity lacks the right to list configmaps in namespace shop\./);
    expect((await use(tools, 'kubectl_get', { kind: 'widgets' })).output).toMatch(/the server doesn't have a resource type "widgets"\nName the kind as `kubectl api-resources` does/);
  });

  test('a cluster that refuses connections is reported as one that cannot be reached', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const files = kubeconfigFor(`http://127.0.0.1:${port}`);
    try {
      const refused = createKubectlTools({ clusters: [cluster({ path: files.kubeconfig, context: 'stub' })], binary, timeoutMilliseconds: 60_000 });
      const { output, failed } = await use(refused, 'kubectl_get', { kind: 'pods' });
      expect(failed).toBe(true);
      expect(output).toMatch(/refused/);
      expect(output).toMatch(/The API of cluster production can't be reached from here/);
      expect(output).not.toContain(files.kubeconfig);
    } finally {
      files.remove();
    }
  });

  test('a kubeconfig or context that is not there is named as the mistake it is, without its path', async () => {
    for (const target of [cluster({ path: '/nowhere/secret-place/kubeconfig' }), cluster({ path: stub.kubeconfig, context: 'mistyped' })]) {
      const { output, failed } = await use(createKubectlTools({ clusters: [target], binary, timeoutMilliseconds: 60_000 }), 'kubectl_get', { kind: 'pods' });
      expect(failed).toBe(true);
      expect(output).toMatch(/The kubeconfig or the context of cluster production is wrong/);
      expect(output).not.toContain(target.kubeconfig.reveal());
    }
  });
});

/** The server decides what a table holds; this one shows the selector that it was asked with. */
function podTable(selector: string | null): object {
  return {
    kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '1' },
    columnDefinitions: ['Name', 'Status'].map((name) => ({ name, type: 'string', format: '', description: '', priority: 0 })),
    rows: [{ cells: ['busy', selector ?? '-'], object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'busy', namespace: 'shop' } } }],
  };
}
