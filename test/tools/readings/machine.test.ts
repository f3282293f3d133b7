import { expect, test } from 'vitest';
import { collectReadings } from '../../../src/tools/readings/collect.ts';
import { runsOn } from '../../../src/tools/readings/machine.ts';
import { secret } from '../../support/changes.ts';
import { memoryRecorder, targets } from '../../rules/readings-support.ts';

const known = { ...targets(), hosts: [{ name: 'here', local: { units: [], certificates: [], ping: [] } }, { name: 'gone', url: 'http://127.0.0.1:1', readToken: secret('x') }] };

test.skipIf(process.platform !== 'linux')('configured hosts are in the first look; one whose agent does not answer is a gap', async () => {
  const { record, all } = memoryRecorder();
  const { machines } = await collectReadings({ targets: known, record, signal: new AbortController().signal });
  expect(machines?.[0]).toMatchObject({ name: 'here', unread: [] });
  expect(machines?.[0]?.facts?.value.filesystems.length).toBeGreaterThan(0);
  expect(machines?.[0]?.facts?.evidence.text).toMatch(/^disk \//m);
  expect(machines?.[0]?.sockets?.evidence).toMatchObject({ specialist: 'network', tool: 'host_sockets' });
  expect(machines?.[0]).not.toHaveProperty('certificates');
  expect(machines?.[1]?.unread.map(({ what }) => what).sort()).toEqual(['certificates of host gone', 'facts of host gone', 'sockets of host gone']);
  expect(all.filter(({ failed }) => failed)).toHaveLength(3);
});

test('a narrower look leaves hosts alone unless they are named', async () => {
  const { record, all } = memoryRecorder();
  expect(await collectReadings({ targets: known, record, signal: new AbortController().signal, focus: { services: [] } })).not.toHaveProperty('machines');
  expect(all).toEqual([]);
});

test('what runs on a host is told by its address', () => {
  const services = [{ name: 'api', url: 'http://edge.test:8080' }, { name: 'web', url: 'http://127.0.0.1:80' }].map((one) => ({ ...one, checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] }));
  const databases = [{ name: 'shop', kind: 'postgres' as const, read: secret('postgres://a:b@edge.test/x') }];
  expect(runsOn({ name: 'edge', url: 'https://edge.test:8090' }, { services, databases })).toEqual(['service/api', 'database/shop']);
  expect(runsOn({ name: 'here', local: { units: [], certificates: [], ping: [] } }, { services, databases })).toEqual(['service/web']);
});
