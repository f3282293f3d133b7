import { describe, expect, test } from 'vitest';
import { createKubectlTools } from '../../../src/tools/kubectl/kubectl-tools.ts';
import { cluster, recordedRun, use } from './support.ts';

const place = ['--kubeconfig=/etc/sre-agent/read.kubeconfig', '--namespace=shop', '--request-timeout=10s'];
const clusterPlace = ['--kubeconfig=/etc/sre-agent/read.kubeconfig', '--request-timeout=10s'];

const cases: { tool: string; input: object; argv: string[]; also?: string[]; command: string }[] = [
  { tool: 'kubectl_get', input: { kind: 'pods' }, argv: ['get', 'pods', ...place, '--output=wide'], command: 'kubectl -n shop get pods -o wide' },
  { tool: 'kubectl_get', input: { kind: 'all', namespace: 'shop', cluster: 'production' }, argv: ['get', 'all', ...place, '--output=wide'], command: 'kubectl -n shop get all -o wide' },
  { tool: 'kubectl_get', input: { kind: 'pods', selector: 'app=checkout,tier!=cache', labels: true }, argv: ['get', 'pods', ...place, '--selector=app=checkout,tier!=cache', '--show-labels', '--output=wide'], command: "kubectl -n shop get pods -l 'app=checkout,tier!=cache' --show-labels -o wide" },
  { tool: 'kubectl_get', input: { kind: 'deployments.apps', name: 'checkout' }, argv: ['get', 'deployments.apps', 'checkout', ...place, '--output=json'], command: 'kubectl -n shop get deployments.apps checkout -o yaml' },
  { tool: 'kubectl_get', input: { kind: 'nodes' }, argv: ['get', 'nodes', ...clusterPlace, '--output=wide'], command: 'kubectl get nodes -o wide' },
  { tool: 'kubectl_get', input: { kind: 'namespaces', name: 'shop' }, argv: ['get', 'namespaces', 'shop', ...clusterPlace, '--output=json'], command: 'kubectl get namespaces shop -o yaml' },
  { tool: 'kubectl_get', input: { kind: 'crd', namespace: 'shop' }, argv: ['get', 'crd', ...clusterPlace, '--output=wide'], command: 'kubectl get crd -o wide' },
  { tool: 'kubectl_describe', input: { kind: 'pods', name: 'cart-67f5784978-8hd5l' }, argv: ['describe', 'pods', 'cart-67f5784978-8hd5l', ...place], also: ['get', 'pods', 'cart-67f5784978-8hd5l', ...place, '--show-managed-fields=true', '--output=json'], command: 'kubectl -n shop describe pods cart-67f5784978-8hd5l' },
  { tool: 'kubectl_describe', input: { kind: 'node', name: 'node1' }, argv: ['describe', 'node', 'node1', ...clusterPlace], command: 'kubectl describe node node1' },
  { tool: 'kubectl_describe', input: { kind: 'pods', selector: 'app in (a,b)' }, argv: ['describe', 'pods', ...place, '--selector=app in (a,b)'], also: ['get', 'pods', ...place, '--selector=app in (a,b)', '--show-managed-fields=true', '--ignore-not-found=true', '--output=json'], command: "kubectl -n shop describe pods -l 'app in (a,b)'" },
  { tool: 'kubectl_describe', input: { kind: 'services', name: 'cart' }, argv: ['describe', 'services', 'cart', ...place], command: 'kubectl -n shop describe services cart' },
  { tool: 'kubectl_can_i', input: {}, argv: ['auth', 'can-i', ...place, '--list=true'], command: 'kubectl -n shop auth can-i --list' },
  { tool: 'kubectl_can_i', input: { verb: 'get', kind: 'pods', subresource: 'log' }, argv: ['auth', 'can-i', 'get', 'pods', ...place, '--subresource=log'], command: 'kubectl -n shop auth can-i get pods --subresource=log' },
  { tool: 'kubectl_api_resources', input: { contains: 'cert' }, argv: ['api-resources', ...clusterPlace, '--verbs=list', '--output=wide'], command: 'kubectl api-resources --verbs=list' },
  { tool: 'kubectl_top', input: { of: 'nodes' }, argv: ['top', 'nodes', ...clusterPlace], command: 'kubectl top nodes' },
  { tool: 'kubectl_events', input: {}, argv: ['get', 'events', ...place, '--output=json'], command: 'kubectl -n shop get events' },
  { tool: 'kubectl_events', input: { type: 'Warning', kind: 'pods', name: 'cart' }, argv: ['get', 'events', ...place, '--field-selector=type=Warning', '--output=json'], command: 'kubectl -n shop get events --field-selector type=Warning # about pods/cart' },
  { tool: 'kubectl_logs', input: { name: 'cart-1' }, argv: ['logs', 'pod/cart-1', ...place, '--pod-running-timeout=5s', '--tail=200', '--timestamps=true'], command: 'kubectl -n shop logs pod/cart-1 --tail=200 --timestamps' },
  {
    tool: 'kubectl_logs', input: { kind: 'deployment', name: 'cart', container: 'app', tail: 7, since: '10m', previous: true, contains: "it's $(id)" },
    argv: ['logs', 'deployment/cart', ...place, '--pod-running-timeout=5s', '--container=app', '--tail=7', '--since=10m', '--previous=true', '--timestamps=true'],
    command: "kubectl -n shop logs deployment/cart -c app --tail=7 --since=10m --previous --timestamps | grep -iF 'it'\\''s $(id)'",
  },
  { tool: 'kubectl_logs', input: { selector: 'app=cart', contains: 'x' }, argv: ['logs', ...place, '--pod-running-timeout=5s', '--selector=app=cart', '--prefix=true', '--max-log-requests=20', '--tail=50000', '--timestamps=true'], command: 'kubectl -n shop logs -l app=cart --tail=50000 --timestamps | grep -iF x' },
];

describe('kubectl is started with', () => {
  test.each(cases)('$command', async ({ tool, input, argv, also, command }) => {
    const run = recordedRun({ stdout: '{"items":[]}' });
    const result = await use(createKubectlTools({ clusters: [cluster()], binary: '/opt/kubectl', run }), tool, input);
    expect(result).toMatchObject({ command });
    expect(result.failed).toBeUndefined();
    expect(run.started.map(({ file, argv: given }) => ({ file, argv: given }))).toEqual([argv, ...(also === undefined ? [] : [also])].map((one) => ({ file: '/opt/kubectl', argv: one })));
    expect(run.started[0]?.environment).toMatchObject({ KUBECONFIG: '/etc/sre-agent/read.kubeconfig', KUBERC: 'off' });
  });

  test('the context of the cluster that was named; people see it where there are several', async () => {
    const run = recordedRun();
    const clusters = [cluster({ context: 'prod-reader' }), cluster({ name: 'staging', path: '/etc/staging', namespaces: ['shop-a', 'shop-b'] })];
    const tools = createKubectlTools({ clusters, binary: '/opt/kubectl', run });
    expect((await use(tools, 'kubectl_get', { cluster: 'production', kind: 'pods' })).command).toBe('kubectl --context prod-reader -n shop get pods -o wide');
    expect((await use(tools, 'kubectl_get', { cluster: 'staging', namespace: 'shop-b', kind: 'pods' })).command).toBe('kubectl --context staging -n shop-b get pods -o wide');
    expect(run.started.map(({ argv }) => argv)).toEqual([
      ['get', 'pods', '--kubeconfig=/etc/sre-agent/read.kubeconfig', '--context=prod-reader', '--namespace=shop', '--request-timeout=10s', '--output=wide'],
      ['get', 'pods', '--kubeconfig=/etc/staging', '--namespace=shop-b', '--request-timeout=10s', '--output=wide'],
    ]);
  });

  test('nothing when there is no cluster, and a message when the kubeconfig is not set', async () => {
    const run = recordedRun();
    expect(createKubectlTools({ clusters: [], binary: '/opt/kubectl', run })).toEqual([]);
    const unset = cluster({ kubeconfig: { variable: 'KUBECONFIG_READ', reveal: () => { throw new Error('set KUBECONFIG_READ for cluster production'); } } });
    expect(await use(createKubectlTools({ clusters: [unset], binary: '/opt/kubectl', run }), 'kubectl_get', { kind: 'pods' })).toMatchObject({ failed: true, output: 'set KUBECONFIG_READ for cluster production' });
    expect(run.started).toEqual([]);
  });
});
