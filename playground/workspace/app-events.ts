/** The Events API: envelopes, and the retries of those that were not acknowledged. */
import { randomBytes } from 'node:crypto';
import { acknowledged } from './app-requests.ts';
import type { AppAnswer, AppRequests } from './app-requests.ts';
import { subscriptionOf } from './manifest.ts';
import type { Log } from './options.ts';
import { APP_ID, BOT_USER, TEAM } from './people.ts';

export interface AppEvents {
  /** Delivered in the background, like Slack does. */
  dispatch(event: { type: string } & Record<string, unknown>): void;
  close(): void;
}

export function createAppEvents(requests: AppRequests, retries: number[], log: Log, subscribed?: readonly string[]): AppEvents {
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;
  const deliver = async (envelope: Record<string, unknown>, attempt: number, reason?: string): Promise<void> => {
    const headers: Record<string, string> = attempt === 0 ? {} : { 'x-slack-retry-num': String(attempt), 'x-slack-retry-reason': reason ?? '' };
    const answer = await requests.json(envelope, headers);
    if (closed || acknowledged(answer)) return;
    const wait = retries[attempt];
    if (wait === undefined || (answer.outcome === 'answered' && answer.headers.get('x-slack-no-retry') === '1')) {
      log.warn(`The app did not take the event ${String(envelope['event_id'])} (${failureReason(answer)}); it is lost.`);
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      void deliver(envelope, attempt + 1, failureReason(answer));
    }, wait);
    timers.add(timer);
  };
  return {
    dispatch(event) {
      if (closed || subscribed?.includes(subscriptionOf(event)) === false) return;
      const envelope = {
        token: 'playground',
        team_id: TEAM.id,
        context_team_id: TEAM.id,
        context_enterprise_id: null,
        api_app_id: APP_ID,
        event,
        type: 'event_callback',
        event_id: `Ev${randomBytes(6).toString('hex').toUpperCase()}`,
        event_time: Math.floor(Date.now() / 1000),
        authorizations: [{ enterprise_id: null, team_id: TEAM.id, user_id: BOT_USER, is_bot: true, is_enterprise_install: false }],
        is_ext_shared_channel: false,
        event_context: `4-${randomBytes(12).toString('base64url')}`,
      };
      void deliver(envelope, 0);
    },
    close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function failureReason(answer: AppAnswer): string {
  if (answer.outcome === 'timeout') return 'http_timeout';
  return answer.outcome === 'unreachable' ? 'connection_failed' : 'http_error';
}
