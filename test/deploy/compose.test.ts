/** docker-compose.yml and Dockerfile: what they say, and that it works: the three roles apart, with exactly that environment. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readManifest } from '../../playground/workspace/manifest.ts';
import { INCIDENTS, MAYA, PRIYA, SHOP_ALERTS, TOMAS } from '../../playground/workspace/people.ts';
import { startWorkspace } from '../../playground/workspace/server.ts';
import type { Workspace } from '../../playground/workspace/server.ts';
import { variables as known } from '../../src/config/environment.ts';
import { createStore } from '../../src/database/store.ts';
import type { Store } from '../../src/incident/store.ts';
import { foldEvents } from '../../src/incident/view.ts';
import { cardsOf, hashOf } from '../../src/slack/cards.ts';
import { interpolate, readComposeFile, readDockerfile, variablesIn } from '../support/compose.ts';
import { buttonsOf, createPageClient, textOf } from '../support/page-client.ts';
import type { PageClient } from '../support/page-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { assertBuilt, root, searchPath } from '../support/product-process.ts';
import type { ProductProcess } from '../support/product-process.ts';
import { startTestRedis } from '../support/redis.ts';
import { requirement } from '../support/requirements.ts';
import { waitFor } from '../support/wait-for.ts';
import { createDeployment, ourServices } from './deployment.ts';
import type { Deployment, OurService } from './deployment.ts';
import { describeSmallWorld, startSmallWorld, tokens } from './small-world.ts';
import type { SmallWorld } from './small-world.ts';

const services = readComposeFile(path.join(root, 'docker-compose.yml'));
const stages = readDockerfile(path.join(root, 'Dockerfile'));
const namesOf = (service: string): string[] => Object.keys(services[service]?.environment ?? {});

describe('docker-compose.yml', () => {
  const ours = Object.entries(services).filter(([, service]) => service.build !== undefined).map(([name]) => name);
  const targetSecrets = variablesIn(JSON.stringify(parse(readFileSync(path.join(root, 'sre-agent.example.yaml'), 'utf8'))));

  test('has our three services, each with its role, on one database and one queue', () => {
    expect(ours.toSorted()).toEqual(ourServices.toSorted());
    for (const name of ours) expect(services[name]?.environment).toMatchObject({ ROLES: name, DATABASE_URL: services['gateway']?.environment['DATABASE_URL'], REDIS_URL: 'redis://redis:6379' });
  });

  test.each([
    ['gateway', /^SLACK_|^PAGERDUTY_|^ALERTMANAGER_/],
    ['investigator', /^ANTHROPIC_/],
    ['executor', /_WRITE_|_WRITE$/],
  ])('only the %s has what matches %s', (owner, pattern) => {
    expect(ours.filter((name) => namesOf(name).some((variable) => pattern.test(variable)))).toEqual([owner]);
  });

  test('target secrets: the gateway has none, the investigator those to read and to probe, the executor all but the latter', () => {
    const secretsOf = (name: string): string[] => namesOf(name).filter((variable) => targetSecrets.includes(variable)).toSorted();
    expect(targetSecrets.length).toBeGreaterThan(0);
    expect(secretsOf('gateway')).toEqual([]);
    expect(secretsOf('investigator')).toEqual(targetSecrets.filter((variable) => !variable.includes('_WRITE')));
    expect(secretsOf('executor')).toEqual(targetSecrets.filter((variable) => variable !== 'KUBECONFIG_PROBES'));
  });

  test.each(ours)('%s is given no variable that nobody reads', (name) => {
    expect(namesOf(name).filter((variable) => !(variable in known) && !targetSecrets.includes(variable))).toEqual([]);
  });

  test('what it asks of .env stands in .env.example, and it does not start without the necessary', () => {
    const text = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
    const documented = [...readFileSync(path.join(root, '.env.example'), 'utf8').matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1]);
    expect(variablesIn(text).filter((variable) => !documented.includes(variable))).toEqual([]);
    expect(() => interpolate(text, { POSTGRES_PASSWORD: 'x' })).toThrow(/SLACK_BOT_TOKEN/);
    expect(() => interpolate(text, { SLACK_BOT_TOKEN: 'x', POSTGRES_PASSWORD: '' })).toThrow(/POSTGRES_PASSWORD.*set POSTGRES_PASSWORD in \.env/);
  });

  test('runs what the image would run by itself', () => {
    for (const name of ours) expect(services[name]?.command).toEqual(stages.at(-1)?.command);
  });

  test('the image copies what is there', () => {
    assertBuilt();
    const sources = stages.flatMap((stage) => stage.copies).flatMap((copy) => copy.sources.map((source) => (copy.from === undefined ? source : source.replace(/^\/app\//, ''))));
    expect(sources).toContain('dist/src');
    expect(sources.filter((source) => !existsSync(path.join(root, source)))).toEqual([]);
  });
});

test('${VAR} means what it means to compose', () => {
  const variables = { SET: 'value', EMPTY: '' };
  expect(interpolate('${SET} ${EMPTY} ${NONE} ${EMPTY:-default} ${EMPTY-default} ${NONE-default} ${SET:?needed} $$SET', variables)).toBe('value   default  default value $SET');
  expect(() => interpolate('${EMPTY:?say so}', variables)).toThrow(/EMPTY.*say so/);
  expect(() => interpolate('${NONE?}', variables)).toThrow(/NONE/);
  expect(interpolate('${EMPTY?}', variables)).toBe('');
});

describe.skipIf(!requirement('redis'))('the three roles apart', { timeout: 300_000 }, () => {
  const secrets = { POSTGRES_PASSWORD: 'compose-test-password', SLACK_BOT_TOKEN: 'xoxb-compose-test', SLACK_SIGNING_SECRET: 'compose-test-signing-secret' };
  const cleanups: (() => Promise<unknown>)[] = [];
  const running = {} as Record<OurService, ProductProcess>;
  let world: SmallWorld;
  let workspace: Workspace;
  let page: PageClient;
  let deployment: Deployment;
  let store: Store;

  beforeAll(async () => {
    assertBuilt();
    const database = await createTestDatabase();
    cleanups.push(database.close);
    await makeOwner(database.url, secrets.POSTGRES_PASSWORD, cleanups);
    const redis = await startTestRedis();
    cleanups.push(redis.close);
    world = await startSmallWorld();
    cleanups.push(world.close);
    const nothing = path.join(root, 'test/deploy');
    workspace = await startWorkspace({
      port: 0, app: { requestUrl: () => `http://127.0.0.1:${deployment.ports.gateway}/slack/events`, signingSecret: secrets.SLACK_SIGNING_SECRET, botToken: secrets.SLACK_BOT_TOKEN },
      manifest: readManifest(path.join(root, 'manifest.json')), pageDirectory: nothing, pageScriptDirectory: nothing, log: { info: () => undefined, warn: () => undefined },
    });
    cleanups.push(workspace.close);
    page = createPageClient(workspace.url);
    deployment = await createDeployment({
      variables: { ...secrets, SLACK_API_URL: workspace.apiUrl, SUPERVISOR_READ_TOKEN: tokens.read, SUPERVISOR_WRITE_TOKEN: tokens.write },
      postgres: { host: new URL(database.url).host, database: new URL(database.url).pathname.slice(1) },
      redis: { host: new URL(redis.url).host },
      configuration: stringify(describeSmallWorld(world, { channel: SHOP_ALERTS, approvers: [TOMAS, PRIYA] })),
    });
    cleanups.push(deployment.close);
    for (const name of ourServices) running[name] = deployment.start(name);
    await Promise.all(ourServices.map((name) => running[name].ready(deployment.ports[name])));
    store = await createStore({ url: database.url });
    cleanups.push(store.close);
  }, 300_000);

  afterAll(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  }, 120_000);

  async function killAndRestart(name: OurService): Promise<void> {
    running[name].signal('SIGKILL');
    expect(await running[name].ended).toEqual({ code: null, signal: 'SIGKILL' });
    running[name] = deployment.start(name);
    await running[name].ready(deployment.ports[name]);
  }

  async function investigate(words: string): Promise<string> {
    await page.say(MAYA, INCIDENTS, `/sre investigate ${words}`);
    return waitFor('the incident', async () => (await store.incidents.list({ limit: 20 })).find((incident) => incident.title.includes(words))?.id);
  }

  const viewOf = async (id: string) => foldEvents(await store.incidents.get(id), await store.timeline.read(id));
  const messagesOf = (id: string) => workspace.messages(INCIDENTS).filter(({ metadata }) => metadata?.event_payload['incident'] === id);
  const proposed = (id: string) => waitFor(`a change of ${id}`, async () => (await store.changes.list(id)).find(({ state }) => state === 'proposed'), 120);

  async function approve(id: string, user: string): Promise<void> {
    const change = await proposed(id);
    const message = await waitFor('the button', async () => (await page.messages(user, INCIDENTS)).concat(await threadOf(id, user)).find((one) => textOf(one).includes(`Change ${change.id}`) && buttonsOf(one).some(({ text }) => text === 'Approve')));
    await page.click(user, message, 'Approve');
  }

  async function threadOf(id: string, user: string) {
    const parent = messagesOf(id).find(({ thread_ts: thread, ts }) => thread === undefined || thread === ts);
    return parent === undefined ? [] : page.thread(user, INCIDENTS, parent.ts);
  }

  /** Ends when every card shows the timeline; then each is there once, all but the first in one thread. */
  async function expectWhole(id: string): Promise<void> {
    await waitFor(`the thread of ${id}`, async () => {
      const rows = new Map((await store.cards.list(id)).map((row) => [row.key, row]));
      return cardsOf(await viewOf(id)).every((card) => rows.get(card.key)?.ts && rows.get(card.key)?.shown === hashOf(card));
    }, 120);
    const messages = messagesOf(id);
    const keyOf = (message: (typeof messages)[number]): unknown => message.metadata?.event_payload['key'];
    expect(messages.map(keyOf).toSorted()).toEqual(cardsOf(await viewOf(id)).map(({ key }) => key).toSorted());
    const parent = messages.find((message) => keyOf(message) === 'root');
    expect(messages.filter((message) => message !== parent && message.thread_ts !== parent?.ts).map(keyOf)).toEqual([]);
  }

  test('from a signed command to a verified change that the thread tells of', async () => {
    for (const name of ourServices) expect(deployment.environment(name)['ROLES']).toBe(name);
    world.breakIt();
    const id = await investigate('checkout returns errors');
    const change = await proposed(id);
    expect(change.action).toEqual({ kind: 'http.operation', operation: 'set-environment', parameters: { service: 'checkout', variable: 'CURRENCY', value: 'EUR' } });
    expect((await viewOf(id)).investigation.engine).toBe('rules');
    expect(world.currency()).toBe('EURO');

    await approve(id, TOMAS);
    await waitFor('the end', async () => (await store.incidents.get(id))?.status === 'resolved', 180);
    expect(world.currency()).toBe('EUR');
    expect(world.asked.filter((line) => line.startsWith('PUT'))).toEqual(['PUT /services/checkout/environment/CURRENCY write']);
    await expectWhole(id);
    const card = (await threadOf(id, MAYA)).find((message) => textOf(message).includes(`Change ${change.id}`));
    expect(card && textOf(card)).toContain('Done and verified');
    expect(card && buttonsOf(card).map(({ text }) => text)).not.toContain('Approve');
    expect(JSON.stringify(await store.timeline.read(id))).toContain(TOMAS);
    expect(await store.timeline.verify(id)).toBeUndefined();
  });

  test('no secret is in a log', () => {
    for (const name of ourServices) {
      const { stdout, stderr } = running[name].output();
      expect({ name, stderr }).toEqual({ name, stderr: '' });
      expect(stdout).toContain('sre-agent is up');
      for (const secret of [...Object.values(secrets), ...Object.values(tokens)]) expect(stdout).not.toContain(secret);
    }
  });

  test('kill -9 of the investigator in mid-investigation and of the gateway in mid-thread: nothing lost, nothing twice', async () => {
    world.breakIt();
    world.hold();
    const id = await investigate('checkout is broken again');
    await waitFor('a look at the service', () => world.held() > 0);
    await killAndRestart('investigator');
    world.release();
    await waitFor('reports in the thread', () => messagesOf(id).length >= 2, 180);
    await killAndRestart('gateway');
    await proposed(id);
    await expectWhole(id);
    await approve(id, PRIYA);
    await waitFor('the decision', async () => (await store.changes.list(id)).every(({ state }) => state !== 'proposed'));
    await killAndRestart('gateway');
    await waitFor('the end', async () => (await store.incidents.get(id))?.status === 'resolved', 180);
    await expectWhole(id);
    expect(world.currency()).toBe('EUR');
    const types = (await store.timeline.read(id)).map(({ event }) => event.type);
    const once = ['incident.opened', 'diagnosis.stated', 'change.proposed', 'change.approved', 'change.executing', 'change.verified', 'incident.resolved'];
    expect(types.filter((type) => once.includes(type))).toEqual(once);
    expect(world.asked.filter((line) => line.startsWith('PUT'))).toHaveLength(2);
  });

  test("the image's health check says yes while it runs, and each process ends politely", async () => {
    const [program = '', ...argv] = stages.at(-1)?.healthCheck ?? [];
    const healthOf = (name: OurService): Promise<number | null> => new Promise((resolve) => {
      spawn(program, argv, { env: { PATH: searchPath, ...deployment.environment(name) }, stdio: 'ignore' }).once('close', resolve);
    });
    expect(await Promise.all(ourServices.map(healthOf))).toEqual([0, 0, 0]);
    for (const name of ourServices) running[name].signal('SIGTERM');
    expect(await Promise.all(ourServices.map((name) => running[name].ended))).toEqual(ourServices.map(() => ({ code: 0, signal: null })));
    expect(await healthOf('executor')).toBe(1);
  });
});

/** The user that docker-compose.yml makes in its PostgreSQL. */
async function makeOwner(url: string, password: string, cleanups: (() => Promise<unknown>)[]): Promise<void> {
  const run = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: new URL('/postgres', url).toString() });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await run(`CREATE ROLE sre_agent SUPERUSER LOGIN PASSWORD '${password}'`);
  cleanups.unshift(() => run('DROP ROLE sre_agent'));
}
