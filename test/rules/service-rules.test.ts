import { describe, expect, test } from 'vitest';
import { explain } from '../../src/rules/causal.ts';
import { detectAll } from '../../src/rules/detect-all.ts';
import type { Readings, WorkloadStatus } from '../../src/rules/readings.ts';
import { broken, database, host, ok, readings, restartOperation, service, session, setEnvironment, silent, table, targets, times } from './readings-support.ts';

const detect = (parts: Partial<Readings>, known = targets()) => detectAll(readings(parts), known).map(({ finding }) => finding);
const at = (minute: number): string => `2026-01-01T10:${String(minute).padStart(2, '0')}:00.000Z`;
const revision = (number: number, environment: Record<string, string>, healthy = true) => ({ revision: number, at: at(number), environment, healthy });

const sickDatabase = () => database('shop', {
  sessions: [session({ pid: 10, state: 'idle in transaction', stateSeconds: 60, transactionSeconds: 61 }), session({ pid: 11, state: 'active', waitEventType: 'Lock', waitEvent: 'tuple', blockedBy: [10], stateSeconds: 20, transactionSeconds: 20 })],
});

describe('checks', () => {
  test('healthy services, and a single failed request among many, are no trouble', () => {
    expect(detect({ services: [service('api'), service('ledger')], databases: [database('shop')] })).toEqual([]);
    expect(detect({ services: [service('api', { samples: [...times(5, ok(20)), broken('x')] })] })).toEqual([expect.objectContaining({ severity: 'info', mechanism: 'checks-flaky' })]);
    expect(detect({ services: [service('api', { samples: times(6, ok(240)) })] })).toEqual([expect.objectContaining({ severity: 'info', mechanism: 'checks-slow' })]);
  });

  test('slow by itself with a proven configuration: restarted, but not when the process is unknown', () => {
    expect(detect({ services: [service('api', { samples: times(6, ok(900)), workload: {} })] })[0]).toMatchObject({ mechanism: 'checks-slow', severity: 'warning', remedy: { kind: 'http.operation', operation: 'restart-service', parameters: { service: 'api' } } });
    expect(detect({ services: [service('api', { samples: times(6, ok(900)) })] })[0]?.remedy).toBeUndefined();
    expect(detect({ services: [service('api', { samples: times(6, ok(900)), workload: {} })] }, targets([], [setEnvironment]))[0]?.remedy).toBeUndefined();
    expect(detect({ services: [service('unlisted', { samples: times(6, ok(900)), workload: {} })] })[0]?.remedy).toBeUndefined();
  });

  test('two services slow by themselves have something in common, and neither is restarted', () => {
    const found = detect({ services: ['api', 'ledger'].map((name) => service(name, { samples: times(6, ok(900)), workload: {} })) });
    expect(found.map((finding) => finding.mechanism)).toEqual(['checks-slow', 'checks-slow']);
    expect(found.every((finding) => finding.remedy === undefined)).toBe(true);
  });

  test('a slow dependency is blamed, and only it is restarted', () => {
    const found = detect({ services: [service('shopfront', { samples: times(6, ok(900)), dependsOn: ['api'], workload: {} }), service('api', { samples: times(6, ok(800)), workload: {} })] });
    expect(found.find((finding) => finding.resource === 'service/shopfront')).toMatchObject({ blames: 'service/api' });
    expect(found.find((finding) => finding.resource === 'service/shopfront')?.remedy).toBeUndefined();
    expect(found.find((finding) => finding.resource === 'service/api')?.remedy).toBeDefined();
  });

  test('of two unwell dependencies, the one that the errors name is blamed', () => {
    const unwell = (name: string) => service(name, { samples: times(6, broken('boom')) });
    const [finding] = detect({ services: [service('shopfront', { samples: times(6, broken('ledger answered 500')), dependsOn: ['api', 'ledger'] }), unwell('api'), unwell('ledger')] });
    expect(finding?.blames).toBe('service/ledger');
  });

  test('a sick database is blamed by the services that use it, and by no others', () => {
    const found = detect({ databases: [sickDatabase()], services: [service('api', { samples: times(6, silent()), databases: ['shop'] }), service('ledger', { samples: times(6, broken('boom')) })] });
    expect(found.find((finding) => finding.resource === 'service/api')?.blames).toBe('database/shop');
    expect(found.find((finding) => finding.resource === 'service/ledger')?.blames).toBeUndefined();
  });

  test('a dependency that fails only some requests passes the blame on to what makes it fail', () => {
    const flaky = service('api', { samples: [...times(5, ok(20)), broken('too many clients already', 503)], databases: ['shop'] });
    const found = detect({ databases: [sickDatabase()], services: [service('shopfront', { samples: times(6, broken('api answered 503', 502)), dependsOn: ['api'] }), flaky] });
    expect(found.find((finding) => finding.resource === 'service/shopfront')?.blames).toBe('database/shop');
  });

  test('a remark about a database becomes its cause once a slow service points at it', () => {
    const shop = () => database('shop', { tables: [table('orders', 200_000)], plans: [{ query: 'q', calls: null, meanMilliseconds: 20, filteredScans: [{ schema: 'public', table: 'orders', columns: ['a'], estimatedRows: 3 }] }] });
    expect(detect({ databases: [shop()], services: [service('api', { databases: ['shop'] })] })[0]?.severity).toBe('info');
    expect(detect({ databases: [shop()], services: [service('api', { databases: ['shop'], samples: times(6, ok(900)) })] })[0]?.severity).toBe('warning');
  });

  test('on a machine short of CPU, slowness alone is no finding; errors and found causes still are', () => {
    const slow = service('api', { samples: times(6, ok(900)), databases: ['shop'], workload: {} });
    expect(detect({ observerSlowdown: 5, services: [slow] })[0]).toMatchObject({ severity: 'info' });
    expect(detect({ observerSlowdown: 5, services: [slow] })[0]?.remedy).toBeUndefined();
    expect(detect({ observerSlowdown: 5, services: [slow], databases: [sickDatabase()] }).find((finding) => finding.resource === 'service/api')?.severity).toBe('warning');
    expect(detect({ observerSlowdown: 5, services: [service('api', { samples: times(6, broken('boom')) })] })[0]?.severity).toBe('critical');
    expect(detect({ observerSlowdown: 2, services: [service('api', { samples: times(6, ok(3_000)) })] })[0]?.severity).toBe('warning');
    const besides = (milliseconds: number) => detect({ observerSlowdown: 9, services: [slow, service('ledger', { samples: times(6, ok(milliseconds)) })] }).find((finding) => finding.resource === 'service/api')?.severity;
    expect(besides(150)).toBe('warning');
    expect(besides(700)).toBe('info');
  });
});

describe('processes', () => {
  const crashing = (fields: Partial<WorkloadStatus>) => service('api', {
    samples: times(6, silent('ECONNREFUSED')),
    workload: { state: 'crash_loop', restarts: 4, lastExit: { code: 1, signal: null, at: at(9) }, ...fields },
  });
  const good = { PORT: '4001', POOL: '10', MODE: 'live' };

  test('a crash since one variable changed: it goes back to its earlier value', () => {
    const found = detect({ services: [crashing({ revisions: [revision(1, good), revision(2, { ...good, POOL: 'many' }, false)], log: [{ at: at(3), line: 'POOL must be a number' }] })] });
    expect(found[0]).toMatchObject({ mechanism: 'crash-after-configuration-change', resource: 'workload/api', remedy: { parameters: { service: 'api', variable: 'POOL', value: '10' } } });
    expect(found[0]?.quotes.length).toBeGreaterThanOrEqual(2);
    expect(found.find((finding) => finding.resource === 'service/api')?.blames).toBe('workload/api');
  });

  test('of two changed variables, the one that the log names; none when it names neither', () => {
    const revisions = [revision(1, good), revision(2, { ...good, POOL: 'many', MODE: 'test' }, false)];
    expect(detect({ services: [crashing({ revisions, log: [{ at: at(3), line: 'error: POOL must be a number' }] })] })[0]?.remedy).toMatchObject({ parameters: { variable: 'POOL' } });
    expect(detect({ services: [crashing({ revisions, log: [{ at: at(3), line: 'error: cannot start' }] })] })[0]?.remedy).toBeUndefined();
  });

  test('hidden values, new variables and operations that do not allow it are never written', () => {
    const secret = [revision(1, { ...good, TOKEN: '***' }), revision(2, { ...good, TOKEN: '****' }, false)];
    expect(detect({ services: [crashing({ revisions: secret })] })[0]?.remedy).toBeUndefined();
    expect(detect({ services: [crashing({ revisions: [revision(1, good), revision(2, { ...good, NEW: 'x' }, false)] })] })[0]?.remedy).toBeUndefined();
    const revisions = [revision(1, good), revision(2, { ...good, POOL: 'many' }, false)];
    expect(detect({ services: [crashing({ revisions })] }, targets([], [{ ...setEnvironment, parameters: { ...setEnvironment.parameters, variable: { enum: ['MODE'] } } }]))[0]?.remedy).toBeUndefined();
  });

  test('a value that redaction kept out of the evidence is neither shown nor written', () => {
    const one = crashing({ revisions: [revision(1, { ...good, POOL: 'hunter2hunter2' }), revision(2, { ...good, POOL: 'many' }, false)] });
    if (one.workload !== undefined) one.workload.evidence.text = one.workload.evidence.text.replaceAll('hunter2hunter2', '[redacted]');
    const [finding] = detect({ services: [one] });
    expect(finding?.mechanism).toBe('crash-after-configuration-change');
    expect(JSON.stringify(finding)).not.toContain('hunter2');
    expect(finding?.remedy).toBeUndefined();
  });

  test('a crash with a configuration that was healthy is not blamed on it', () => {
    const [finding] = detect({ services: [crashing({ revisions: [revision(1, good), revision(2, { ...good, POOL: '5' }), revision(3, good, false)] })] });
    expect(finding).toMatchObject({ mechanism: 'crash-loop' });
    expect(finding?.remedy).toBeUndefined();
  });

  test('a restart that somebody asked for, an old exit and one recovered crash are no finding', () => {
    for (const workload of [{ state: 'starting' as const, restarts: 0 }, { state: 'running' as const, restarts: 1, lastExit: { code: 1, signal: null, at: at(1) } }, { state: 'starting' as const, restarts: 1, lastExit: { code: null, signal: 'SIGTERM', at: at(1) } }]) {
      expect(detect({ services: [service('api', { workload })] })).toEqual([]);
    }
  });
});

describe('configuration of a running process', () => {
  const good = { PORT: '4001', WAIT_MS: '4000', UPSTREAM: 'http://ledger.internal:80' };
  const bad = { ...good, WAIT_MS: '3' };
  const failing = (revisions: WorkloadStatus['revisions'], line = 'ledger did not answer within 3 ms') =>
    service('api', { samples: times(6, broken(line, 504)), dependsOn: ['ledger'], workload: { revisions, log: [{ at: at(30), line: `error ${line}` }] } });

  test('errors that name what changed lead to the earlier value', () => {
    const found = detect({ services: [failing([revision(1, good), revision(2, bad)]), service('ledger')] });
    expect(found[0]).toMatchObject({ mechanism: 'unwell-since-configuration-change', resource: 'workload/api', remedy: { parameters: { variable: 'WAIT_MS', value: '4000' } } });
  });

  test('a bad value set again after it was taken back is still seen as bad', () => {
    const found = detect({ services: [failing([revision(1, good), revision(2, bad), revision(3, good), revision(4, bad)]), service('ledger')] });
    expect(found[0]?.remedy).toMatchObject({ parameters: { variable: 'WAIT_MS', value: '4000' } });
  });

  test('a value that was put right is never proposed to be made wrong again', () => {
    const slow = service('api', { samples: times(6, ok(900)), dependsOn: ['ledger'], workload: { revisions: [revision(1, good), revision(2, bad), revision(3, good)] } });
    const found = detect({ services: [slow, service('ledger')] });
    expect(found).toHaveLength(1);
    expect(found[0]?.remedy).toMatchObject({ operation: 'restart-service' });
  });

  test('a change that errors do not name is not blamed while a dependency is unwell', () => {
    const found = detect({ services: [failing([revision(1, good), revision(2, { ...good, PORT: '4002' })], 'ledger answered 500'), service('ledger', { samples: times(6, broken('boom')) })] });
    expect(found.map((finding) => finding.mechanism)).toEqual(['checks-failing', 'checks-failing']);
    expect(found[0]?.blames).toBe('service/ledger');
  });
});

describe('upstream hosts', () => {
  const right = { UPSTREAM: 'http://ledger.internal:8080' };
  const wrong = { UPSTREAM: 'http://ledger.nowhere:8080' };
  const api = (revisions = [revision(1, right), revision(2, wrong)], body = 'getaddrinfo ENOTFOUND ledger.nowhere') => service('api', { samples: times(6, broken(body, 502)), dependsOn: ['ledger'], workload: { revisions } });

  const there = host('ledger.internal', 'api', { ports: [{ port: 8080, open: true }] });

  test('nothing goes back to a place that is not seen to answer, hours later, or where the service does not complain of the present one', () => {
    const gone = host('ledger.nowhere', 'api', { error: 'ENOTFOUND' });
    const old = [{ ...revision(1, right), at: '2025-12-31T01:00:00.000Z' }, { ...revision(2, wrong), at: '2025-12-31T02:00:00.000Z' }];
    const remedyOf = (parts: Parameters<typeof detect>[0]): unknown => detect(parts).find((one) => one.mechanism === 'upstream-unresolvable')?.remedy;
    expect(remedyOf({ services: [api(), service('ledger')], hosts: [gone, there] })).toBeDefined();
    expect(remedyOf({ services: [api(), service('ledger')], hosts: [gone] })).toBeUndefined();
    expect(remedyOf({ services: [api(old), service('ledger')], hosts: [gone, there] })).toBeUndefined();
    expect(remedyOf({ services: [api(undefined, 'no such order'), service('ledger')], hosts: [gone, there] })).toBeUndefined();
  });

  test('a name that does not resolve goes back to the earlier one', () => {
    const found = detect({ services: [api(), service('ledger')], hosts: [host('ledger.nowhere', 'api', { error: 'ENOTFOUND' }), there] });
    expect(found[0]).toMatchObject({ mechanism: 'upstream-unresolvable', resource: 'host/ledger.nowhere', severity: 'critical', remedy: { parameters: { service: 'api', variable: 'UPSTREAM', value: right.UPSTREAM } } });
    expect(found.find((finding) => finding.resource === 'service/api')?.blames).toBe('host/ledger.nowhere');
    expect(found).toHaveLength(2);
  });

  test('a refused port likewise, but not where a known service should listen', () => {
    const hosts = [host('ledger.nowhere', 'api', { ports: [{ port: 8080, open: false, error: 'ECONNREFUSED' }] }), there];
    expect(detect({ services: [api(), service('ledger')], hosts })[0]).toMatchObject({ mechanism: 'upstream-refuses', resource: 'host/ledger.nowhere:8080', remedy: { parameters: { value: right.UPSTREAM } } });
    const known = targets([{ name: 'ledger', url: 'http://ledger.nowhere:8080' }]);
    expect(detect({ services: [api(), service('ledger')], hosts }, known).some((finding) => finding.mechanism === 'upstream-refuses')).toBe(false);
  });

  test('an earlier value that is unreachable too is not proposed', () => {
    const hosts = [host('ledger.nowhere', 'api', { error: 'ENOTFOUND' }), host('ledger.internal', 'api', { error: 'ENOTFOUND' })];
    expect(detect({ services: [api(), service('ledger')], hosts }).find((finding) => finding.resource === 'host/ledger.nowhere')?.remedy).toBeUndefined();
  });

  test('a name met only in an old error, and hosts of a healthy service, are no finding', () => {
    const recovered = service('api', { workload: { revisions: [revision(1, right), revision(2, wrong), revision(3, right)], log: [{ at: at(2), line: 'error getaddrinfo ENOTFOUND ledger.nowhere' }] } });
    expect(detect({ services: [recovered], hosts: [host('ledger.nowhere', 'api', { error: 'ENOTFOUND' })] })).toEqual([]);
  });

  test('several names without an answer are the DNS server\'s trouble; one answer clears it', () => {
    const failed = ['a.internal', 'b.internal'].map((name) => host(name, 'api', { error: 'EAI_AGAIN' }));
    const parts = { services: [service('api')], hosts: failed };
    expect(detect(parts).map((finding) => finding.mechanism)).toEqual(['dns-not-answering']);
    expect(detect({ ...parts, hosts: [...failed, host('c.internal', 'api')] })).toEqual([]);
  });
});

describe('the causal order', () => {
  const world = () => ({
    databases: [sickDatabase()],
    services: [
      service('shopfront', { samples: times(6, broken('api answered 503', 502)), dependsOn: ['api', 'ledger'] }),
      service('api', { samples: times(6, broken('canceling statement due to lock timeout', 503)), databases: ['shop'] }),
      service('ledger', { samples: times(6, ok(900)), workload: {} }),
    ],
  });
  const known = targets([{ name: 'shopfront', dependsOn: ['api', 'ledger'] }, { name: 'api', databases: ['shop'] }, { name: 'ledger' }]);

  test('leads from what explains the most to the symptom that was asked about', () => {
    const order = explain(detect(world(), known), known, ['shopfront']);
    expect(order.root?.mechanism).toBe('blocked-by-idle-transaction');
    expect(order.chain.map((finding) => finding.resource)).toEqual(['session/shop/10', 'service/api', 'service/shopfront']);
    expect(order.others.map((finding) => finding.resource)).toEqual(['service/ledger']);
  });

  test('prefers what touches the service that was asked about', () => {
    expect(explain(detect(world(), known), known, ['ledger']).root?.resource).toBe('service/ledger');
  });

  test('has no root when nothing but remarks is there', () => {
    expect(explain(detect({ services: [service('api', { samples: [...times(5, ok(10)), broken('x')] })] }), known).root).toBeUndefined();
  });

  test('finds a start in a circle of blame', () => {
    const circle = [service('api', { samples: times(6, broken('ledger failed')), dependsOn: ['ledger'] }), service('ledger', { samples: times(6, broken('api failed')), dependsOn: ['api'] })];
    expect(explain(detect({ services: circle }, known), known).root).toBeDefined();
  });
});

test('operations are chosen by effect only', () => {
  expect(detect({ services: [service('api', { samples: times(6, ok(900)), workload: {} })] }, targets([], [{ ...restartOperation, effect: 'other' }]))[0]?.remedy).toBeUndefined();
});
