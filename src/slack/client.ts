/** How the Web API is called: a client never waits or repeats by itself, since whoever calls knows what may be repeated. */
import type { WebClientOptions } from '@slack/web-api';
import type { Logger } from '../telemetry/log.ts';
import { boltLogger } from './bolt-logger.ts';

export interface SlackConnection {
  botToken: string;
  /** Another Web API than https://slack.com/api/. */
  apiUrl?: string;
}

export function clientOptions(apiUrl: string | undefined, log: Logger): WebClientOptions {
  return { ...(apiUrl && { slackApiUrl: apiUrl }), rejectRateLimitedCalls: true, retryConfig: { retries: 0 }, timeout: 10_000, logger: boltLogger(log) };
}
