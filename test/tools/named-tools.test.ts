import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Targets } from '../../src/config/targets.ts';
import { specialistNames } from '../../src/incident/types.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { createTools } from '../../src/tools/create-tools.ts';

const none: Targets = { databases: [], services: [], clusters: [], operations: [], hosts: [], resolvers: [] };
const secret = (value: string) => ({ variable: 'X', reveal: () => value });
const service = { name: 'checkout', url: 'http://127.0.0.1:1', checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] };
const query = { url: 'http://127.0.0.1:1' };

const worlds: [string, Partial<Targets>][] = [
  ['nothing', {}],
  ['services', { services: [service] }],
  ['services with a supervisor', { services: [{ ...service, status: 'http://127.0.0.1:1/status' }] }],
  ['PostgreSQL', { databases: [{ name: 'shop', kind: 'postgres', read: secret('postgres://reader@127.0.0.1:1/shop') }] }],
  ['MySQL', { databases: [{ name: 'shop', kind: 'mysql', read: secret('mysql://reader@127.0.0.1:1/shop') }] }],
  ['a cluster', { clusters: [{ name: 'c', kubeconfig: secret('/k'), namespaces: ['shop'] }] }],
  ['a cluster whose reader sees Secrets, and probes in pods', { clusters: [{ name: 'c', kubeconfig: secret('/k'), probes: secret('/p'), allowPowerfulRead: true, namespaces: ['shop'] }] }],
  ['databases, a cluster and a host', { databases: [{ name: 'shop', kind: 'postgres', read: secret('postgres://reader@127.0.0.1:1/shop') }], clusters: [{ name: 'c', kubeconfig: secret('/k'), namespaces: ['shop'] }], hosts: [{ name: 'h', url: 'http://127.0.0.1:1' }] }],
  ['metrics and logs', { prometheus: query, loki: query }],
  ['a host', { hosts: [{ name: 'h', url: 'http://127.0.0.1:1' }] }],
];

/** Every tool that there can be. */
const everything = createTools({ targets: { ...none, ...Object.assign({}, ...worlds.map(([, targets]) => targets)) as Partial<Targets>, databases: worlds.flatMap(([, { databases = [] }]) => databases) }, log: silentLogger, binaries: { kubectl: process.execPath, helm: process.execPath } });
const known = new RegExp(`\\b(?:${everything.map(({ name }) => name).join('|')})\\b`, 'g');

describe.each(worlds)('with %s', (_, targets) => {
  const tools = createTools({ targets: { ...none, ...targets }, log: silentLogger, binaries: { kubectl: process.execPath, helm: process.execPath } });

  test('what a tool says of itself names only tools that whoever has it has, too', () => {
    const lacking = specialistNames.flatMap((specialist) => {
      const own = tools.filter(({ specialists }) => specialists.includes(specialist));
      const names = new Set(own.map(({ name }) => name));
      return own.flatMap((tool) => [...new Set(`${tool.description.replaceAll(/\b\w+ does not work/g, '')} ${JSON.stringify(z.toJSONSchema(tool.input, { io: 'input' }))}`.match(known) ?? [])].filter((named) => !names.has(named)).map((named) => `${specialist}: ${tool.name} names ${named}`));
    });
    expect(lacking).toEqual([]);
  });
});

test('nobody is there for metrics and logs alone who has nothing else to look at', () => {
  const tools = createTools({ targets: { ...none, prometheus: query, loki: query }, log: silentLogger });
  expect(specialistNames.filter((name) => tools.some(({ specialists }) => specialists.includes(name))).toSorted()).toEqual(['generic', 'network', 'service']);
});

test('who looks after databases reads their servers\' logs and machines, where there are databases', () => {
  const namesOf = (targets: Partial<Targets>): string[] => createTools({ targets: { ...none, ...targets }, log: silentLogger, binaries: { kubectl: process.execPath, helm: process.execPath } }).filter(({ specialists }) => specialists.includes('database')).map(({ name }) => name);
  const both = worlds.find(([name]) => name === 'databases, a cluster and a host')?.[1] ?? {};
  expect(namesOf(both)).toEqual(expect.arrayContaining(['host_facts', 'host_logs', 'kubectl_logs', 'postgres_look']));
  expect(namesOf({ ...both, databases: [] })).toEqual([]);
});
