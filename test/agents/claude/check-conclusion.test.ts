/** A change of a cluster rests on a finding about what it changes: text read in one object must not move another. */
import { expect, test } from 'vitest';
import { checkConclusion } from '../../../src/agents/claude/check-conclusion.ts';
import type { ClusterAction, ProposableAction } from '../../../src/changes/action.ts';
import type { Finding } from '../../../src/incident/types.ts';
import { samples } from '../../changes/actions/kubectl-samples.ts';
import { targetsWith } from '../../support/changes.ts';

function check(action: ProposableAction, resource: string): void {
  const finding: Finding = { id: 'F1', specialist: 'kubernetes', source: 'model', supported: true, severity: 'critical', resource, mechanism: 'crash-loop', title: 'It crashes', explanation: '', confidence: 0.9, quotes: [] };
  checkConclusion(
    { summary: '', root_cause: null, chain: [], ruled_out: [], unseen: [], changes: [{ title: 'It', rationale: '', findings: ['F1'], action }] },
    new Map([['F1', finding]]),
    { targets: targetsWith({}), rules: { readings: { services: [], databases: [] } } as never },
  );
}

test.each<[ClusterAction, string]>([
  [samples.rolloutUndo, 'deployment/checkout'], [samples.rolloutUndo, 'deployment/shop/checkout'], [samples.setEnv, 'pod/checkout-7d9f8-x2xkq'], [samples.scale, 'replicaset/checkout-7d9f8'],
  [samples.configmapKey, 'configmap/shop/checkout-config'], [samples.configmapKey, 'deployment/checkout'], [samples.deletePod, 'pod/checkout-abc'], [samples.deletePod, 'deployment/checkout'],
  [samples.cordon, 'node/node1'], [samples.helmRollback, 'release/promotions'], [samples.helmRollback, 'deployment/promotions-web'],
])('$kind, by a finding on %s', (action, resource) => {
  expect(() => check(action, resource)).not.toThrow();
});

test.each<[ClusterAction, string]>([
  [samples.rolloutUndo, 'deployment/payments'], [samples.rolloutUndo, 'pod/checkouts-7d9f8'], [samples.setEnv, 'service/check'], [samples.configmapKey, 'deployment/payments'], [samples.secretKey, 'deployment/payments'],
  [samples.deletePod, 'pod/payments-1'], [samples.cordon, 'node/node10'], [samples.cordon, 'deployment/checkout'], [samples.helmRollback, 'deployment/checkout'], [samples.scale, ''], [samples.setEnv, 'deployment/shop/checkout-evil'], [samples.rolloutUndo, 'deployment/checkout-db'], [samples.scale, 'deployment/staging/checkout'], [samples.configmapKey, 'deployment/staging/checkout'], [samples.helmRollback, 'release/staging/promotions'],
])('$kind is not proposed on a finding about %s', (action, resource) => {
  expect(() => check(action, resource)).toThrow(/no supported finding that it cites is about that/);
});

test('a rule of a host rests on a finding about that host', () => {
  const action: ProposableAction = { kind: 'iptables.rule', target: 'edge', family: 'ipv4', table: 'filter', operation: 'delete', chain: 'INPUT', position: 1, rule: { protocol: 'tcp', destination_port: '5432', action: 'DROP' } };
  for (const resource of ['host/edge', 'host/edge/INPUT']) expect(() => check(action, resource)).not.toThrow();
  for (const resource of ['host/edge2', 'database/edge', 'service/edge', '']) expect(() => check(action, resource)).toThrow(/would change host edge/);
});
