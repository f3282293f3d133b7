/** Requests to the app, signed as Slack signs them. */
import { createHmac } from 'node:crypto';

/** What became of one request. `elapsed` in milliseconds. */
export type AppAnswer =
  | { outcome: 'answered'; status: number; body: string; headers: Headers; elapsed: number }
  | { outcome: 'timeout' | 'unreachable'; elapsed: number };

export interface AppRequests {
  /** application/x-www-form-urlencoded, as slash commands are sent. */
  form(fields: Record<string, string>): Promise<AppAnswer>;
  /** `payload=<json>`, as interactions are sent. */
  interaction(payload: Record<string, unknown>): Promise<AppAnswer>;
  /** JSON, as events are sent. */
  json(body: unknown, headers?: Record<string, string>): Promise<AppAnswer>;
  /** Abandons what is under way. */
  close(): void;
}

export interface AppRequestsOptions {
  /** A function when the address is known only later. */
  requestUrl: string | (() => string);
  signingSecret: string;
  /** Milliseconds to wait for the acknowledgement. */
  acknowledgement: number;
}

export function createAppRequests(options: AppRequestsOptions): AppRequests {
  const closing = new AbortController();
  const send = async (body: string, contentType: string, extra: Record<string, string> = {}): Promise<AppAnswer> => {
    const timestamp = Math.floor(Date.now() / 1000);
    const started = performance.now();
    const elapsed = (): number => performance.now() - started;
    const timeout = new AbortController();
    const abort = (): void => timeout.abort();
    const timer = setTimeout(abort, options.acknowledgement);
    closing.signal.addEventListener('abort', abort, { once: true });
    try {
      const response = await fetch(typeof options.requestUrl === 'string' ? options.requestUrl : options.requestUrl(), {
        method: 'POST',
        body,
        redirect: 'manual',
        signal: timeout.signal,
        headers: {
          'content-type': contentType,
          'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
          'x-slack-request-timestamp': String(timestamp),
          'x-slack-signature': sign(options.signingSecret, timestamp, body),
          ...extra,
        },
      });
      return { outcome: 'answered', status: response.status, body: await response.text(), headers: response.headers, elapsed: elapsed() };
    } catch {
      return { outcome: timeout.signal.aborted ? 'timeout' : 'unreachable', elapsed: elapsed() };
    } finally {
      clearTimeout(timer);
      closing.signal.removeEventListener('abort', abort);
    }
  };
  const form = (fields: Record<string, string>): Promise<AppAnswer> => send(new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded');
  return {
    form,
    interaction: (payload) => form({ payload: JSON.stringify(payload) }),
    json: (body, headers) => send(JSON.stringify(body), 'application/json', headers),
    close: () => closing.abort(),
  };
}

/** Slack's v0 signature of a raw body; `timestamp` in seconds. */
export function sign(signingSecret: string, timestamp: number, body: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

export function acknowledged(answer: AppAnswer): boolean {
  return answer.outcome === 'answered' && answer.status >= 200 && answer.status < 300;
}

/** No answer in time, whoever gave up first: Bolt itself answers 404 when no listener acknowledged. */
export function ranOutOfTime(answer: AppAnswer, acknowledgement: number): boolean {
  return answer.outcome === 'timeout' || (!acknowledged(answer) && answer.elapsed >= acknowledgement);
}
