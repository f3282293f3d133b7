import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Action } from '../../src/changes/action.ts';
import { identityOf } from '../../src/changes/identity.ts';
import { kindContext, secret, targetsWith } from '../support/changes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sre-agent-identity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const token = `x.${Buffer.from(JSON.stringify({ sub: 'system:serviceaccount:shop:sre-write' })).toString('base64url')}.signature`;
const scale: Action = { kind: 'kubectl.scale', target: 'production', namespace: 'shop', workload: 'deployment', name: 'checkout', replicas: 2 };

function inCluster(user: string, more: { context?: string } = {}) {
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, `current-context: here\ncontexts: [{ name: here, context: { user: robot, cluster: c } }, { name: there, context: { user: other, cluster: c } }]\nusers: [{ name: robot, user: ${user} }, { name: other, user: {} }]\n`);
  return targetsWith({ clusters: [{ name: 'production', kubeconfig: secret('/nowhere'), write: secret(file), namespaces: ['shop'], ...more }] });
}

test.each([
  ["a token's own subject", scale, inCluster, `{ token: ${token} }`, 'system:serviceaccount:shop:sre-write'],
  ['a user of a name', scale, inCluster, '{ username: ops, password: hunter2 }', 'ops'],
  ['a plugin, by the name of its user', scale, inCluster, '{ exec: { command: aws } }', 'robot'],
  ['an opaque token, by the name of its user', scale, inCluster, '{ token: hunter2 }', 'robot'],
] as const)('%s', async (_name, action, targets, user, identity) => {
  expect(await identityOf(action, kindContext(targets(user)))).toBe(identity);
});

test('databases by their role, tokens by their variable, an undo by its change; never a secret, never an error', async () => {
  const database: Action = { kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['a'] };
  const databases = [{ name: 'shop', kind: 'postgres' as const, read: secret(''), write: secret('postgres://sre_write:hunter2@host/shop') }];
  const context = kindContext(targetsWith({ databases }));
  expect(await identityOf(database, context)).toBe('sre_write');
  const undo: Action = { kind: 'change.undo', change: 'C1' };
  expect(await identityOf(undo, { ...context, changeOf: () => Promise.resolve({ action: database } as never) })).toBe('sre_write');
  expect(await identityOf(undo, { ...context, changeOf: () => Promise.reject(new Error('away')) })).toBeUndefined();
  expect(await identityOf({ kind: 'http.operation', operation: 'restart', parameters: {} }, context)).toBe('operation restart, without a token');
  expect(await identityOf(scale, context)).toBeUndefined();
  expect(await identityOf(scale, kindContext(inCluster('{ token: 5 }')))).toBeUndefined();
  expect(await identityOf(scale, kindContext(inCluster('{}', { context: 'there' })))).toBe('other');
});
