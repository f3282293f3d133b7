/** Tells the timeline, and so the thread, that another model plays an agent from now on. */
import type { Investigation } from '../agents.ts';
import type { ConversationParts } from './conversation.ts';

export function announceFallback({ id, append }: Pick<Investigation, 'id' | 'append'>): NonNullable<ConversationParts['onFallback']> {
  return (change) => append({ type: 'model.replaced', investigation: id, ...change });
}
