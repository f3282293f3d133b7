/** Contestants without the product, on a cluster whose services get well when the right workload is restarted. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createExternalContestant } from '../../../../bench/sre/contestants/external.ts';
import { idle } from '../../../../bench/sre/contestants/idle.ts';
import { contestants, findContestant } from '../../../../bench/sre/contestants/index.ts';
import { createRestart } from '../../../../bench/sre/contestants/restart.ts';
import type { Cluster } from '../../../../playground/cluster/cluster.ts';
import { busyboxImages } from '../../../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../../../playground/cluster/start.ts';
import { describeContestant } from '../../../contracts/contestant.ts';
import type { Grounds } from '../../../contracts/contestant.ts';
import { findProgram, requirement } from '../../../support/requirements.ts';

describe('the table', () => {
  test('has every name once, and finds each', () => {
    const names = contestants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['rules', 'rules-sequential', 'rules-no-causal', 'restart', 'command']));
    for (const name of names) expect(findContestant(name).name).toBe(name);
  });

  test('refuses another name with those there are', () => {
    expect(() => findContestant('rulez')).toThrow(/no contestant "rulez".*rules, rules-sequential/);
  });
});

describeContestant(idle, () => ({ namespace: 'store', view: { targets: {}, environment: {}, serviceUrls: {} } }));

/** Nothing of it runs pods: a rollout of no replicas is over at once. */
const workload = (kind: string, name: string): string => `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name}, namespace: store }
spec:
  replicas: 0
  ${kind === 'StatefulSet' ? `serviceName: ${name}` : 'progressDeadlineSeconds: 600'}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: nothing }] }
`;

const event = `
apiVersion: v1
kind: Event
metadata: { name: cart.1, namespace: store }
involvedObject: { apiVersion: apps/v1, kind: Deployment, name: cart, namespace: store }
type: Warning
reason: FailedCreate
message: 'exceeded quota: small'
count: 7
`;

describe.skipIf(!requirement('kubectl'))('on a cluster', () => {
  let directory: string;
  let cluster: Cluster;
  let server: Server;
  let sick: string;
  const restarted = (name: string): boolean => {
    const found = cluster.client.get('deployments.apps', 'store', name) ?? cluster.client.get('statefulsets.apps', 'store', name);
    return found?.spec?.template.metadata?.annotations?.['kubectl.kubernetes.io/restartedAt'] !== undefined;
  };
  const grounds = (): Grounds => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      namespace: 'store',
      view: {
        targets: {
          services: ['cart', 'catalog'].map((name) => ({ name, url, checks: [{ name: 'main', path: `/${name}` }], latency_budget_ms: 5_000, depends_on: [], databases: [] })),
          clusters: [{ name: 'store', kubeconfig: '${KUBECONFIG_READ}', write: '${KUBECONFIG_WRITE}', namespaces: ['store'] }],
        },
        environment: { KUBECONFIG_READ: cluster.adminKubeconfig, KUBECONFIG_WRITE: cluster.adminKubeconfig, KUBECTL: findProgram('kubectl') ?? '' },
        serviceUrls: { cart: url, catalog: url },
      },
    };
  };

  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'sre-grounds-'));
    cluster = await startCluster({ directory, port: 0, images: busyboxImages(), nodes: [{ name: 'node1' }] });
    server = createServer((_request, response) => response.writeHead(restarted(sick) ? 200 : 503).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server?.close();
    await cluster?.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    sick = 'cart';
    if (cluster.client.get('namespaces', undefined, 'store') === undefined) cluster.apply('apiVersion: v1\nkind: Namespace\nmetadata: { name: store }\n');
    for (const [kind, resource, name] of [['Deployment', 'deployments.apps', 'cart'], ['Deployment', 'deployments.apps', 'catalog'], ['Deployment', 'deployments.apps', 'worker'], ['StatefulSet', 'statefulsets.apps', 'data']] as const) {
      if (cluster.client.get(resource, 'store', name) !== undefined) cluster.client.delete(resource, 'store', name);
      cluster.apply(workload(kind, name));
    }
    cluster.apply(event);
  });

  const restart = createRestart({ recoverySeconds: 0 });
  const example = createExternalContestant([process.execPath, 'bench/sre/examples/events-agent.mjs']);
  describeContestant(restart, grounds);
  describeContestant(example, grounds);

  const site = () => ({ scenario: 'any', seed: 1, directory: mkdtempSync(path.join(directory, 'site-')), limits: { seconds: 60, dollars: 1 }, signal: new AbortController().signal, log: () => undefined, ...grounds() });

  test('the restart loop begins with what the alert names, and stops when all is well', async () => {
    const entrant = await restart.enter(site());
    const attempt = await entrant.investigate({ by: 'pagerduty', title: 'cart is down', service: 'cart' });
    expect(attempt.changes.map(({ title }) => title)).toEqual(['Restart deployment.apps/cart']);
    expect(attempt.answer).toBeUndefined();
    expect(attempt.times.repaired).toBeGreaterThan(0);
    expect([restarted('cart'), restarted('catalog'), restarted('worker')]).toEqual([true, false, false]);
    await entrant.leave();
  });

  test('the restart loop goes on to workloads that no service is named after', async () => {
    sick = 'data';
    const entrant = await restart.enter(site());
    const attempt = await entrant.investigate({ by: 'person', text: 'the cart fails' });
    expect(attempt.changes.at(-1)).toMatchObject({ title: 'Restart statefulset.apps/data', executed: true, outcome: 'done' });
    expect(attempt.changes.length).toBeGreaterThan(2);
    expect(restarted('data')).toBe(true);
    await entrant.leave();
  });

  test('the example agent names what warning events are about, in the words of the task', async () => {
    const entrant = await example.enter(site());
    const attempt = await entrant.investigate({ by: 'person', text: 'the cart fails' });
    expect(attempt.answer?.root).toMatchObject({ resource: 'deployment/cart', mechanism: 'quota-exceeded' });
    expect(attempt.changes).toEqual([]);
    await entrant.leave();
  });
});
