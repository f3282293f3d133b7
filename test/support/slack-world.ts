/** The real Slack side on the playground's workspace and a real store; the queue and the deciding are the test's. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WebClient } from '@slack/web-api';
import pino from 'pino';
import { startWorkspace } from '../../playground/workspace/server.ts';
import type { Workspace } from '../../playground/workspace/server.ts';
import { createDesk } from '../../src/incident/create-desk.ts';
import type { Decision, DecisionResult, Desk } from '../../src/incident/desk.ts';
import type { Store } from '../../src/incident/store.ts';
import { createWebhookRoutes } from '../../src/intake/webhooks.ts';
import { clientOptions } from '../../src/slack/client.ts';
import { createProjector } from '../../src/slack/projector.ts';
import type { Projector, ProjectorParts } from '../../src/slack/projector.ts';
import { createSlackApp } from '../../src/slack/app.ts';
import type { Logger } from '../../src/telemetry/log.ts';
import { createPageClient } from './page-client.ts';
import type { PageClient } from './page-client.ts';
import { createTestStore } from './store.ts';
import { recordOffers } from './desk.ts';
import type { RecordedOffers } from './desk.ts';

export const signingSecret = 'test-signing-secret';
export const botToken = 'xoxb-test-token';
export const pagerdutySecret = 'test-pagerduty-secret';
export const alertmanagerToken = 'test-alertmanager-token';

export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

export interface SlackWorld {
  workspace: Workspace;
  store: Store;
  desk: Desk;
  page: PageClient;
  client: WebClient;
  /** Of our HTTP side. */
  url: string;
  lines: LogLine[];
  decisions: Decision[];
  /** What was asked of edit, undo and resume. */
  offers: RecordedOffers;
  decideWith(result: DecisionResult | Error): void;
  /** What the queue was given. */
  jobs: { name: string; id: string; data: unknown }[];
  /** A projector of its own, as another gateway has; fast unless told otherwise. */
  projector(times?: ProjectorParts['times'], over?: Partial<ProjectorParts>): Projector;
  close(): Promise<void>;
}

export async function startSlackWorld(): Promise<SlackWorld> {
  const { store, close: closeStore } = await createTestStore();
  const lines: LogLine[] = [];
  const log = recordingLog(lines);
  let port = 0;
  const nothing = await mkdtemp(path.join(tmpdir(), 'sre-agent-page-'));
  const workspace = await startWorkspace({ port: 0, app: { requestUrl: () => `http://127.0.0.1:${port}/slack/events`, signingSecret, botToken }, pageDirectory: nothing, pageScriptDirectory: nothing, log: { info: () => undefined, warn: () => undefined } });
  const jobs: SlackWorld['jobs'] = [];
  const decisions: Decision[] = [];
  const offers = recordOffers();
  let result: DecisionResult | Error = { outcome: 'approved' };
  const desk = createDesk({
    ...offers.desk,
    store,
    queue: { add: async (name: string, id: string, data: unknown) => void jobs.push({ name, id, data }) } as unknown as Parameters<typeof createDesk>[0]['queue'],
    decide: async (decision) => {
      decisions.push(decision);
      if (result instanceof Error) throw result;
      return result;
    },
  });
  const webhooks = createWebhookRoutes({ desk, store, log, config: { pagerdutySecret, alertmanagerToken, channel: 'C0SHOPALRT' } });
  const app = createSlackApp({ config: { botToken, signingSecret, apiUrl: workspace.apiUrl, host: '127.0.0.1', port: 0 }, desk, store, log, customRoutes: webhooks });
  ({ port } = await app.start());
  const client = new WebClient(botToken, clientOptions(workspace.apiUrl, log));
  const projectors: Projector[] = [];
  return {
    workspace,
    store,
    desk,
    client,
    lines,
    jobs,
    decisions,
    offers,
    page: createPageClient(workspace.url),
    url: `http://127.0.0.1:${port}`,
    decideWith: (next) => void (result = next),
    projector(times, over) {
      const projector = createProjector({ store, client, log, times: { perPost: 5, perCard: 5, retry: 50, poll: 500, takeOver: 200, ...times }, ...over });
      projectors.push(projector);
      return projector;
    },
    async close() {
      await Promise.all(projectors.map((projector) => projector.stop()));
      await app.stop();
      await workspace.close();
      await closeStore();
    },
  };
}

export function recordingLog(lines: LogLine[]): Logger {
  return pino({ level: 'debug', base: null, formatters: { level: (label) => ({ level: label }) } }, { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) });
}

/** Lines that somebody would look at. */
export function troubles(lines: LogLine[]): LogLine[] {
  return lines.filter(({ level }) => level === 'warn' || level === 'error' || level === 'fatal');
}
