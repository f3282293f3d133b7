/** A person at the playground's page, without the page: the same requests it sends. */
import type { Bootstrap, PageMessage, PageView, World } from './page-api.ts';

interface Button {
  block_id: string;
  action_id: string;
  value?: string;
  text: string;
}

export interface PageClient {
  say(user: string, channel: string, text: string, thread?: string): Promise<void>;
  messages(user: string, channel: string): Promise<PageMessage[]>;
  /** The parent first. */
  thread(user: string, channel: string, ts: string): Promise<PageMessage[]>;
  /** Throws when there is no such button, naming those there are. */
  click(user: string, where: PageMessage | PageView, buttonText: string): Promise<void>;
  views(user: string): Promise<PageView[]>;
  submit(user: string, view: PageView, values: Record<string, Record<string, unknown>>): Promise<unknown>;
  world(): Promise<World>;
  fault(id: string, active: boolean): Promise<void>;
  alert(id: string): Promise<number>;
}

export function createPageClient(url: string): PageClient {
  async function call<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const answer = (await response.json()) as T & { ok?: boolean; error?: string };
    if (answer.ok === false && answer.error) throw new Error(answer.error);
    return answer;
  }
  return {
    say: async (user, channel, text, thread) => void (await call('/page/messages', { user, channel, text, ...(thread ? { thread_ts: thread } : {}) })),
    messages: async (user, channel) => (await call<{ messages: PageMessage[] }>(`/page/channels/${channel}/messages?user=${user}`)).messages,
    thread: async (user, channel, ts) => (await call<{ messages: PageMessage[] }>(`/page/channels/${channel}/threads/${ts}?user=${user}`)).messages,
    async click(user, where, text) {
      const buttons = buttonsOf(where);
      const button = buttons.find((one) => one.text === text);
      if (!button) throw new Error(`no button ${text} among ${buttons.map((one) => one.text).join(', ') || 'none'}`);
      const container = 'ts' in where ? { type: 'message', channel: where.channel, ts: where.ts } : { type: 'view', view_id: where.id };
      await call('/page/actions', { user, container, block_id: button.block_id, action_id: button.action_id, element: 'button', value: button.value });
    },
    views: async (user) => (await call<Bootstrap>(`/page/bootstrap?user=${user}`)).views,
    submit: (user, view, values) => call(`/page/views/${view.id}/submit`, { user, values }),
    world: () => call<World>('/page/world'),
    fault: async (id, active) => void (await call(`/page/world/faults/${id}`, { active })),
    alert: async (id) => (await call<{ status: number }>(`/page/world/alerts/${id}`, {})).status,
  };
}

/** Every button of a message or a modal, wherever it stands in its blocks. */
export function buttonsOf(shown: PageMessage | PageView): Button[] {
  const found: Button[] = [];
  const walk = (value: unknown, blockId: string): void => {
    if (Array.isArray(value)) for (const one of value) walk(one, blockId);
    else if (typeof value === 'object' && value !== null) {
      const node = value as Record<string, unknown>;
      const block = typeof node['block_id'] === 'string' ? node['block_id'] : blockId;
      if (node['type'] === 'button' && typeof node['action_id'] === 'string') {
        found.push({ block_id: block, action_id: node['action_id'], text: (node['text'] as { text: string }).text, ...(typeof node['value'] === 'string' ? { value: node['value'] } : {}) });
      } else for (const child of Object.values(node)) walk(child, block);
    }
  };
  walk('ts' in shown ? shown.blocks : shown.view['blocks'], '');
  return found;
}

/** All text of a message: its blocks' and its own. */
export function textOf(message: PageMessage): string {
  const parts: string[] = [message.text];
  const walk = (value: unknown, key: string): void => {
    if (typeof value === 'string') {
      if (['text', 'title', 'details', 'output'].includes(key)) parts.push(value);
    } else if (Array.isArray(value)) for (const one of value) walk(one, key);
    else if (typeof value === 'object' && value !== null) for (const [name, child] of Object.entries(value)) walk(child, name);
  };
  walk(message.blocks, '');
  return parts.join('\n');
}
