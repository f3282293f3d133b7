import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHelmTools } from '../../../src/tools/helm/helm-tools.ts';
import type { Tool } from '../../../src/tools/tool.ts';
import { findProgram, requirement } from '../../support/requirements.ts';
import { failure, startApiStub } from '../kubectl/api-stub.ts';
import type { ApiStub } from '../kubectl/api-stub.ts';
import { cluster as clusterOf, use } from '../kubectl/support.ts';

/** Its reader may see Secrets. */
const cluster = (overrides: Parameters<typeof clusterOf>[0] = {}) => clusterOf({ allowPowerfulRead: true, ...overrides });

describe.skipIf(!requirement('helm'))('the real helm', { timeout: 120_000 }, () => {
  const binary = findProgram('helm') ?? '';
  let stub: ApiStub | undefined;
  let tools: Tool[];
  let forbidden = false;

  beforeAll(async () => {
    const items = [releaseSecret(1, 'superseded', 'Install complete'), releaseSecret(2, 'failed', 'Upgrade "checkout" failed: hook timed out')];
    stub = await startApiStub(({ pathname }) => {
      if (!pathname.startsWith('/api/v1/namespaces/shop/secrets')) return undefined;
      if (forbidden) return failure(403, 'Forbidden', 'secrets is forbidden: User "reader" cannot list resource "secrets" in API group "" in the namespace "shop"');
      const name = pathname.split('/')[6];
      const one = items.find((item) => item.metadata.name === name);
      if (name !== undefined) return one === undefined ? failure(404, 'NotFound', `secrets "${name}" not found`) : { body: one };
      return { body: { kind: 'SecretList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items } };
    });
    tools = createHelmTools({ clusters: [cluster({ path: stub.kubeconfig, context: 'stub' })], binary, timeoutMilliseconds: 60_000 });
  });
  afterAll(() => stub?.close());

  test('lists, shows a history and a status, and no value of the release', async () => {
    const list = await use(tools, 'helm_look', { view: 'releases' });
    expect(list.output).toMatch(/^NAME .*\ncheckout \| 2 +\| failed +\| .*checkout-1\.4\.0 \| 2\.1$/);
    const history = await use(tools, 'helm_look', { view: 'history', release: 'checkout' });
    expect(history.output).toMatch(/\n1 +\| superseded .*Install complete\n2 +\| failed .*hook timed out$/);
    const status = await use(tools, 'helm_look', { view: 'status', release: 'checkout' });
    expect(status.output).toMatch(/^NAME: checkout\nNAMESPACE: shop\nREVISION: 2\nSTATUS: failed\n/);
    const values = await use(tools, 'helm_values', { release: 'checkout' });
    expect(values).toMatchObject({ command: 'helm -n shop get values checkout', output: 'password: "[redacted]"\nreplicas: 2' });
    const compared = await use(tools, 'helm_values', { release: 'checkout', revision: 2, compare_with: 1 });
    expect(compared.output.split('\n').toSorted()).toEqual(['password: differs, and both values are hidden', 'replicas: was 1, is 2']);
    for (const result of [list, history, status, values, compared]) {
      expect(result.failed).toBeUndefined();
      expect(result.output).not.toContain('hunter2');
    }
    expect(new Set(stub?.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  test('says that Secrets may not be read', async () => {
    forbidden = true;
    expect(await use(tools, 'helm_look', { view: 'releases' })).toMatchObject({ failed: true, output: expect.stringMatching(/forbidden[^]*Helm keeps releases in Secrets/) });
  });
});

/** As Helm 3 and 4 store a release: JSON, gzip, base64, and base64 once more for the Secret. */
function releaseSecret(version: number, status: string, description: string) {
  const release = {
    name: 'checkout', namespace: 'shop', version, manifest: '', config: { password: `hunter2-${version}`, replicas: version },
    info: { status, description, notes: 'hunter2', first_deployed: '2026-11-22T10:00:00Z', last_deployed: '2026-11-22T11:50:00Z', deleted: '' },
    chart: { metadata: { name: 'checkout', version: '1.4.0', appVersion: '2.1', apiVersion: 'v2' }, values: { password: 'hunter2' }, templates: [] },
  };
  const data = Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
  return { apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1', metadata: { name: `sh.helm.release.v1.checkout.v${version}`, namespace: 'shop', labels: { owner: 'helm', name: 'checkout', status, version: String(version) } }, data: { release: data } };
}
