/** Bad input of each kind, read and judged by rules as an investigation's first look does it: how it ends, how long it took. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conclude } from '../../src/agents/rules/conclude.ts';
import type { Targets } from '../../src/config/targets.ts';
import { createAdmit } from '../../src/incident/admit.ts';
import type { Evidence, Finding } from '../../src/incident/types.ts';
import { createRedactor } from '../../src/redaction/redactor.ts';
import { gapsOf } from '../../src/rules/coverage.ts';
import { detectAll } from '../../src/rules/detect-all.ts';
import { createRecorder } from '../../src/tools/evidence.ts';
import { collectReadings } from '../../src/tools/readings/collect.ts';
import { namespaceOf } from './objects.ts';
import { writeProgram } from './programs.ts';
import type { Behaviour } from './programs.ts';

export const caseNames = ['no permission', 'a cluster that hangs', 'a log of 200 MB', 'binary in a log', 'a database that dies mid-query', '5,000 pods', 'targets that do not exist'] as const;
export type CaseName = (typeof caseNames)[number];

export interface Ended {
  seconds: number;
  gaps: string[];
  summary: string;
  findings: number;
  /** Characters of the longest evidence that anybody is shown, and of the longest that is stored. */
  shown: number;
  stored: number;
  /** Some evidence says that a part of it is left out. */
  cut: boolean;
}

/** `targetMilliseconds`: how long a target may take, as in production when absent. */
export async function runCase(name: CaseName, targetMilliseconds?: number): Promise<Ended> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-bounds-'));
  const before = process.env['KUBECTL'];
  const database = name === 'a database that dies mid-query' ? await startDyingDatabase() : undefined;
  try {
    if (clusterCases[name] !== undefined) process.env['KUBECTL'] = await prepareCluster(directory, clusterCases[name]);
    return await look(targetsOf(name, directory, database), targetMilliseconds);
  } finally {
    if (before === undefined) delete process.env['KUBECTL'];
    else process.env['KUBECTL'] = before;
    await new Promise<void>((resolve) => (database === undefined ? resolve() : database.close(() => resolve())));
    await rm(directory, { recursive: true, force: true });
  }
}

const clusterCases: Partial<Record<CaseName, { behaviour: Behaviour; workloads: number; podsEach: number }>> = {
  'no permission': { behaviour: 'forbidden', workloads: 1, podsEach: 1 },
  'a cluster that hangs': { behaviour: 'hangs', workloads: 1, podsEach: 1 },
  'a log of 200 MB': { behaviour: 'endless-log', workloads: 4, podsEach: 2 },
  'binary in a log': { behaviour: 'binary-log', workloads: 4, podsEach: 2 },
  '5,000 pods': { behaviour: 'answers', workloads: 500, podsEach: 10 },
};

async function prepareCluster(directory: string, { behaviour, ...size }: { behaviour: Behaviour; workloads: number; podsEach: number }): Promise<string> {
  const { objects, events } = namespaceOf(size);
  await writeFile(join(directory, 'list.json'), JSON.stringify({ kind: 'List', items: objects }));
  await writeFile(join(directory, 'events.json'), JSON.stringify({ kind: 'List', items: events }));
  return writeProgram(directory, behaviour);
}

function targetsOf(name: CaseName, directory: string, database: Server | undefined): Targets {
  const none: Targets = { databases: [], services: [], clusters: [], operations: [], hosts: [], resolvers: [] };
  const secret = (variable: string, value: string) => ({ variable, reveal: () => value });
  const cluster = { name: 'main', kubeconfig: secret('KUBECONFIG_READ', join(directory, 'kubeconfig')), namespaces: ['shop'] };
  const postgres = (port: number) => ({ name: 'orders', kind: 'postgres' as const, read: secret('ORDERS_READ', `postgres://reader:x@127.0.0.1:${port}/orders`) });
  if (clusterCases[name] !== undefined) return { ...none, clusters: [cluster] };
  if (database !== undefined) return { ...none, databases: [postgres((database.address() as AddressInfo).port)] };
  return { ...none, clusters: [cluster], databases: [postgres(9)], services: [{ name: 'checkout', url: 'http://127.0.0.1:9', checks: [{ name: 'list', path: '/' }], latencyBudgetMilliseconds: 200, dependsOn: [], databases: ['orders'] }] };
}

async function look(targets: Targets, targetMilliseconds: number | undefined): Promise<Ended> {
  const begun = performance.now();
  const kept = new Map<string, Evidence & { fullText: string }>();
  const redactor = createRedactor({ knownSecrets: () => [] });
  const record = createRecorder({
    incidentId: 'INC-1', redactor,
    evidence: {
      add: async (_incident, one) => {
        const evidence = { ...one, id: `E${kept.size + 1}`, hash: createHash('sha256').update(one.fullText).digest('hex'), at: new Date().toISOString() };
        kept.set(evidence.id, evidence);
        return evidence;
      },
    },
  });
  const readings = await collectReadings({ targets, record, signal: new AbortController().signal, ...(targetMilliseconds !== undefined && { targetMilliseconds }) });
  const admit = createAdmit('INC-1', [], { get: async (_incident: string, id: string) => kept.get(id), list: async () => [...kept.values()], add: () => Promise.reject(new Error('not used')) });
  const findings: Finding[] = [];
  for (const { rule, specialist, finding } of detectAll(readings, targets)) findings.push(await admit(specialist, rule, finding));
  const gaps = gapsOf(readings);
  const { diagnosis } = conclude({ findings, readings, targets, focus: [], unseen: gaps });
  const longest = (of: (one: Evidence & { fullText: string }) => string): number => Math.max(0, ...[...kept.values()].map((one) => of(one).length));
  return { seconds: (performance.now() - begun) / 1000, gaps, summary: diagnosis.summary, findings: findings.length, shown: longest(({ text }) => text), stored: longest(({ fullText }) => fullText), cut: [...kept.values()].some(({ text }) => text.includes(' left out')) };
}

/** Speaks PostgreSQL until it is asked something. */
async function startDyingDatabase(): Promise<Server> {
  const message = (type: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(type), length, body]);
  };
  const server = createServer((socket) => {
    let greeted = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (chunk.length === 8) return void socket.write('N'); // no TLS
      if (greeted) return void socket.destroy();
      greeted = true;
      socket.write(Buffer.concat([message('R', Buffer.from([0, 0, 0, 0])), message('K', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])), message('Z', Buffer.from('I'))]));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return server;
}
