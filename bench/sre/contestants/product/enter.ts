/** The product as its users run it, with a workspace beside it: told through Slack or a webhook, read from its own store. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startProduct } from '../../../../playground/product.ts';
import { createPageClient } from '../../../../playground/workspace/client.ts';
import { startWorkspace } from '../../../../playground/workspace/server.ts';
import type { Workspace } from '../../../../playground/workspace/server.ts';
import { freePort } from '../../../../src/database/embedded/free-port.ts';
import { createStore } from '../../../../src/database/store.ts';
import type { Store } from '../../../../src/incident/store.ts';
import type { Attempt, Contestant, Entrant, Site } from '../contestant.ts';
import { tellProduct } from './ask.ts';
import { attemptOf } from './attempt.ts';
import { productConfiguration } from './configuration.ts';
import { startProductDatabase } from './database.ts';
import { followToTheEnd } from './follow.ts';
import { startEnding } from './stops.ts';

export interface ProductContestant extends Pick<Contestant, 'name' | 'describes' | 'engine'> {
  /** Sections of sre-agent.yaml, merged over the usual ones. */
  configuration?: Readonly<Record<string, Record<string, unknown>>>;
  /** What it needs beside the product (a recording that answers for a model); called before the product starts. */
  equip?(site: Site): Promise<Equipment>;
}

export interface Equipment {
  /** More of the product's environment. */
  environment: Record<string, string>;
  played: Attempt['played'];
  /** Asked once the attempt is over; throws when what it stands for can't be counted, a recording that diverged. */
  report?(): Pick<Attempt, 'said' | 'notes'>;
  end?(): Promise<void>;
}

const nothing: Equipment = { environment: {}, played: 'none' };

export function createProductContestant({ name, describes, engine, configuration, equip }: ProductContestant): Contestant {
  return { name, describes, engine, enter: (site) => enter(site, configuration ?? {}, equip) };
}

async function enter(site: Site, configuration: Readonly<Record<string, Record<string, unknown>>>, equip: ProductContestant['equip']): Promise<Entrant> {
  const stops = startEnding();
  try {
    const secrets = { botToken: `xoxb-bench-${randomBytes(12).toString('hex')}`, signingSecret: secret(), pagerdutySecret: secret(), alertmanagerToken: secret() };
    const port = await freePort();
    const productUrl = `http://127.0.0.1:${port}`;
    const lines: string[] = [];
    const database = await startProductDatabase(join(site.directory, 'product-db'));
    stops.add(() => database.stop());
    const equipment = (await equip?.(site)) ?? nothing;
    if (equipment.end) stops.add(equipment.end);
    const workspace = await startWorkspace({
      port: 0, pageDirectory: site.directory, pageScriptDirectory: site.directory,
      app: { requestUrl: `${productUrl}/slack/events`, signingSecret: secrets.signingSecret, botToken: secrets.botToken },
      log: { info: () => undefined, warn: (line) => site.log(`workspace: ${line}`) },
    });
    stops.add(() => workspace.close());
    const file = join(site.directory, 'sre-agent.yaml');
    await writeFile(file, stringify(productConfiguration(site, configuration)), { mode: 0o600 });
    const product = startProduct({
      port, directory: site.directory,
      environment: {
        PATH: process.env['PATH'] ?? '', CONFIG_FILE: file, DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: String(port),
        SLACK_BOT_TOKEN: secrets.botToken, SLACK_SIGNING_SECRET: secrets.signingSecret, SLACK_API_URL: workspace.apiUrl,
        PAGERDUTY_WEBHOOK_SECRET: secrets.pagerdutySecret, ALERTMANAGER_TOKEN: secrets.alertmanagerToken,
        ...site.view.environment, ...equipment.environment,
      },
      onLine: (line) => {
        lines.push(line);
        if (/"level":"(error|fatal)"|^[^{]/.test(line)) site.log(`product: ${line}`);
      },
    });
    stops.add(() => product.stop());
    await product.ready();
    const store = await createStore({ url: database.url, connections: 3 });
    stops.add(() => store.close());
    const doors = { page: createPageClient(workspace.url), productUrl, pagerdutySecret: secrets.pagerdutySecret, alertmanagerToken: secrets.alertmanagerToken, namespace: site.namespace };
    return {
      async investigate(ask) {
        const askedAt = Date.now();
        await tellProduct(ask, doors);
        const because = await followToTheEnd({ store, page: doors.page, deadline: askedAt + site.limits.seconds * 1000, signal: site.signal, isAlive: () => product.pid() !== undefined, log: site.log });
        const more = equipment.report?.() ?? { said: [], notes: [] };
        return attemptOf(await readRecords(store), { askedAt, said: [...saidIn(workspace), ...lines, ...more.said], played: equipment.played, notes: [`ended: ${because}`, ...more.notes] });
      },
      leave: stops.end,
    };
  } catch (error) {
    await stops.end();
    throw error;
  }
}

const secret = (): string => randomBytes(20).toString('hex');

async function readRecords(store: Store): Promise<Parameters<typeof attemptOf>[0]> {
  const incidents = await store.incidents.list({ limit: 50 });
  return Promise.all(incidents.toReversed().map(async ({ id }) => ({
    events: await store.timeline.read(id), changes: await store.changes.list(id), evidence: await store.evidence.list(id), modelCalls: await store.modelCalls.list(id),
  })));
}

/** Every text the app sent to Slack: messages, what they said before they were changed, modals, notes for one person. */
function saidIn(workspace: Workspace): string[] {
  const texts = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === 'string') texts.add(/^[[{]/.test(value) ? value.replaceAll(String.raw`\"`, '"') : value);
    else if (Array.isArray(value)) for (const one of value) walk(one);
    else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) walk(one);
  };
  for (const { values } of workspace.calls()) walk(Object.fromEntries(Object.entries(values).filter(([name]) => name !== 'token')));
  return [...texts].filter((text) => text.length > 3);
}
