/** Builders of readings for rule tests: real-looking values, evidence whose text holds what rules quote. */
import type { OperationTarget, ServiceTarget, Targets } from '../../src/config/targets.ts';
import type { Evidence, SpecialistName } from '../../src/incident/types.ts';
import type { ConnectionUse, DatabaseReading, HostReading, HttpSample, Readings, ServiceReading, Session, StatementPlan, TableStatistics, WorkloadStatus } from '../../src/rules/readings.ts';
import type { RecordEvidence } from '../../src/tools/tool.ts';
import { statusText } from '../../src/tools/readings/workload-text.ts';

let numbered = 0;

export function evidence(text: string, specialist: SpecialistName = 'database'): Evidence {
  numbered += 1;
  return { id: `E${numbered}`, specialist, tool: 'fixture', command: 'fixture', text, failed: false, hash: '', at: '2026-01-01T00:00:00.000Z' };
}

/** Records in memory without a cap; `all` grows. */
export function memoryRecorder(): { record: RecordEvidence; all: Evidence[] } {
  const all: Evidence[] = [];
  return {
    all,
    record: async (specialist, tool, result) => {
      const one: Evidence = { id: `E${all.length + 1}`, specialist, tool, command: result.command, text: result.output, failed: result.failed ?? false, hash: '', at: new Date().toISOString() };
      all.push(one);
      return one;
    },
  };
}

export function session(fields: Partial<Session> & { pid: number }): Session {
  return {
    ...fields, backendStart: `2026-01-01 10:00:00.${fields.pid}+00`, user: 'app', application: 'api', client: '127.0.0.1', state: 'idle', stateSeconds: 0.1, transactionSeconds: null,
    waitEventType: 'Client', waitEvent: 'ClientRead', blockedBy: [], query: 'select 1', ...fields,
  };
}

export function database(name: string, parts: { sessions?: Session[]; connections?: ConnectionUse; tables?: TableStatistics[]; indexes?: NonNullable<DatabaseReading['indexes']>['value']; plans?: StatementPlan[]; overrides?: NonNullable<DatabaseReading['overrides']>['value'] } = {}): DatabaseReading {
  const observe = <T>(value: T[] | undefined): { value: T[]; evidence: Evidence } => ({ value: value ?? [], evidence: evidence((value ?? []).map((one) => Object.values(one as object).join(' | ')).join('\n')) });
  const use = parts.connections ?? { limit: 100, reserved: 3, used: 10, byClient: [] };
  const lines = use.byClient.map((client) => `${client.user} | ${client.application} | ${client.count} | ${client.idle}`);
  const scans = (parts.plans ?? []).flatMap((plan) => plan.filteredScans.map((scan) => `Seq Scan on ${scan.schema}.${scan.table} filtering by (${scan.columns.join(', ')})`));
  return {
    name, unread: [],
    sessions: observe(parts.sessions),
    connections: { value: use, evidence: evidence([`${use.used} of ${use.limit} connections used`, ...lines].join('\n')) },
    tables: { value: parts.tables ?? [], evidence: evidence((parts.tables ?? []).map((table) => `${table.schema}.${table.table} | ${table.rows}`).join('\n')) },
    indexes: { value: parts.indexes ?? [], evidence: evidence((parts.indexes ?? []).map((index) => `${index.index} ${index.valid ? 'valid' : 'INVALID'}`).join('\n')) },
    plans: { value: parts.plans ?? [], evidence: evidence(scans.join('\n')) },
    overrides: observe(parts.overrides),
  };
}

export function table(name: string, rows: number, more: Partial<TableStatistics> = {}): TableStatistics {
  return { schema: 'public', table: name, rows, sequentialScans: 0, sequentialRowsRead: 0, indexScans: 0, deadRows: 0, lastAutovacuum: null, ...more };
}

export const ok = (milliseconds: number): HttpSample => ({ status: 200, milliseconds });
export const broken = (body: string, status = 500): HttpSample => ({ status, milliseconds: 5, body });
export const silent = (error = 'TIMEOUT'): HttpSample => ({ milliseconds: 4000, error });
export const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

export function service(name: string, parts: { samples?: HttpSample[]; dependsOn?: string[]; databases?: string[]; workload?: Partial<WorkloadStatus>; budget?: number } = {}): ServiceReading {
  const samples = parts.samples ?? times(6, ok(20));
  const text = [`${name} list: median`, ...samples.map((one) => (one.status === undefined ? `no response: ${one.error}` : `HTTP ${one.status} after ${one.milliseconds} ms: ${one.body ?? ''}`))].join('\n');
  const status = parts.workload === undefined ? undefined : workload(name, parts.workload);
  return {
    name, dependsOn: parts.dependsOn ?? [], databases: parts.databases ?? [], latencyBudgetMilliseconds: parts.budget ?? 200, unread: [],
    checks: [{ value: { check: 'list', url: `http://127.0.0.1:1/${name}`, samples }, evidence: evidence(text, 'service') }],
    ...(status === undefined ? {} : { workload: { value: status, evidence: evidence(statusText(status), 'service') } }),
  };
}

export function workload(name: string, fields: Partial<WorkloadStatus>): WorkloadStatus {
  const revisions = fields.revisions ?? [{ revision: 1, at: '2026-01-01T09:00:00.000Z', environment: { PORT: '4001' }, healthy: true }];
  return { name, state: 'running', startedAt: '2026-01-01T09:00:00.000Z', restarts: 0, lastExit: null, revision: revisions.at(-1)?.revision ?? 1, log: [], ...fields, revisions };
}

export function host(name: string, usedBy: string, found: { error?: string; ports?: { port: number; open: boolean; error?: string }[] } = {}): HostReading {
  const text = [`${usedBy} -> ${name}: ${found.error === undefined ? 'resolves' : `lookup failed: ${found.error}`}`, ...(found.ports ?? []).map((port) => `${usedBy} -> ${name}:${port.port}: ${port.error ?? 'accepts connections'}`)].join('\n');
  const seen = evidence(text, 'network');
  return { host: name, usedBy, lookup: { value: { addresses: found.error === undefined ? ['10.0.0.1'] : [], ...(found.error === undefined ? {} : { error: found.error }) }, evidence: seen }, ports: (found.ports ?? []).map((value) => ({ value, evidence: seen })) };
}

export function readings(parts: Partial<Readings>): Readings {
  return { services: [], databases: [], hosts: [], ...parts };
}

export const setEnvironment: OperationTarget = {
  name: 'set-variable', description: 'sets a variable', effect: 'set-environment', parameters: { service: { pattern: '[a-z-]+' }, variable: { pattern: '[A-Z_]+' }, value: { pattern: '.{0,200}' } },
  read: { url: 'http://127.0.0.1:1/services/{service}', value: '/environment/{variable}' }, change: { method: 'PUT', url: 'http://127.0.0.1:1/services/{service}/environment' }, undo: { kind: 'restore', parameter: 'value' },
};
export const restartOperation: OperationTarget = {
  name: 'restart-service', description: 'restarts', effect: 'restart', parameters: { service: { enum: ['api', 'shopfront', 'ledger'] } },
  read: { url: 'http://127.0.0.1:1/services/{service}', value: '/startedAt' }, change: { method: 'POST', url: 'http://127.0.0.1:1/services/{service}/restart' }, undo: { kind: 'not_needed' },
};

export function targets(services: (Partial<ServiceTarget> & { name: string })[] = [], operations: OperationTarget[] = [setEnvironment, restartOperation]): Targets {
  return { databases: [], clusters: [], hosts: [], resolvers: [], operations, services: services.map((one) => ({ url: `http://127.0.0.1:4000`, checks: [], latencyBudgetMilliseconds: 200, dependsOn: [], databases: [], ...one })) };
}
