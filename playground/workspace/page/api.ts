import type { Bootstrap, PageError, PageMessage, SendAction, SendMessage, SendReaction, SubmitView, World } from '../page-api.ts';

type Answer = { ok: true } | PageError;

export interface Api {
  bootstrap(user: string): Promise<Bootstrap>;
  messages(channel: string, user: string): Promise<PageMessage[]>;
  thread(channel: string, ts: string, user: string): Promise<PageMessage[]>;
  world(): Promise<World>;
  /** These do not throw: what went wrong is in the answer. */
  sendMessage(message: SendMessage): Promise<Answer>;
  sendAction(action: SendAction): Promise<Answer>;
  submitView(id: string, view: SubmitView): Promise<{ ok: true } | { ok: false; errors: Record<string, string> } | PageError>;
  closeView(id: string, user: string): Promise<Answer>;
  react(reaction: SendReaction): Promise<Answer>;
  dismiss(user: string, message: PageMessage): Promise<Answer>;
  runShortcut(user: string, message: PageMessage, callbackId: string): Promise<Answer>;
  setFault(id: string, active: boolean): Promise<Answer>;
  sendAlert(id: string): Promise<{ ok: true; status: number } | PageError>;
}

export function createApi(): Api {
  const query = (user: string): string => `user=${encodeURIComponent(user)}`;
  const part = encodeURIComponent;
  return {
    bootstrap: (user) => get(`/page/bootstrap?${query(user)}`),
    messages: async (channel, user) => (await get<{ messages: PageMessage[] }>(`/page/channels/${part(channel)}/messages?${query(user)}`)).messages,
    thread: async (channel, ts, user) => (await get<{ messages: PageMessage[] }>(`/page/channels/${part(channel)}/threads/${part(ts)}?${query(user)}`)).messages,
    world: () => get('/page/world'),
    sendMessage: (message) => post('/page/messages', message),
    sendAction: (action) => post('/page/actions', action),
    submitView: (id, view) => post(`/page/views/${part(id)}/submit`, view),
    closeView: (id, user) => post(`/page/views/${part(id)}/close`, { user }),
    react: (reaction) => post('/page/reactions', reaction),
    dismiss: (user, { channel, ts }) => post('/page/dismissals', { user, channel, ts }),
    runShortcut: (user, { channel, ts }, callbackId) => post('/page/shortcuts', { user, channel, ts, callback_id: callbackId }),
    setFault: (id, active) => post(`/page/world/faults/${part(id)}`, { active }),
    sendAlert: (id) => post(`/page/world/alerts/${part(id)}`, {}),
  };
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path.split('?')[0]} answered ${response.status}`);
  return (await response.json()) as T;
}

async function post<T extends { ok: boolean }>(path: string, body: unknown): Promise<T | PageError> {
  try {
    const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const answer = (await response.json()) as T;
    return typeof answer.ok === 'boolean' ? answer : { ok: false, error: `The playground answered ${response.status}.` };
  } catch {
    return { ok: false, error: 'The playground does not answer. Is it still running?' };
  }
}
