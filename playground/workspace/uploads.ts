/** The three steps of a file: an upload URL, the bytes, and the completion that posts it. */
import { randomBytes } from 'node:crypto';
import { extname } from 'node:path';
import { SlackError } from './slack-error.ts';
import { BOT_USER } from './people.ts';
import type { StoredFile } from './state.ts';

export interface Uploads {
  start(name: string): { upload_url: string; file_id: string };
  /** False when the URL is unknown or was used. */
  receive(token: string, content: Buffer): boolean;
  /** Throws SlackError file_not_found, also when nothing was uploaded. */
  complete(id: string, title: string | undefined): StoredFile;
}

const TYPES: Record<string, string> = {
  '.txt': 'text/plain', '.log': 'text/plain', '.md': 'text/markdown', '.json': 'application/json', '.yaml': 'text/yaml', '.yml': 'text/yaml',
  '.csv': 'text/csv', '.sql': 'text/plain', '.diff': 'text/plain', '.png': 'image/png', '.jpg': 'image/jpeg', '.svg': 'image/svg+xml', '.pdf': 'application/pdf', '.html': 'text/html',
};

export function createUploads({ baseUrl }: { baseUrl(): string }): Uploads {
  const tokens = new Map<string, string>();
  const pending = new Map<string, { name: string; content?: Buffer }>();
  return {
    start(name) {
      const token = randomBytes(24).toString('base64url');
      const id = `F${randomBytes(5).toString('hex').toUpperCase()}`;
      tokens.set(token, id);
      pending.set(id, { name });
      return { upload_url: `${baseUrl()}/upload/v1/${token}`, file_id: id };
    },
    receive(token, content) {
      const upload = pending.get(tokens.get(token) ?? '');
      tokens.delete(token);
      if (upload === undefined) return false;
      upload.content = content;
      return true;
    },
    complete(id, title) {
      const upload = pending.get(id);
      if (upload?.content === undefined) throw new SlackError('file_not_found');
      pending.delete(id);
      const { name, content } = upload;
      return {
        id,
        name,
        title: title ?? name,
        mimetype: TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream',
        size: content.length,
        user: BOT_USER,
        created: Math.floor(Date.now() / 1000),
        content: content.toString('base64'),
      };
    },
  };
}
