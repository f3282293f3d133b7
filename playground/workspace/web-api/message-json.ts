import { APP_ID, BOT_ID, TEAM } from '../people.ts';
import type { State, StoredFile, StoredMessage } from '../state.ts';

/** A message as history and replies return it. Metadata only when asked for. */
export function messageJson(state: State, message: StoredMessage, includeMetadata = false): Record<string, unknown> {
  const replies = message.thread_ts === message.ts ? state.replies(message.channel, message.ts) : [];
  return {
    type: 'message',
    ...(message.subtype !== undefined && { subtype: message.subtype }),
    user: message.user,
    ...(message.bot_id !== undefined && { bot_id: BOT_ID, app_id: APP_ID }),
    text: message.text,
    ts: message.ts,
    team: TEAM.id,
    ...(message.blocks !== undefined && { blocks: message.blocks }),
    ...(message.attachments !== undefined && { attachments: message.attachments }),
    ...(message.edited !== undefined && { edited: message.edited }),
    ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }),
    ...(message.thread_ts !== undefined && message.thread_ts !== message.ts && { parent_user_id: state.find(message.channel, message.thread_ts)?.user }),
    ...(replies.length > 0 && {
      reply_count: replies.length,
      reply_users: [...new Set(replies.map((reply) => reply.user))],
      reply_users_count: new Set(replies.map((reply) => reply.user)).size,
      latest_reply: replies.at(-1)?.ts,
      is_locked: false,
      subscribed: true,
    }),
    ...(message.reactions !== undefined && message.reactions.length > 0 && { reactions: reactionsJson(message) }),
    ...(message.files !== undefined && { files: message.files.flatMap((id) => state.file(id) ?? []).map(fileJson) }),
    ...(includeMetadata && message.metadata !== undefined && { metadata: message.metadata }),
  };
}

export function reactionsJson(message: StoredMessage): Record<string, unknown>[] {
  return (message.reactions ?? []).map((reaction) => ({ ...reaction, count: reaction.users.length }));
}

export function fileJson({ content: _content, ...file }: StoredFile): Record<string, unknown> {
  return { ...file, url_private: `/files/${file.id}/${encodeURIComponent(file.name)}` };
}
