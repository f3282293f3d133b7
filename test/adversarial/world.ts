/**
 * One incident with a cause that the rules find (a tag that does not exist), and every place in it where somebody else's
 * words stand. The readings are made by the code that makes them in production, through the real redactor and recorder.
 */
import { createHash } from 'node:crypto';
import { createAdmit } from '../../src/incident/admit.ts';
import { clearFinding, clearUnread } from '../../src/incident/clear-of-secrets.ts';
import type { Finding, Evidence } from '../../src/incident/types.ts';
import { createRedactor } from '../../src/redaction/redactor.ts';
import type { NamespaceReading } from '../../src/rules/cluster-readings.ts';
import { detectAll } from '../../src/rules/detect-all.ts';
import type { DatabaseReading, Readings, ServiceReading } from '../../src/rules/readings.ts';
import { unreadOf } from '../../src/rules/verify.ts';
import { createRecorder } from '../../src/tools/evidence.ts';
import { describeNamespace } from '../../src/tools/readings/cluster/namespace.ts';
import { nodeLines, releaseLines } from '../../src/tools/readings/cluster/lines.ts';
import { customResourcesOf } from '../../src/tools/readings/cluster/custom-objects.ts';
import { nodesOf } from '../../src/tools/readings/cluster/other-objects.ts';
import { sessionTable } from '../../src/tools/readings/session-tables.ts';
import { textTable } from '../../src/tools/readings/text-table.ts';
import { parseStatusDocument } from '../../src/tools/readings/workload-status.ts';
import { statusText } from '../../src/tools/readings/workload-text.ts';
import type { RecordEvidence } from '../../src/tools/tool.ts';
import { ago, configMap, deployment, event, healthyNode, pod, service as kubeService, template, well } from '../rules/kubernetes/objects.ts';
import { session, targets as targetsOf } from '../rules/readings-support.ts';

/** Where a stranger's words stand in what the rules read. */
export const ruleCarriers = [
  'logLine', 'podLog', 'podAnnotation', 'podLabel', 'eventMessage', 'eventReason', 'waitingMessage', 'terminatedMessage', 'conditionMessage', 'customCondition', 'configMapValue', 'environmentValue', 'image', 'command',
  'jobMessage', 'autoscalerMessage', 'ingressHost', 'nodeMessage', 'helmDescription', 'httpBody', 'application', 'role', 'statement', 'table', 'column', 'setting', 'databaseError',
] as const;
export type RuleCarrier = (typeof ruleCarriers)[number];

export const ordinary = 'nothing to see';
const redactor = createRedactor({ knownSecrets: () => [] });

export interface Shown {
  readings: Readings;
  findings: Finding[];
  evidence: (Evidence & { fullText: string })[];
  unread: string[];
}

export const targets = targetsOf([{ name: 'checkout', dependsOn: ['payments'], databases: ['orders'] }, { name: 'payments' }]);

/** What an investigation has after its first look; `words` stand at `carrier`, and ordinary ones everywhere else. */
export async function firstLook(carrier?: RuleCarrier, words = ordinary): Promise<Shown> {
  const say = (place: RuleCarrier): string => (place === carrier ? words : ordinary);
  const kept: Shown['evidence'] = [];
  const record = createRecorder({
    incidentId: 'INC-1', redactor,
    evidence: {
      add: async (_incident, one) => {
        const evidence = { ...one, id: `E${kept.length + 1}`, hash: createHash('sha256').update(one.fullText).digest('hex'), at: '2026-01-01T10:00:00.000Z' };
        kept.push(evidence);
        return evidence;
      },
    },
  });
  const read: Readings = { services: [await serviceReading(say, record)], databases: [await databaseReading(say, record)], hosts: [], clusters: [await clusterReading(say, record)], observerSlowdown: 1 };
  const readings = await clearUnread(read, redactor.redact);
  const admit = createAdmit('INC-1', [], { get: async (_incident: string, id: string) => kept.find((one) => one.id === id), list: async () => kept, add: async () => { throw new Error('not used'); } });
  const findings: Finding[] = [];
  for (const { rule, specialist, finding } of detectAll(readings, targets)) findings.push(await admit(specialist, rule, await clearFinding(finding, redactor.redact)));
  return { readings, findings, evidence: kept, unread: unreadOf(readings) };
}

type Say = (place: RuleCarrier) => string;

async function clusterReading(say: Say, record: RecordEvidence): Promise<NonNullable<Readings['clusters']>[number]> {
  const broken = { image: 'registry.local/checkout:2' };
  const objects = [
    ...deployment('checkout', [{ image: 'registry.local/checkout:1' }, broken], { available: [0, 0], conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: say('conditionMessage') }] }),
    sick(say, broken),
    ...deployment('payments', [{}], { available: [1] }), well('payments'),
    ...deployment('worker', [{ image: say('image') === ordinary ? 'registry.local/worker:1' : say('image'), environment: { GREETING: say('environmentValue') } }], { available: [0] }), crash(say),
    ...kubeService('checkout', { ready: 0 }), ...kubeService('payments'),
    configMap('worker-config', { GREETING: say('configMapValue') }, { changed: ['GREETING'], applied: { GREETING: say('configMapValue') } }),
    { kind: 'Job', metadata: { name: 'nightly', creationTimestamp: ago(600) }, spec: { template: template('nightly') }, status: { failed: 1, conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: say('jobMessage'), lastTransitionTime: ago(300) }] } },
    { kind: 'HorizontalPodAutoscaler', metadata: { name: 'payments' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'payments' }, minReplicas: 1, maxReplicas: 3 }, status: { currentReplicas: 1, desiredReplicas: 1, conditions: [{ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: say('autoscalerMessage'), lastTransitionTime: ago(600) }] } },
    { kind: 'Ingress', metadata: { name: 'front' }, spec: { rules: [{ host: say('ingressHost'), http: { paths: [{ path: '/', backend: { service: { name: 'gone', port: { number: 80 } } } }] } }] } },
  ];
  const events = [
    event('Pod', 'checkout-r2-abcde', 'Failed', 'Failed to pull image "registry.local/checkout:2": manifest unknown: not found'),
    event('Pod', 'worker-r1-abcde', say('eventReason') === ordinary ? 'Unhealthy' : say('eventReason'), `Liveness probe failed: ${say('eventMessage')}`),
    event('Pod', 'worker-r1-abcde', 'Killing', 'Container main failed liveness probe, will be restarted'),
  ];
  const custom = customResourcesOf([{ kind: 'Certificate', metadata: { name: 'front', creationTimestamp: ago(900) }, status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Failed', message: say('customCondition'), lastTransitionTime: ago(800) }] } }]);
  const namespace: NamespaceReading = await describeNamespace({ namespace: 'shop', record }, { objects, missing: [] }, events, custom);
  const lines = [`2026-01-01T10:00:00Z Error: ${say('podLog')}`];
  namespace.logs = [{ value: { pod: 'worker-r1-abcde', container: 'main', previous: false, lines: lines.map((line) => line.replace(/^\S+Z /, '')) }, evidence: await record('kubernetes', 'kubectl_container_log', { command: 'kubectl -n shop logs worker-r1-abcde', output: lines.join('\n') }) }];
  const releases = [{ name: 'front', revision: 2, status: 'failed', updated: ago(600), history: [{ revision: 1, status: 'superseded', updated: ago(7200), chart: 'front-1', description: 'Install complete' }, { revision: 2, status: 'failed', updated: ago(600), chart: 'front-2', description: say('helmDescription') }] }];
  namespace.releases = { value: releases, evidence: await record('kubernetes', 'helm_releases', { command: 'helm -n shop history front', output: releaseLines(releases) }) };
  const nodes = nodesOf([{ ...healthyNode, status: { conditions: [{ type: 'Ready', status: 'True' }, { type: 'DiskPressure', status: 'True', reason: 'KubeletHasDiskPressure', message: say('nodeMessage') }] } }]);
  return { name: 'main', namespaces: [namespace], unread: [], namespaceNames: ['shop'], storageClasses: [], nodes: { value: nodes, evidence: await record('kubernetes', 'kubectl_nodes', { command: 'kubectl get nodes', output: nodeLines(nodes) }) } };
}

/** The pod whose image is not there. */
function sick(say: Say, parts: { image: string }): Record<string, unknown> {
  const one = pod('checkout', { revision: 2, phase: 'Pending', parts, state: { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image: manifest unknown: ${say('waitingMessage')}` } } });
  const metadata = one['metadata'] as { labels: object };
  return { ...one, metadata: { ...metadata, annotations: { 'example.com/note': say('podAnnotation') }, labels: { ...metadata.labels, note: say('podLabel') } } };
}

function crash(say: Say): Record<string, unknown> {
  const one = pod('worker', { restarts: 5, state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } }, last: { exitCode: 1, reason: 'Error', message: say('terminatedMessage'), finishedAt: ago(20) } });
  const spec = one['spec'] as { containers: object[] };
  return { ...one, spec: { ...spec, containers: spec.containers.map((container) => ({ ...container, command: ['sh', '-c', say('command')] })) } };
}

async function serviceReading(say: Say, record: RecordEvidence): Promise<ServiceReading> {
  const body = say('httpBody');
  const status = parseStatusDocument(JSON.stringify({
    name: 'checkout', state: 'running', started_at: ago(300), restarts: 0, last_exit: null, revision: 1,
    revisions: [{ revision: 1, at: ago(7200), environment: { PORT: '4001' }, healthy: true }], log: [{ at: ago(30), line: `ERROR ${say('logLine')}` }],
  }));
  const value = { check: 'list', url: 'http://127.0.0.1:1/', samples: Array.from({ length: 6 }, () => ({ status: 503, milliseconds: 5, body })) };
  return {
    name: 'checkout', dependsOn: ['payments'], databases: ['orders'], latencyBudgetMilliseconds: 200, unread: [],
    checks: [{ value, evidence: await record('service', 'http_checks', { command: 'curl http://127.0.0.1:1/', output: [`checkout list: 0 of 6 requests succeeded (budget 200 ms)`, ...value.samples.map(() => `HTTP 503 after 5 ms: ${body.replace(/\s+/g, ' ').trim()}`)].join('\n') }) }],
    workload: { value: status, evidence: await record('service', 'workload_status', { command: 'curl http://127.0.0.1:1/status', output: statusText(status) }) },
  };
}

async function databaseReading(say: Say, record: RecordEvidence): Promise<DatabaseReading> {
  const sessions = [session({ pid: 11, application: say('application'), user: 'app', query: `select 1 /* ${say('statement')} */`, state: 'idle in transaction', transactionSeconds: 900, stateSeconds: 900 })];
  const table = say('table') === ordinary ? 'items' : say('table');
  const column = say('column') === ordinary ? 'customer_id' : say('column');
  const tables = [{ schema: 'public', table, rows: 400_000, sequentialScans: 9_000, sequentialRowsRead: 3_600_000_000, indexScans: 0, deadRows: 0, lastAutovacuum: null }];
  const plans = [{ query: 'select * from items where customer_id = $1', calls: 900, meanMilliseconds: 900, filteredScans: [{ schema: 'public', table, columns: [column], estimatedRows: 3 }] }];
  const overrides = [{ setting: 'statement_timeout', scope: 'role' as const, role: say('role'), value: say('setting') === ordinary ? '5' : say('setting'), defaultValue: '0' }];
  const keep = (tool: string, output: string): Promise<Evidence> => record('database', tool, { command: 'psql orders', output });
  return {
    name: 'orders',
    sessions: { value: sessions, evidence: await keep('postgres_sessions', sessionTable(sessions)) },
    tables: { value: tables, evidence: await keep('postgres_tables', textTable(['table', 'rows'], tables.map((one) => [`${one.schema}.${one.table}`, one.rows]))) },
    indexes: { value: [], evidence: await keep('postgres_indexes', '(none)') },
    plans: { value: plans, evidence: await keep('postgres_statements', plans.map((plan) => plan.filteredScans.map((scan) => `Seq Scan on ${scan.schema}.${scan.table} filtering by (${scan.columns.join(', ')})`)).join('\n')) },
    overrides: { value: overrides, evidence: await keep('postgres_settings', textTable(['setting', 'set for', 'value'], overrides.map((one) => [one.setting, one.role, one.value]))) },
    unread: [{ what: 'pg_stat_statements of database orders', message: `permission denied: ${say('databaseError')}`, code: '42501' }],
  };
}
