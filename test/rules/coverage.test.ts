import { describe, expect, test } from 'vitest';
import { gapsOf } from '../../src/rules/coverage.ts';
import { detectAll } from '../../src/rules/detect-all.ts';
import type { DatabaseReading, Readings } from '../../src/rules/readings.ts';
import { ruledOut } from '../../src/rules/ruled-out.ts';
import { broken, database, host, ok, readings, service, silent, targets, times } from './readings-support.ts';

const detect = (parts: Partial<Readings>) => detectAll(readings(parts), targets([{ name: 'api' }])).map(({ finding }) => finding);
const plan = { query: 'SELECT 1', calls: 3, meanMilliseconds: 2, filteredScans: [] };

describe('on a machine short of CPU', () => {
  test('what fails stays a finding; only slowness is a remark', () => {
    const failing = (sample: ReturnType<typeof silent>) => detect({ observerSlowdown: 8, services: [service('api', { samples: times(5, sample) })] })[0];
    expect(failing(silent('TIMEOUT'))).toMatchObject({ mechanism: 'checks-failing', severity: 'warning', explanation: expect.stringContaining('short of CPU') });
    expect(failing(silent('TIMEOUT'))?.confidence).toBeLessThan(0.7);
    expect(failing(silent('TIMEOUT'))?.remedy).toBeUndefined();
    expect(failing(silent('ECONNREFUSED'))).toMatchObject({ severity: 'critical' });
    const beside = detect({ observerSlowdown: 8, services: [service('api', { samples: times(5, silent()) }), service('ledger')] });
    expect(beside[0]).toMatchObject({ severity: 'warning', explanation: expect.stringContaining('short of CPU') });
    const relayed = detect({ observerSlowdown: 8, services: [service('front', { samples: times(5, broken('api answered 503', 502)), dependsOn: ['api'] }), service('api', { samples: times(5, ok(900)) })] });
    expect(relayed.find((finding) => finding.resource === 'service/front')).toMatchObject({ severity: 'critical', blames: 'service/api' });
    expect(failing(broken('boom'))).toMatchObject({ severity: 'critical' });
    expect(detect({ observerSlowdown: 8, services: [service('api', { samples: times(5, ok(900)) })] })[0]).toMatchObject({ severity: 'info' });
  });

  test('a database that does not answer in time is a warning that says so', () => {
    const unread = [{ what: 'database shop', message: 'no answer', code: 'TIMEOUT' }];
    expect(detect({ observerSlowdown: 8, databases: [{ name: 'shop', unread }] })[0]).toMatchObject({ mechanism: 'database-unreachable', severity: 'warning', explanation: expect.stringContaining('short of CPU') });
    expect(detect({ databases: [{ name: 'shop', unread }] })[0]).toMatchObject({ severity: 'critical' });
  });
});

test('a service is not blamed for itself, nor restarted, while what it needs was not read', () => {
  const api = service('api', { samples: times(6, ok(900)), databases: ['shop'], workload: {} });
  expect(detect({ services: [api], databases: [database('shop')] })[0]?.remedy).toBeDefined();
  const { plans: _plans, ...partly } = database('shop');
  const [finding] = detect({ services: [api], databases: [partly] });
  expect(finding?.remedy).toBeUndefined();
  expect(finding?.explanation).toContain('could not be read');
  expect(finding?.explanation).not.toContain('show nothing');
});

describe('ruled out is only what was read', () => {
  const lines = (parts: Partial<Readings>): string => ruledOut(readings(parts), []).join('\n');
  const whole = database('shop', { plans: [plan] });
  test.each<[string, keyof DatabaseReading, RegExp]>([
    ['sessions', 'sessions', /no session waits/],
    ['connections', 'connections', /connections are used/],
    ['plans', 'plans', /none of the busiest statements/],
    ['tables behind plans', 'tables', /none of the busiest statements/],
    ['indexes behind plans', 'indexes', /none of the busiest statements/],
    ['settings', 'overrides', /no setting explains/],
  ])('%s', (_name, part, claim) => {
    expect(lines({ databases: [whole] })).toMatch(claim);
    const { [part]: _left, ...rest } = whole;
    expect(lines({ databases: [rest as DatabaseReading] })).not.toMatch(claim);
  });

  test('plans that were cut off, statistics that were denied, states that are hidden', () => {
    expect(lines({ databases: [database('shop', { plans: [plan, { ...plan, unexplained: 'stopped' }] })] })).not.toContain('busiest');
    expect(lines({ databases: [{ ...whole, unread: [{ what: 'pg_stat_statements of database shop', message: 'denied', code: '42501' }] }] })).not.toContain('busiest');
    expect(lines({ databases: [{ ...whole, unread: [{ what: 'sessions of database shop', message: 'hidden', code: '42501' }] }] })).not.toContain('no session waits');
  });

  test('checks that were not read or cut off, and ports that were not tried', () => {
    const api = service('api');
    expect(lines({ services: [api] })).toContain('every check answers');
    expect(lines({ services: [{ ...api, unread: [{ what: 'check second of api', message: 'stopped' }] }] })).not.toContain('every check answers');
    expect(lines({ services: [{ ...api, checks: api.checks.map((check) => ({ ...check, value: { ...check.value, cutOff: true } })) }] })).not.toContain('every check answers');
    expect(lines({ hosts: [host('a.internal', 'api', { ports: [{ port: 80, open: true }] })] })).toContain('all 1 host');
    expect(lines({ services: [{ ...api, unread: [{ what: 'process status of api', message: 'refused' }] }], hosts: [host('a.internal', 'api')] })).not.toContain('Network');
    expect(lines({ hosts: [host('a.internal', 'api', { ports: [{ port: 80, open: false }] })] })).not.toContain('Network');
  });
});

test('gaps name what is missing, once', () => {
  expect(gapsOf(readings({ databases: [database('shop')], services: [service('api')] }))).toEqual([]);
  expect(gapsOf(readings({ databases: [database('shop', { plans: [{ ...plan, unexplained: 'stopped' }] })] }))).toEqual(['plans of database shop: 1 of 1 busy statements could not be explained in time']);
  expect(gapsOf(readings({ databases: [{ name: 'shop', unread: [{ what: 'database shop', message: 'refused' }] }] }))).toEqual(['database shop: refused']);
  expect(gapsOf(readings({ hosts: [host('a.internal', 'api', { ports: [{ port: 80, open: false }] })] }))).toHaveLength(1);
});
