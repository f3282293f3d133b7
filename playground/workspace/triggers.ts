/** trigger_ids: what lets the app open a modal in front of somebody who just did something. */
import { randomBytes } from 'node:crypto';
import { SlackError } from './slack-error.ts';

export interface Trigger {
  user: string;
  /** The modal in which it was issued. */
  viewId?: string;
}

export interface Triggers {
  issue(trigger: Trigger): string;
  /** Single use. Throws SlackError: invalid_trigger_id, expired_trigger_id, exchanged_trigger_id. */
  redeem(id: string | undefined): Trigger;
}

const REMEMBERED = 1000;

export function createTriggers(lifetimeMilliseconds: number): Triggers {
  const issued = new Map<string, Trigger & { expires: number; used: boolean }>();
  return {
    issue(trigger) {
      const id = `${Date.now()}.${Math.floor(Math.random() * 1e10)}.${randomBytes(16).toString('hex')}`;
      issued.set(id, { ...trigger, expires: Date.now() + lifetimeMilliseconds, used: false });
      const oldest = issued.keys().next().value;
      if (issued.size > REMEMBERED && oldest !== undefined) issued.delete(oldest);
      return id;
    },
    redeem(id) {
      const trigger = id === undefined ? undefined : issued.get(id);
      if (trigger === undefined) throw new SlackError('invalid_trigger_id');
      if (trigger.used) throw new SlackError('exchanged_trigger_id');
      if (Date.now() > trigger.expires) throw new SlackError('expired_trigger_id');
      trigger.used = true;
      return trigger;
    },
  };
}
