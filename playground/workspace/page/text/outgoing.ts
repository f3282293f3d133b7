import type { PageUser } from '../../page-api.ts';
import { escape } from './mrkdwn.ts';

/** What a person typed as Slack keeps it: escaped, and with the @names of people turned into mentions. */
export function outgoingText(typed: string, users: PageUser[]): string {
  const ids = new Map(users.map((user) => [user.name.toLowerCase(), user.id]));
  return escape(typed).replace(/(^|[^\p{L}\p{N}@])@([\p{L}\p{N}][\p{L}\p{N}._-]*)/gu, (whole, before: string, name: string) => {
    const trimmed = name.replace(/[._-]+$/, '');
    const id = ids.get(name.toLowerCase()) ?? ids.get(trimmed.toLowerCase());
    if (id === undefined) return whole;
    return `${before}<@${id}>${ids.has(name.toLowerCase()) ? '' : name.slice(trimmed.length)}`;
  });
}

/** The slash command of a line, or null: "/sre status" has "/sre". */
export function slashCommand(typed: string): string | null {
  return /^\/[a-z][\w-]*(?=\s|$)/i.exec(typed)?.[0] ?? null;
}
