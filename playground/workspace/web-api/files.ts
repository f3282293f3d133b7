import { isRecord } from '../http.ts';
import { parseMessageContent } from '../message-content.ts';
import { BOT_ID, BOT_USER, findChannel } from '../people.ts';
import { SlackError } from '../slack-error.ts';
import { fileJson } from './message-json.ts';
import type { Method } from './method.ts';

const getUploadUrl: Method = (call, { uploads }) => {
  const name = call.required('filename');
  if (call.integer('length', 0) <= 0) throw new SlackError('invalid_arguments', ['[ERROR] must be more than 0 [json-pointer:/length]']);
  return uploads.start(name);
};

const complete: Method = (call, { uploads, messages, state }) => {
  const asked = call.json('files');
  if (!Array.isArray(asked) || asked.length === 0 || !asked.every(isRecord)) throw new SlackError('invalid_arguments', ['[ERROR] missing required field: files']);
  const reference = call.text('channel_id');
  const channel = reference === undefined ? undefined : findChannel(reference);
  if (reference !== undefined && channel === undefined) throw new SlackError('channel_not_found');
  const threadTs = call.text('thread_ts');
  if (channel !== undefined && threadTs !== undefined && messages.find(channel.id, threadTs) === undefined) throw new SlackError('thread_not_found');
  const comment = call.text('initial_comment');
  const blocks = call.values['blocks'];
  const content = comment === undefined && blocks === undefined ? { text: '' } : parseMessageContent({ text: comment ?? '', blocks });
  const files = asked.map((file) => uploads.complete(String(file['id']), typeof file['title'] === 'string' ? file['title'] : undefined));
  for (const file of files) state.addFile(file);
  if (channel !== undefined) {
    messages.post({
      channel: channel.id,
      user: BOT_USER,
      bot_id: BOT_ID,
      ...content,
      files: files.map((file) => file.id),
      subtype: 'file_share',
      ...(threadTs !== undefined && { thread_ts: threadTs }),
    });
  }
  return { files: files.map(fileJson) };
};

export const filesMethods: Record<string, Method> = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': complete,
};
