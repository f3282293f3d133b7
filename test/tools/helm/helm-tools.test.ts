import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../../src/process/run.ts';
import { createHelmTools } from '../../../src/tools/helm/helm-tools.ts';
import { statusText } from '../../../src/tools/helm/tables.ts';
import { cluster as clusterOf, recordedRun, use } from '../kubectl/support.ts';

/** Its reader may see Secrets. */
const cluster = (overrides: Parameters<typeof clusterOf>[0] = {}) => clusterOf({ allowPowerfulRead: true, ...overrides });

const place = ['--kubeconfig=/etc/sre-agent/read.kubeconfig', '--kube-context=reader', '--namespace=shop'];
const status = JSON.stringify({
  name: 'checkout', namespace: 'shop', version: 3,
  info: {
    first_deployed: '2026-11-22T10:00:00Z', last_deployed: '2026-11-22T11:50:00Z', deleted: '', description: 'Upgrade "checkout" failed: timed out waiting for the condition', status: 'failed', notes: 'the password is hunter2',
    resources: { 'v1/Secret': [{ metadata: { name: 'checkout-key' }, data: { key: 'aHVudGVyMg==' } }], 'v1/Pod(related)': [{ items: [{ metadata: { name: 'checkout-1' } }] }] },
  },
  config: { database: { password: 'hunter2' } }, manifest: 'kind: Secret\ndata: {key: aHVudGVyMg==}', hooks: [{ manifest: 'hunter2' }],
  chart: { metadata: { name: 'checkout', version: '1.4.0', appVersion: '2.1' }, values: { password: 'hunter2' } },
});

function answering(answer: Partial<RunResult>) {
  return createHelmTools({ clusters: [cluster()], binary: '/opt/helm', run: recordedRun(answer) });
}

describe('helm is started with', () => {
  test.each([
    ['helm_look', { view: 'releases' }, ['list', ...place, '--deployed', '--failed', '--pending', '--uninstalling', '--max=200', '--output=json'], 'helm -n shop list --deployed --failed --pending --uninstalling', '[]'],
    ['helm_look', { view: 'status', release: 'checkout' }, ['status', 'checkout', ...place, '--output=json'], 'helm -n shop status checkout', status],
    ['helm_look', { view: 'history', release: 'checkout', namespace: 'shop' }, ['history', 'checkout', ...place, '--max=20', '--output=json'], 'helm -n shop history checkout --max 20', '[]'],
  ])('%s', async (tool, input, argv, command, stdout) => {
    const run = recordedRun({ stdout });
    const result = await use(createHelmTools({ clusters: [cluster({ context: 'reader' })], binary: '/opt/helm', run }), tool, input);
    expect(result).toMatchObject({ command });
    expect(result.failed).toBeUndefined();
    expect(run.started.map((started) => started.argv)).toEqual([argv]);
    expect(run.started[0]?.environment).toMatchObject({ KUBECONFIG: '/etc/sre-agent/read.kubeconfig', HELM_NO_PLUGINS: '1' });
  });

  test('the context of one of several clusters is shown', async () => {
    const tools = createHelmTools({ clusters: [cluster({ context: 'reader' }), cluster({ name: 'staging' })], binary: '/opt/helm', run: recordedRun({ stdout: '[]' }) });
    expect((await use(tools, 'helm_look', { view: 'releases', cluster: 'production' })).command).toMatch(/^helm --kube-context reader -n shop list/);
  });
});

describe('what is shown', () => {
  test('releases as a table', async () => {
    const stdout = JSON.stringify([{ name: 'checkout', namespace: 'shop', revision: '3', updated: '2026-11-22 11:50:00 +0000 UTC', status: 'pending-upgrade', chart: 'checkout-1.4.0', app_version: '2.1' }]);
    expect((await use(answering({ stdout }), 'helm_look', { view: 'releases' })).output.split('\n')).toEqual([
      'NAME     | REVISION | STATUS          | UPDATED                       | CHART          | APP VERSION',
      'checkout | 3        | pending-upgrade | 2026-11-22 11:50:00 +0000 UTC | checkout-1.4.0 | 2.1',
    ]);
    expect((await use(answering({ stdout: '[]' }), 'helm_look', { view: 'releases' })).output).toBe('(no releases)');
    expect((await use(answering({ stdout: 'null' }), 'helm_look', { view: 'releases' })).output).toBe('(no releases)');
  });

  test('a history, whatever the type of its numbers', async () => {
    const stdout = JSON.stringify([{ revision: 2, updated: '2026-11-22T10:00:00Z', status: 'superseded', chart: 'checkout-1.3.0', app_version: '2.0', description: 'Upgrade complete' }, { revision: 3, updated: '2026-11-22T11:50:00Z', status: 'failed', chart: 'checkout-1.4.0', app_version: '2.1', description: 'Upgrade "checkout" failed' }]);
    expect((await use(answering({ stdout }), 'helm_look', { view: 'history', release: 'checkout' })).output).toMatch(/\n3 +\| failed +\| 2026-11-22T11:50:00Z \| checkout-1\.4\.0 \| 2\.1 +\| Upgrade "checkout" failed$/);
  });

  test('a status without values, manifest, hooks, notes and the data of Secrets', async () => {
    const { output } = await use(answering({ stdout: status }), 'helm_look', { view: 'status', release: 'checkout' });
    expect(output).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(output.split('\n')).toEqual([
      'NAME: checkout', 'NAMESPACE: shop', 'REVISION: 3', 'STATUS: failed', 'DESCRIPTION: Upgrade "checkout" failed: timed out waiting for the condition',
      'FIRST DEPLOYED: 2026-11-22T10:00:00Z', 'LAST DEPLOYED: 2026-11-22T11:50:00Z', 'CHART: checkout-1.4.0', 'APP VERSION: 2.1',
      'RESOURCES:', '  v1/Secret: checkout-key', '  v1/Pod (related): checkout-1',
    ]);
    expect(statusText('{"name":"x","info":{"status":"deployed"}}')).toBe('NAME: x\nSTATUS: deployed');
  });

  test('failures: a release that is not there, Secrets that may not be read, no JSON', async () => {
    expect(await use(answering({ exitCode: 1, stderr: 'Error: release: not found\n' }), 'helm_look', { view: 'status', release: 'x' })).toMatchObject({ failed: true, output: 'Error: release: not found\nThe view releases of helm_look shows those of the namespace.' });
    expect(await use(answering({ exitCode: 1, stderr: 'Error: list: failed to list: secrets is forbidden: User "reader" cannot list resource "secrets" in API group "" in the namespace "shop"' }), 'helm_look', { view: 'releases' })).toMatchObject({ failed: true, output: expect.stringMatching(/Helm keeps releases in Secrets.*app\.kubernetes\.io\/managed-by=Helm/) });
    expect(await use(answering({ exitCode: 1, stderr: 'Error: query: failed to query with labels: secrets is forbidden: User "reader" cannot list resource "secrets"' }), 'helm_look', { view: 'history', release: 'x' })).toMatchObject({ failed: true, output: expect.stringMatching(/Helm keeps releases in Secrets/) });
    expect(await use(answering({ exitCode: 1, stderr: 'Error: kubernetes cluster unreachable: Get "http://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connect: connection refused' }), 'helm_look', { view: 'releases' })).toMatchObject({ failed: true, output: expect.stringMatching(/can't be reached from here/) });
    expect(await use(answering({ stdout: 'WARNING' }), 'helm_look', { view: 'releases' })).toMatchObject({ failed: true, output: expect.stringMatching(/could not be read/) });
  });
});
