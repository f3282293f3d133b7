import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Targets } from '../../src/config/targets.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { createTools } from '../../src/tools/create-tools.ts';

const empty: Targets = { databases: [], services: [], clusters: [], operations: [], hosts: [], resolvers: [] };
const secret = { variable: 'X', reveal: () => 'postgres://reader@127.0.0.1:1/shop' };
const full: Targets = {
  databases: [{ name: 'shop', kind: 'postgres', read: secret }],
  services: [{ name: 'checkout', url: 'http://127.0.0.1:1', checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [], status: 'http://127.0.0.1:1/status' }],
  operations: [{ name: 'restart', description: 'Restarts.', effect: 'restart', parameters: {}, read: { url: 'http://127.0.0.1:1/x', value: '/started_at' }, change: { method: 'POST', url: 'http://127.0.0.1:1/x' }, undo: { kind: 'not_needed' } }],
  clusters: [{ name: 'c', kubeconfig: { variable: 'K', reveal: () => '/k' }, namespaces: ['shop'] }], hosts: [], resolvers: [],
};

describe('createTools', () => {
  test('offers only what has a target', () => {
    expect(createTools({ targets: empty, log: silentLogger }).map(({ name }) => name)).toEqual(['dns_lookup']);
    expect(createTools({ targets: { ...full, clusters: [] }, log: silentLogger }).map(({ name }) => name)).toEqual(expect.arrayContaining(['dns_lookup', 'http_probe', 'operation_read', 'service_status', 'sql_select', 'tcp_connect', 'tls_certificate']));
  });

  test('offers the cluster tools when there is a cluster and a program', () => {
    const clusters: Targets['clusters'] = [{ name: 'c', allowPowerfulRead: true, kubeconfig: { variable: 'K', reveal: () => '/k' }, namespaces: ['shop'] }];
    const binaries = { kubectl: process.execPath, helm: process.execPath };
    const names = (programs: typeof binaries): string[] => createTools({ targets: { ...empty, clusters }, log: silentLogger, binaries: programs }).map(({ name }) => name).filter((name) => /^(kubectl|helm)_/.test(name));
    expect(names(binaries)).toEqual(expect.arrayContaining(['helm_look', 'helm_values', 'kubectl_changes', 'kubectl_describe', 'kubectl_events', 'kubectl_get', 'kubectl_logs', 'kubectl_rollout_history']));
    // Without a word of allow_powerful_read the self-test refuses a reader that may see Secrets, and Helm keeps its releases there.
    expect(createTools({ targets: { ...empty, clusters: clusters.map((one) => ({ ...one, allowPowerfulRead: false })) }, log: silentLogger, binaries }).filter(({ name }) => name.startsWith('helm_'))).toEqual([]);
    expect(() => createTools({ targets: { ...empty, clusters }, log: silentLogger, binaries: { ...binaries, helm: '/nowhere/helm' } })).toThrow(/nowhere\/helm.*correct the configured path/);
    expect(createTools({ targets: empty, log: silentLogger, binaries: { kubectl: '/nowhere', helm: '/nowhere' } }).map(({ name }) => name)).toEqual(['dns_lookup']);
  });

  test('every tool is sorted, described, closed to unknown fields, and has a JSON schema for a model', () => {
    const tools = createTools({ targets: full, log: silentLogger, binaries: { kubectl: process.execPath, helm: process.execPath } });
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
    expect(tools.length).toBeGreaterThanOrEqual(15);
    expect(tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name).sort());
    for (const tool of tools) {
      expect(tool.name).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(tool.description.length).toBeGreaterThan(40);
      expect(tool.specialists.length).toBeGreaterThan(0);
      expect(z.toJSONSchema(tool.input, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
    }
  });
});
