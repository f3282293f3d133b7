/** The Bolt app: requests from Slack come in over signed HTTP, or over a socket when there is an app token. */
import { randomUUID } from 'node:crypto';
import { App, HTTPReceiver, SocketModeReceiver } from '@slack/bolt';
import type { CustomRoute } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Desk, Directory } from '../incident/desk.ts';
import type { Store } from '../incident/store.ts';
import type { Logger } from '../telemetry/log.ts';
import { boltLogger } from './bolt-logger.ts';
import { clientOptions } from './client.ts';
import type { SlackConnection } from './client.ts';
import { createDirectory } from './directory.ts';
import { createErrorHandler } from './error-handler.ts';
import { registerListeners } from './listeners/index.ts';

export interface SlackAppParts {
  config: SlackConnection & {
    /** Needed unless there is an app token. */
    signingSecret?: string;
    /** Socket Mode instead of HTTP requests from Slack; webhooks and health still come over HTTP. */
    appToken?: string;
    host: string;
    /** 0: any free one. */
    port: number;
  };
  desk: Desk;
  store: Store;
  log: Logger;
  /** Webhooks, health, metrics. Their handlers must never reject: see intake/http.ts, safeRoute. */
  customRoutes: CustomRoute[];
}

export interface SlackApp {
  client: WebClient;
  directory: Directory;
  /** Checks the token and listens. Resolves with the port. @throws SlackStartError */
  start(): Promise<{ port: number }>;
  /** Takes no more requests; waits for those under way. */
  stop(): Promise<void>;
}

export class SlackStartError extends Error {
  readonly code = 'slack_start';
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'SlackStartError';
  }
}

export function createSlackApp({ config, desk, store, log, customRoutes }: SlackAppParts): SlackApp {
  const logger = boltLogger(log);
  const http = new HTTPReceiver({
    signingSecret: config.signingSecret || randomUUID(), // in Socket Mode nothing is signed, and nothing unsigned is taken here
    endpoints: config.appToken === undefined ? ['/slack/events'] : [],
    customRoutes,
    logger,
    bodyLimit: 1024 * 1024,
  });
  const socket = config.appToken === undefined ? undefined : new SocketModeReceiver({ appToken: config.appToken, logger, ...(config.apiUrl && { installerOptions: { clientOptions: { slackApiUrl: config.apiUrl } } }) });
  const app = new App({
    token: config.botToken,
    receiver: socket ?? http,
    clientOptions: clientOptions(config.apiUrl, log),
    logger,
    convoStore: false,
    deferInitialization: true,
    extendedErrorHandler: true,
  });
  app.error(createErrorHandler(app.client, log));
  registerListeners(app, { desk, store, log });
  let listening = false;

  return {
    client: app.client,
    directory: createDirectory({ client: app.client }),
    async start() {
      await app.init().catch((error: unknown) => {
        throw new SlackStartError(`Slack did not accept the bot token (${error instanceof Error ? error.message : String(error)}): check SLACK_BOT_TOKEN, and that Slack can be reached`, error);
      });
      const server = await http.start({ host: config.host, port: config.port }).catch((error: unknown) => {
        throw new SlackStartError(`Can't listen on ${config.host}:${config.port} (${error instanceof Error ? error.message : String(error)}): set HOST and PORT to something free`, error);
      });
      server.requestTimeout = 20_000;
      listening = true;
      await socket?.start().catch((error: unknown) => {
        throw new SlackStartError(`Socket Mode could not connect (${error instanceof Error ? error.message : String(error)}): check SLACK_APP_TOKEN`, error);
      });
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : config.port;
      log.info({ host: config.host, port, mode: socket ? 'socket' : 'http' }, 'listening for Slack and webhooks');
      return { port };
    },
    async stop() {
      await socket?.stop();
      if (!listening) return;
      listening = false;
      await http.stop();
    },
  };
}
