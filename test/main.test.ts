/** `node dist/src/main.js` as an operator meets it: what it says when it can't start, and that it ends when told to. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorkspace } from '../playground/workspace/server.ts';
import type { Workspace } from '../playground/workspace/server.ts';
import { freePort } from '../src/database/embedded/free-port.ts';
import { createTestDatabase } from './support/postgres.ts';
import { assertBuilt, root, startProcess } from './support/product-process.ts';

const command = ['node', 'dist/src/main.js'];
const yaml = 'channels: { alerts: C0SHOPALRT }\npolicy: { approvers: { users: [U0TOMAS001] } }\n';
const slack = { SLACK_BOT_TOKEN: 'xoxb-main-test', SLACK_SIGNING_SECRET: 'main-test-secret' };
let folder: string;
let workspace: Workspace;
let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  assertBuilt();
  folder = await mkdtemp(path.join(tmpdir(), 'sre-agent-main-'));
  await writeFile(path.join(folder, 'good.yaml'), yaml);
  database = await createTestDatabase();
  workspace = await startWorkspace({
    port: 0, app: { requestUrl: 'http://127.0.0.1:9/', signingSecret: slack.SLACK_SIGNING_SECRET, botToken: slack.SLACK_BOT_TOKEN },
    pageDirectory: folder, pageScriptDirectory: folder, log: { info: () => undefined, warn: () => undefined },
  });
});

afterAll(async () => {
  await workspace.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** Enough to start with those roles, and nothing that they must not hold. */
function good(roles = 'gateway,investigator,executor'): Record<string, string> {
  return { ROLES: roles, ...(roles.includes('gateway') && slack), SLACK_API_URL: workspace.apiUrl, DATABASE_URL: database.url, CONFIG_FILE: path.join(folder, 'good.yaml'), PORT: '0', LOG_LEVEL: 'warn' };
}

/** Runs it to its end; every refusal is one message on stderr, in words, and code 1. */
async function refusal(environment: Record<string, string>): Promise<string> {
  const started = startProcess(command, environment);
  expect(await started.ended).toEqual({ code: 1, signal: null });
  const { stdout, stderr } = started.output();
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toMatch(/node:internal|\[object/);
  expect(stderr).not.toContain('hunter2');
  expect(stderr.match(/sre-agent can't start:/g)).toHaveLength(1);
  return stderr;
}

describe.concurrent('it does not start, and says why in one message', { timeout: 180_000 }, () => {
  // The first ones wait out the product's patience of 30 seconds while the others run.
  test('a database that does not answer, or refuses', async () => {
    const nobody = `postgres://sre_agent:hunter2@127.0.0.1:${await freePort()}/sre_agent`;
    const stranger = new URL(database.url);
    stranger.password = 'hunter2-is-wrong';
    const [away, refused] = await Promise.all([refusal({ ...good(), DATABASE_URL: nobody }), refusal({ ...good(), DATABASE_URL: stranger.toString() })]);
    expect(away).toContain('DATABASE_URL');
    expect(refused).toContain('DATABASE_URL');
  });

  test('a Redis that does not answer', async () => {
    expect(await refusal({ ...good(), REDIS_URL: `redis://:hunter2@127.0.0.1:${await freePort()}` })).toContain('REDIS_URL');
  });

  test.each<[string, Record<string, string>, string[]]>([
    ['nothing at all', {}, ['SLACK_BOT_TOKEN is missing', 'SLACK_SIGNING_SECRET is missing']],
    ['a role that is none', { ...slack, ROLES: 'gateway,boss' }, ['ROLES', 'investigator']],
    ['a port that is none', { ...slack, PORT: 'eighty' }, ['PORT']],
    ['a database of another kind', { ...slack, DATABASE_URL: 'mysql://root:hunter2@db/x' }, ['DATABASE_URL', 'postgres://']],
    ['one role without the common database', { ROLES: 'executor' }, ['DATABASE_URL is missing']],
    ['an executor that could ask a model', { ROLES: 'executor', DATABASE_URL: 'postgres://sre_agent:hunter2@127.0.0.1:1/x', CONFIG_FILE: path.join(root, 'sre-agent.example.yaml'), ANTHROPIC_API_KEY: 'hunter2' }, ['ANTHROPIC_API_KEY', 'only the investigator speaks with a model']],
    ['a gateway that could reach a target', { ...slack, ROLES: 'gateway', DATABASE_URL: 'postgres://sre_agent:hunter2@127.0.0.1:1/x', CONFIG_FILE: path.join(root, 'sre-agent.example.yaml'), KUBECONFIG_READ: '/x' }, ['KUBECONFIG_READ', 'the gateway reaches no target']],
    ['no configuration file', { ...slack, CONFIG_FILE: '/nowhere/sre-agent.yaml' }, ['CONFIG_FILE', '/nowhere/sre-agent.yaml', 'sre-agent.example.yaml']],
  ])('%s', async (_name, environment, words) => {
    const said = await refusal(environment);
    for (const word of words) expect(said).toContain(word);
  });

  test.each<[string, string, string[]]>([
    ['YAML that is none', 'channels: [', ['wrong']],
    ['an unknown key', `${yaml}chanels: {}`, ['wrong', 'chanels']],
    ['a secret written out', `${yaml}targets: { databases: [{ name: a, read: "postgres://u:hunter2@h/d" }] }`, ['targets.databases.0.read', 'write ${NAME} here']],
    ['a variable that is not set', yaml.replace('C0SHOPALRT', '"${ALERTS_CHANNEL}"'), ['channels.alerts', 'ALERTS_CHANNEL is not set']],
  ])('%s', async (name, text, words) => {
    const file = path.join(folder, `wrong ${name}.yaml`);
    await writeFile(file, text);
    const said = await refusal({ ...good(), CONFIG_FILE: file });
    for (const word of words) expect(said).toContain(word);
  });

  test('a bot token that Slack does not take', async () => {
    expect(await refusal({ ...good(), SLACK_BOT_TOKEN: 'xoxb-hunter2' })).toContain('SLACK_BOT_TOKEN');
  });

  test('a port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    for (const roles of ['gateway', 'investigator']) {
      const said = await refusal({ ...good(roles), PORT: String(port) });
      expect(said).toContain(`127.0.0.1:${port}`);
      expect(said).toContain('PORT');
    }
    other.close();
  });
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it politely, whatever its roles', { timeout: 120_000 }, async (signal) => {
  for (const roles of ['gateway,investigator,executor', 'investigator']) {
    const port = await freePort();
    const started = startProcess(command, { ...good(roles), PORT: String(port) });
    await started.ready(port);
    started.signal(signal);
    expect({ roles, ...(await started.ended) }).toEqual({ roles, code: 0, signal: null });
    expect(started.output()).toEqual({ stdout: '', stderr: '' });
  }
});
