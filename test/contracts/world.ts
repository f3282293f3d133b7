/** What every world of scenarios must do. One world for all of it: they are dear. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentView, RunningWorld } from '../../playground/scenarios/worlds/running-world.ts';
import type { World } from '../../playground/scenarios/world.ts';

export interface WorldUnderTest {
  running: RunningWorld;
  /** For the agents' kubeconfigs. */
  directory: string;
  kubectl: string;
  /** What is left of it on this machine, in words. */
  leftovers(): Promise<string[]>;
}

const run = promisify(execFile);
const shopServices = ['frontend', 'catalog', 'cart', 'checkout', 'payments', 'shipping', 'recommender'];

const shelves = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: shelves.stock.example }
spec:
  group: stock.example
  scope: Namespaced
  names: { plural: shelves, singular: shelf, kind: Shelf }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }]
`;

/** `mariadb`: it is opened for a scenario that needs MariaDB. */
export function describeWorld(name: string, { mariadb }: { mariadb: boolean }, open: () => Promise<WorldUnderTest>): void {
  describe(`${name} keeps the contract of worlds`, () => {
    let opened: WorldUnderTest;
    let world: World;
    let view: AgentView;
    const closed: string[] = [];
    beforeAll(async () => {
      opened = await open();
      world = opened.running.world;
    });
    afterAll(() => opened?.running.close());

    test('its cluster can be written and read, by hands that look like kubectl', async () => {
      const configMap = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: opening-hours, labels: { team: desk } }\ndata: { from: "${value}" }\n`;
      await world.cluster.apply(`${configMap('8')}---\n${configMap('9').replace('opening-hours', 'closing-hours')}`);
      await world.cluster.edit('configmaps', 'opening-hours', (object) => void (object.data = { ...object.data, to: '20' }));
      const found = await world.cluster.get('configmaps', 'opening-hours');
      expect(found).toMatchObject({ metadata: { namespace: world.namespace }, data: { from: '8', to: '20' } });
      expect(found?.metadata.managedFields?.map(({ manager }) => manager).filter((manager) => manager?.startsWith('kubectl') !== true)).toEqual([]);
      const listed = await world.cluster.list('configmaps', { labels: { team: 'desk' } });
      expect(listed.map(({ metadata }) => metadata.name).sort()).toEqual(['closing-hours', 'opening-hours']);
      await world.cluster.remove('configmaps', 'opening-hours');
      await world.cluster.remove('configmaps', 'opening-hours');
      expect(await world.cluster.get('configmaps', 'opening-hours')).toBeUndefined();
      await expect(world.cluster.edit('configmaps', 'opening-hours', () => undefined)).rejects.toThrow('opening-hours');
      expect(await world.cluster.get('namespaces', world.namespace, null)).toBeDefined();
      const [pod] = await world.cluster.list('pods', { labels: { 'app.kubernetes.io/name': 'checkout' } });
      expect(await world.cluster.logs(pod?.metadata.name ?? '')).toContain('checkout');
    });

    test('its database shows sessions, but not what the hidden door does', async () => {
      const database = world.database('orders-db');
      expect(await database.query('SELECT $1::int + 1 AS next', [1])).toEqual([{ next: 2 }]);
      expect(await database.query('SELECT 1 AS one; SELECT 2 AS two')).toEqual([{ two: 2 }]);
      const session = await database.session('reporting', 'monthly-report');
      expect(await session.query('SELECT current_user AS who')).toEqual([{ who: 'reporting' }]);
      session.send('SELECT pg_sleep(600)');
      const busy = "SELECT pid FROM pg_stat_activity WHERE application_name = 'monthly-report' AND query LIKE '%pg_sleep%'";
      const [row] = await world.until('the session shows', async () => {
        const rows = await database.query(busy);
        return rows.length > 0 ? rows : undefined;
      });
      expect((await database.query("SELECT query FROM pg_stat_activity WHERE query LIKE '%pg_stat_activity%'"))).toEqual([]);
      expect(session.ended()).toBe(false);
      await database.query('SELECT pg_terminate_backend($1)', [row?.['pid']]);
      await world.until('the session ends', () => session.ended());
      expect(() => world.database('no-such-db')).toThrow('no-such-db');
    });

    test('its services are used and measured, added ones as well', async () => {
      world.declare.service({
        name: 'product-feed', port: 80, checks: [{ name: 'product', path: '/products/17' }], latencyBudgetMilliseconds: 500, dependsOn: ['catalog'], databases: ['orders-db'],
      });
      expect(() => world.declare.service({ name: 'catalog', port: 80, checks: [], latencyBudgetMilliseconds: 500, dependsOn: [] })).toThrow('catalog');
      expect(world.services.names()).toEqual(expect.arrayContaining([...shopServices, 'product-feed']));
      const stateOf = (service: string) => world.services.figures().find((one) => one.name === service)?.state;
      await world.until('it is down, since nobody made it', () => stateOf('product-feed') === 'down', 90);
      expect(await world.services.call('product-feed', '/products/17')).toMatchObject({ status: 0 });
      await world.cluster.apply('apiVersion: v1\nkind: Service\nmetadata: { name: product-feed }\nspec: { selector: { app.kubernetes.io/name: catalog }, ports: [{ port: 80, targetPort: http }] }\n');
      await world.until('all are healthy', () => [...shopServices, 'product-feed'].every((service) => stateOf(service) === 'healthy'), 120);
      expect(await world.services.call('product-feed', '/products/17')).toMatchObject({ status: 200, text: expect.stringContaining('17') as string });
    });

    test('agents see it with credentials that read, and others that change', async () => {
      await world.cluster.apply('apiVersion: v1\nkind: Namespace\nmetadata: { name: billing }\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: audit }\n');
      await world.cluster.apply(shelves);
      world.declare.namespace('billing', { changes: true });
      world.declare.namespace('audit');
      world.declare.customResource('stock.example', 'shelves');
      view = await opened.running.agentView(opened.directory);
      expect(() => world.declare.namespace('late')).toThrow('prepare');
      expect(Object.keys(view.serviceUrls)).toEqual(expect.arrayContaining([...shopServices, 'product-feed']));
      expect(view.targets).toMatchObject({
        services: expect.arrayContaining([expect.objectContaining({ name: 'product-feed', depends_on: ['catalog'], databases: ['orders-db'] })]) as unknown,
        clusters: [expect.objectContaining({ namespaces: [world.namespace, 'billing', 'audit'] })],
      });
      const can = async (account: 'KUBECONFIG_READ' | 'KUBECONFIG_WRITE', ...words: string[]) =>
        (await run(opened.kubectl, ['--kubeconfig', view.environment[account] ?? '', 'auth', 'can-i', ...words]).catch((refused: { stdout: string }) => refused)).stdout.trim();
      expect(await can('KUBECONFIG_READ', 'list', 'pods', '-n', world.namespace)).toBe('yes');
      expect(await can('KUBECONFIG_READ', 'list', 'shelves.stock.example', '-n', 'audit')).toBe('yes');
      expect(await can('KUBECONFIG_READ', 'patch', 'deployments', '-n', world.namespace)).toBe('no');
      expect(await can('KUBECONFIG_READ', 'get', 'secrets', '-n', world.namespace)).toBe('no');
      expect(await can('KUBECONFIG_WRITE', 'patch', 'deployments', '-n', world.namespace)).toBe('yes');
      expect(await can('KUBECONFIG_WRITE', 'patch', 'deployments', '-n', 'billing')).toBe('yes');
      expect(await can('KUBECONFIG_WRITE', 'patch', 'deployments', '-n', 'audit')).toBe('no');
      expect(await can('KUBECONFIG_WRITE', 'delete', 'shelves.stock.example', '-n', 'billing')).toBe('yes');
      await expect(run(opened.kubectl, ['--kubeconfig', view.environment['KUBECONFIG_READ'] ?? '', '-n', world.namespace, 'delete', 'configmap', 'closing-hours'])).rejects.toThrow('forbidden');

      const reader = new Client({ connectionString: view.environment['ORDERS_DB_READ_URL'] });
      await reader.connect();
      try {
        expect((await reader.query('SELECT count(*)::int AS count FROM products WHERE id <= 9')).rows).toEqual([{ count: 9 }]);
        await expect(reader.query("UPDATE products SET name = 'x' WHERE id = 1")).rejects.toThrow('permission denied');
      } finally {
        await reader.end();
      }
    });

    if (!mariadb) test('it says why there is no MariaDB', () => {
      expect(() => world.database('inventory-db')).toThrow('mariadb');
    });

    if (mariadb) test('its MariaDB shows sessions, and lets agents see who is connected', async () => {
      const database = world.database('inventory-db');
      const count = async () => Number((await database.query('SELECT COUNT(*) AS count FROM stock WHERE product_id < ?', [1_000_000]))[0]?.['count']);
      await world.until('orders reserve stock', async () => (await count()) > 0);
      const session = await database.session('inventory', 'recount');
      session.send('SELECT SLEEP(600)');
      const [row] = await world.until('the session shows', async () => {
        const rows = await database.query("SELECT id FROM information_schema.processlist WHERE info = 'SELECT SLEEP(600)'");
        return rows.length > 0 ? rows : undefined;
      });
      await database.query(`KILL ${Number(row?.['id'])}`);
      await world.until('the session ends', () => session.ended());
      expect(view.targets).toMatchObject({ databases: [{ name: 'orders-db' }, { name: 'inventory-db', kind: 'mysql' }] });
      const reader = await createConnection((view.environment['INVENTORY_DB_READ_URL'] ?? '').replace(/\/inventory$/, '/'));
      try {
        await expect(reader.query('SELECT * FROM inventory.stock')).rejects.toThrow('denied');
        await expect(reader.query('SELECT id FROM information_schema.processlist')).resolves.toBeDefined();
      } finally {
        reader.destroy();
      }
    });

    test('what was started ends with it, the newest first, and nothing is left', async () => {
      const session = await world.database('orders-db').session('reporting', 'monthly-report');
      session.send('SELECT pg_sleep(600)');
      world.onClose(() => void closed.push('older'));
      world.onClose(() => {
        closed.push('newer');
        throw new Error('it fails');
      });
      await Promise.all([opened.running.close(), opened.running.close()]);
      expect(closed).toEqual(['newer', 'older']);
      expect(session.ended()).toBe(true);
      expect(await opened.leftovers()).toEqual([]);
    });
  });
}
