import type { AppManifest } from './manifest.ts';
import type { AlertSender, WorldProvider } from './world-provider.ts';

export interface WorkspaceOptions {
  /** 0 for an ephemeral port. */
  port: number;
  /** Loopback only: 127.0.0.1 (the default), localhost or ::1. */
  host?: string;
  app: {
    /** Where the product's Bolt listens: http://127.0.0.1:PORT/slack/events; a function when that is known only later. */
    requestUrl: string | (() => string);
    signingSecret: string;
    botToken: string;
  };
  world?: WorldProvider;
  alerts?: AlertSender[];
  limits?: Partial<WorkspaceLimits>;
  /** Without one, the app hears every event, may call every method, and has the command /sre. */
  manifest?: AppManifest;
  /** The page's html and css. */
  pageDirectory: string;
  /** The page's compiled scripts. */
  pageScriptDirectory: string;
  /** JSON; conversations survive a restart when given. */
  dataFile?: string;
  log: Log;
}

export interface SlashCommand {
  command: string;
  description: string;
  usageHint: string;
  /** `should_escape` of the app's manifest: mentions arrive as <@U..|name> instead of as typed. */
  shouldEscape?: boolean;
}

/** Times in milliseconds; the defaults are Slack's. */
export interface WorkspaceLimits {
  acknowledgement: number;
  triggerLifetime: number;
  responseUrlLifetime: number;
  responseUrlUses: number;
  /** Waits before the first, second and third retry of an event that was not acknowledged. */
  eventRetries: number[];
  /** One chat.postMessage per interval and channel, else 429. Off by default: Slack allows short bursts. */
  limitPosts: boolean;
  postInterval: number;
}

export const SLACK_LIMITS: WorkspaceLimits = {
  acknowledgement: 3000,
  triggerLifetime: 3000,
  responseUrlLifetime: 30 * 60_000,
  responseUrlUses: 5,
  eventRetries: [0, 60_000, 300_000],
  limitPosts: false,
  postInterval: 1000,
};

export const DEFAULT_SLASH_COMMANDS: SlashCommand[] = [
  { command: '/sre', description: 'Investigate an incident', usageHint: 'investigate <what is wrong> | help' },
];

/** A pino logger is one. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}
