import { describe, expect, test } from 'vitest';
import { tracePath } from '../../../src/tools/kubectl/network-path.ts';
import { policiesText } from '../../../src/tools/kubectl/policies.ts';
import { readingOf } from '../../../src/tools/kubectl/path.ts';
import { cluster, recordedJson } from './support.ts';

type Fields = Record<string, unknown>;
const metadata = (name: string, more: Fields = {}): Fields => ({ name, namespace: 'shop', ...more });
const template = (name: string, { ports = [{ name: 'http', containerPort: 8080 }], spec = {}, container = {} }: { ports?: Fields[]; spec?: Fields; container?: Fields } = {}): Fields => ({ metadata: { labels: { app: name } }, spec: { ...spec, containers: [{ name: 'main', image: 'a:1', ports, ...container }] } });
const deployment = (name: string, options: Parameters<typeof template>[1] = {}, replicas = 1): Fields => ({ kind: 'Deployment', metadata: metadata(name), spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, options) }, status: { availableReplicas: replicas } });
const pod = (name: string, options: Parameters<typeof template>[1] = {}, ready = true, address = '10.0.0.7'): Fields => ({ kind: 'Pod', ...template(name, options), metadata: metadata(`${name}-1`, { labels: { app: name } }), status: { phase: 'Running', podIP: address, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } });
const service = (name: string, spec: Fields = {}): Fields => ({ kind: 'Service', metadata: metadata(name), spec: { type: 'ClusterIP', clusterIP: '10.96.0.9', selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec } });
const slice = (name: string, { ready = true, ports = [{ name: 'http', port: 8080, protocol: 'TCP' }] as Fields[] | null, address = '10.0.0.7', target = `${name}-1` } = {}): Fields => ({ kind: 'EndpointSlice', metadata: metadata(`${name}-x`, { labels: { 'kubernetes.io/service-name': name } }), ports, endpoints: [{ addresses: [address], conditions: { ready, serving: ready, terminating: false }, ...(target === '' ? {} : { targetRef: { kind: 'Pod', name: target } }) }] });
const policy = (name: string, spec: Fields): Fields => ({ kind: 'NetworkPolicy', metadata: metadata(name), spec });
const front = (options: Parameters<typeof template>[1] = {}): Fields[] => [deployment('front', { container: { env: [{ name: 'STORE_URL', value: 'http://store:80' }] }, ...options })];
const well = [deployment('store'), pod('store'), service('store'), slice('store')];
const place = { cluster: cluster(), namespace: 'shop' };

const trace = async (objects: Fields[], question: { service?: string; port?: number | string; from?: string } = {}): Promise<string> => {
  const reading = await readingOf(place, { objects, missing: [] });
  const traced = tracePath({ reading, objects, service: 'store', ...question });
  return typeof traced === 'string' ? traced : traced.problem;
};
const without = (kind: string): Fields[] => well.filter((one) => one['kind'] !== kind);

describe('where a path breaks', () => {
  test.each<[string, Fields[], { service?: string; port?: number | string; from?: string }, RegExp]>([
    ['nowhere', well, {}, /^Nothing on the path to Service store is broken/],
    ['nowhere, from a caller', [...well, ...front()], { from: 'front' }, /^Nothing[^]*variable STORE_URL of container main names store:80/],
    ['no such Service, almost', well, { service: 'stor' }, /has no Service stor: its name does not resolve\. Almost: store/],
    ['no such caller', well, { from: 'nobody' }, /^from: no Deployment.* is named nobody/],
    ['another port', well, { port: 8080 }, /Service store: the Service has no port 8080; it has http 80/],
    ['labels that nobody has', [...without('Service'), service('store', { selector: { app: 'storr' } })], {}, /no pod and no workload has the labels app=storr[^]*almost: deployment store has app=store/],
    ['nobody is there', [deployment('store', {}, 0), service('store')], {}, /the workload behind it is scaled to 0/],
    ['nobody is ready', [deployment('store'), pod('store', {}, false), service('store'), slice('store', { ready: false })], {}, /no selected pod is ready[^]*0 of 1 endpoints are ready/],
    ['a named port that is not there', [...without('Service').filter((one) => one['kind'] !== 'EndpointSlice'), service('store', { ports: [{ name: 'http', port: 80, targetPort: 'web' }] }), slice('store', { ports: null })], {}, /no container of pod store-1 names a port web \(declared: http 8080 of main\)[^]*no endpoint has this port/],
    ['an address of no pod', [...without('EndpointSlice'), slice('store', { address: '10.0.0.99', target: '' })], {}, /10\.0\.0\.99 ports http 8080\/TCP: ready, serving; NO POD: written by hand/],
    ['an address that is not the pod\'s', [...without('EndpointSlice'), slice('store', { address: '10.0.0.99' })], {}, /THE POD HAS 10\.0\.0\.7/],
    ['the caller asks another port', [...well, ...front({ container: { env: [{ name: 'STORE_URL', value: 'http://store:81' }] } })], { from: 'front' }, /front calls port 81 \(variable STORE_URL\), and the Service has 80/],
    ['host aliases', [...well, ...front({ spec: { hostAliases: [{ ip: '10.1.1.1', hostnames: ['store.shop.svc'] }] } })], { from: 'front' }, /hostAliases of front send this name to 10\.1\.1\.1, past the Service at 10\.96\.0\.9/],
    ['ingress of the called', [...well, ...front(), policy('deny', { podSelector: {}, policyTypes: ['Ingress'] })], { from: 'front' }, /Ingress of the called pods from deployment front on TCP 8080 \(http\): the one policy on ingress/],
    ['egress of the caller, DNS too', [...well, ...front(), policy('out', { podSelector: { matchLabels: { app: 'front' } }, policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }] })], { from: 'front' }, /Breaks at 2 hops[^]*Egress of deployment front to the called pods[^]*Egress of deployment front to the cluster's DNS on 53/],
    ['DNS alone', [...well, ...front(), policy('out', { podSelector: { matchLabels: { app: 'front' } }, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: {} }] }] })], { from: 'front' }, /Breaks at one hop.*\n- Egress of deployment front to the cluster's DNS on 53/],
    ['DNS of the node', [...well, ...front({ spec: { dnsPolicy: 'Default' } })], { from: 'front' }, /names of Services do not resolve there/],
    ['a name of elsewhere', [service('store', { type: 'ExternalName', externalName: 'db.example.com', selector: undefined, ports: undefined })], {}, /alias for db\.example\.com/],
  ])('%s', async (_what, objects, question, words) => expect(await trace(objects, question)).toMatch(words));

  test('readiness that says nothing about the port is told, and is no break', async () => {
    const options = { container: { readinessProbe: { httpGet: { port: 9090, path: '/ready' } } } };
    expect(await trace([deployment('store', options), pod('store', options), service('store'), slice('store')])).toMatch(/^Nothing[^]*the readiness probe of main asks GET :9090\/ready, another port/);
  });

  test('a value that holds a credential is not shown: host and port alone are', async () => {
    const objects = [...well, ...front({ container: { env: [{ name: 'STORE_URL', value: 'http://user:hunter2@store:80' }] } })];
    expect(await trace(objects, { from: 'front' })).toMatch(/names store:80/);
    expect(await trace(objects, { from: 'front' })).not.toContain('hunter2');
  });
});

test('a real cluster: a Service whose one pod is not ready', async () => {
  const command = 'kubectl -n shop get';
  const list = (file: string, what: string): Fields[] => (JSON.parse(recordedJson(file, `${command} ${what} -o json`)) as { items: Fields[] }).items;
  const objects = [...list('objects.json.txt', 'svc'), ...list('objects.json.txt', 'endpointslices'), ...list('pods.json.txt', 'pod -l app=catalog')];
  expect(await trace(objects, { service: 'catalog' })).toMatch(/^Breaks at 2 hops[^]*no selected pod is ready[^]*port 80 -> target port 8080; selects app=catalog[^]*10\.244\.0\.59 ports 8080\/TCP: not ready, not serving, pod catalog-8694cb994b-mjckb$/);
});

test('policies in words: who is meant, and peers that nobody is', async () => {
  const objects = [...well, ...front(), policy('in', { podSelector: { matchLabels: { app: 'store' } }, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'frnt' } } }], ports: [{ port: 8080 }] }] })];
  const reading = await readingOf(place, { objects, missing: [] });
  expect(policiesText(reading, 'store')).toMatch(/1 of 1 policies select it\ningress: restricted by in; let in: only pods app=frnt on TCP 8080 \(in\)\negress: not restricted\n/);
  expect(policiesText(reading, undefined)).toMatch(/which are deployment store[^]*pods app=frnt are NOBODY in this namespace \(labels there: app=store, app=front\)/);
  expect(policiesText(reading, 'front')).toMatch(/0 of 1 policies select it\ningress: not restricted/);
  expect(policiesText(reading, 'nope')).toMatchObject({ problem: expect.stringMatching(/is named nope/) });
});
