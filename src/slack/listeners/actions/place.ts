/** Who clicked, and where an answer to that person goes. */
import type { BlockAction } from '@slack/bolt';
import { z } from 'zod';
import type { Actor } from '../../../incident/types.ts';
import type { Place } from '../../blocks/modals.ts';

export const placeSchema = z.object({ channel: z.string(), threadTs: z.string().optional() });

export function actorOf({ user, team }: Pick<BlockAction, 'user' | 'team'>): Actor {
  return { userId: user.id, teamId: user.team_id ?? team?.id ?? '' };
}

/** Undefined for a click in a modal that did not come from a channel. */
export function placeOf({ channel, container, message, view }: Pick<BlockAction, 'channel' | 'container' | 'message' | 'view'>): Place | undefined {
  if (view) {
    const kept = placeSchema.safeParse(parseJson(view.private_metadata));
    return kept.success ? kept.data : undefined;
  }
  const id = channel?.id ?? (container['channel_id'] as string | undefined);
  if (id === undefined) return undefined;
  const threadTs = (message?.['thread_ts'] ?? container['thread_ts'] ?? message?.ts) as string | undefined;
  return { channel: id, ...(threadTs !== undefined && { threadTs }) };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
