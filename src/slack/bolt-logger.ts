/** Bolt's and the Web API client's log lines, in our log. */
import type { Logger as SlackLogger } from '@slack/bolt';
import { LogLevel } from '@slack/bolt';
import type { Logger } from '../telemetry/log.ts';

export function boltLogger(log: Logger): SlackLogger {
  const lines = log.child({ from: 'bolt' });
  return {
    debug: (...message) => lines.debug(join(message)),
    info: (...message) => lines.debug(join(message)),
    warn: (...message) => lines.warn(join(message)),
    error: (...message) => lines.error(join(message)),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}

function join(message: unknown[]): string {
  return message.map((part) => (part instanceof Error ? part.message : typeof part === 'string' ? part : (JSON.stringify(part) ?? String(part)))).join(' ');
}
