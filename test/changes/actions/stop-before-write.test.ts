/** A stop, or another executor that took over, between the last look at the target and the write: nothing is written. */
import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/changes/action.ts';
import type { KindContext } from '../../../src/changes/actions/kind.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import { StoppedError } from '../../../src/incident/stopped-error.ts';
import type { RunOptions } from '../../../src/process/run.ts';
import { changeFrom } from '../../support/changes.ts';
import { ended } from '../../tools/kubectl/support.ts';
import { openFakeWorld } from './cluster-world.ts';
import { sharedDatabase } from './database-world.ts';
import { openFakeHelm } from './fake-helm.ts';
import { openFakeObjects } from './fake-objects.ts';
import { samples } from './kubectl-samples.ts';

const stopped = () => Promise.reject(new StoppedError('INC-1'));

async function executeStopped(action: Action, context: KindContext): Promise<void> {
  const change = changeFrom(action, await kindOf(action).prepare(action, context));
  await expect(kindOf(action).execute(change, { ...context, checkpoint: stopped })).rejects.toThrow(StoppedError);
}

const writes = (started: readonly RunOptions[]) => started.map(({ argv }) => argv).filter((argv) => argv.some((word) => ['create', 'delete', 'replace', 'patch', 'rollback', 'upgrade'].includes(word)) && !argv.some((word) => /dry-?run/i.test(word)));

describe('PostgreSQL', () => {
  const openDatabaseWorld = sharedDatabase();
  const place = { target: 'shop', schema: 'public' } as const;
  test.each<[Action]>([
    [{ kind: 'postgres.create_index', ...place, table: 'orders', columns: ['customer_id'] }],
    [{ kind: 'postgres.drop_index', ...place, index: 'orders_customer' }],
    [{ kind: 'postgres.reindex', ...place, index: 'orders_customer' }],
  ])('$kind', async (action) => {
    const world = await openDatabaseWorld();
    if (action.kind !== 'postgres.create_index') await world.admin.query('CREATE INDEX orders_customer ON orders (customer_id)');
    await executeStopped(action, world.context);
    expect(world.tap.sent()).not.toMatch(/INDEX CONCURRENTLY/);
    await world.close();
  });
});

describe('kubectl and helm', () => {
  test.each<[Action]>([[samples.secretKey], [samples.rerunJob]])('$kind', async (action) => {
    const { fake, context } = openFakeWorld();
    await executeStopped(action, context);
    expect(writes(fake.started)).toEqual([]);
  });

  test('kubectl.delete_object', async () => {
    const { fake, context, started } = openFakeObjects();
    fake.put('configmap', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'limits', namespace: 'shop' }, data: { LEVEL: 'info' } });
    await executeStopped({ kind: 'kubectl.delete_object', target: 'production', namespace: 'shop', resource: 'configmap', name: 'limits' }, context);
    expect(writes(started)).toEqual([]);
  });

  test('helm.rollback', async () => {
    const { fake, context } = openFakeWorld();
    const started: RunOptions[] = [];
    const manifest = (level: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { LEVEL: ${level} }\n`;
    const run = async (options: RunOptions) => {
      started.push(options);
      const { argv } = options;
      if (argv.includes('history')) return ended({ stdout: JSON.stringify([{ revision: 1, status: 'superseded' }, { revision: 2, status: 'deployed' }]) });
      if (argv.includes('manifest')) return ended({ stdout: manifest(argv.includes('--revision=1') ? 'info' : 'debug') });
      return argv.includes('all') ? ended({ stdout: '' }) : argv.includes('rollback') ? ended({ stdout: 'ok' }) : fake.run(options);
    };
    await executeStopped(samples.helmRollback, { ...context, run });
    expect(writes(started)).toEqual([]);
  });

  test('helm.upgrade_value', async () => {
    const render = (values: Record<string, unknown>) => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'promotions' }, data: { LEVEL: values['level'] } });
    const world = openFakeHelm({ chart: { metadata: { name: 'promotions', version: '1.0.0' }, templates: [{ name: 'templates/all.yaml', data: '' }], files: [], values: { level: 'info' } }, render }, {});
    await executeStopped({ kind: 'helm.upgrade_value', target: 'production', namespace: 'shop', release: 'promotions', key: 'level', value: 'debug' }, world.context);
    expect(writes(world.started)).toEqual([]);
  });
});
