import { expect, test } from 'vitest';
import { describeActions, isKind, kindsFor, signatureOf } from '../../../src/agents/claude/action-catalog.ts';
import { concludeSchema, orchestratorTools } from '../../../src/agents/claude/orchestrator-tools.ts';
import { proposableSchema } from '../../../src/changes/action.ts';
import { secret, targetsWith } from '../../support/changes.ts';

const clusters = [{ name: 'production', kubeconfig: secret('/k'), namespaces: ['shop'] }];
const databases = [{ name: 'orders', kind: 'postgres' as const, read: secret('postgres://') }];
const everything = targetsWith({ clusters, databases: [...databases, { name: 'stock', kind: 'mysql', read: secret('mysql://') }], hosts: [{ name: 'edge', url: 'http://edge' }], operations: [{}] as never });

test('a kind is offered only where something of it could be changed', () => {
  expect(kindsFor(targetsWith({ databases })).filter((kind) => !kind.startsWith('postgres.'))).toEqual([]);
  expect(kindsFor(targetsWith({ clusters }))).toEqual(expect.arrayContaining(['kubectl.scale', 'helm.rollback']));
  expect(kindsFor(everything)).toHaveLength(proposableSchema.options.length);
});

test('every kind has a line with its fields and one with its meaning', () => {
  for (const kind of kindsFor(everything)) {
    const [signature = '', meaning = ''] = describeActions([kind]).split('\n');
    const option = proposableSchema.options.find(({ shape }) => shape.kind.value === kind);
    for (const field of Object.keys(option?.shape ?? {}).filter((name) => name !== 'kind')) expect(signature).toMatch(new RegExp(`[{,] ${field}[?: ,]`));
    expect(meaning.trim(), `${kind} needs .describe() on its kind`).not.toBe(kind);
  }
});

test('types, ranges and what may be left out are said', () => {
  expect(signatureOf('kubectl.scale')).toBe('kubectl.scale { target, namespace, workload: deployment|statefulset, name, replicas: 0..1000 }');
  expect(signatureOf('kubectl.set_resources')).toContain('requests?: { cpu?, memory? }');
  expect(signatureOf('kubectl.configmap_key')).toContain('value: string | null');
  expect(isKind('shell')).toBe(false);
});

test('the list stays far below what the schemas would take', () => {
  const conclude = JSON.stringify(orchestratorTools([], everything).find(({ name }) => name === 'conclude'));
  expect(conclude.length).toBeLessThan(16_000);
  expect(conclude).toContain('kubectl.rollout_undo');
});

test('an undo is for people to ask for: it is not offered, and not taken either', () => {
  const concluded = (action: unknown) => concludeSchema.safeParse({ summary: 's', root_cause: null, chain: [], ruled_out: [], unseen: [], changes: [{ title: 't', rationale: 'r', findings: ['F1'], action }] }).success;
  expect(concluded({ kind: 'kubectl.scale', target: 'production', namespace: 'shop', workload: 'deployment', name: 'web', replicas: 2 })).toBe(true);
  expect(concluded({ kind: 'change.undo', change: 'C7' })).toBe(false);
  expect(isKind('change.undo')).toBe(false);
});
