import { createApi, type Api } from './api.ts';
import { readPlace, writePlace } from './location.ts';
import { applyEvent, emptyState, threadKey, type PageState, type Topic } from './state.ts';
import type { PageEvent, PageMessage, SendAction } from '../page-api.ts';

/** Everything a view may ask of the page: what is known, and what can be done. */
export interface Session {
  state: PageState;
  api: Api;
  on(topics: Topic[], listener: () => void): void;
  start(): Promise<void>;
  becomeUser(id: string): Promise<void>;
  openChannel(id: string): void;
  openThread(ts: string | null): void;
  send(text: string, thread: string | null): Promise<boolean>;
  act(action: Omit<SendAction, 'user'>): Promise<void>;
  react(message: PageMessage, name: string): Promise<void>;
  runShortcut(message: PageMessage, callbackId: string): Promise<void>;
  /** Takes away what only this person sees. */
  dismiss(message: PageMessage): void;
  /** Draws again what tells the time. */
  refreshTimes(): void;
}

/** `complain` shows an error to the person. */
export function createSession(complain: (words: string) => void): Session {
  const state = emptyState();
  const api = createApi();
  const listeners = new Map<Topic, Set<() => void>>();
  const recorders = new Set<PageEvent[]>();
  let stream: EventSource | null = null;

  const emit = (topics: Topic[]): void => {
    const due = new Set(topics.flatMap((topic) => [...(listeners.get(topic) ?? [])]));
    for (const listener of due) listener();
  };

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      complain(error instanceof Error ? error.message : 'Something went wrong.');
    }
  };

  /** Fetches a list; events that arrive meanwhile are applied again on top of it. */
  const load = async (fetchList: () => Promise<PageMessage[]>, keep: (messages: PageMessage[]) => void): Promise<void> => {
    const recorded: PageEvent[] = [];
    recorders.add(recorded);
    try {
      const messages = await fetchList();
      for (const message of messages) if (message.ephemeralFor !== undefined) applyEvent(state, { type: 'message', message });
      keep(messages.filter((message) => message.ephemeralFor === undefined));
    } finally {
      recorders.delete(recorded);
    }
    for (const event of recorded) applyEvent(state, event);
    emit(['messages', 'thread']);
  };

  const loadChannel = (): Promise<void> => {
    const { channel, me } = state;
    return channel === '' ? Promise.resolve() : attempt(() => load(() => api.messages(channel, me), (messages) => state.messages.set(channel, messages)));
  };

  const loadThread = (): Promise<void> => {
    const { channel, thread, me } = state;
    if (thread === null) return Promise.resolve();
    return attempt(() => load(() => api.thread(channel, thread, me), (messages) => state.threads.set(threadKey(channel, thread), messages)));
  };

  const loadWorld = (): Promise<void> =>
    attempt(async () => {
      state.world = await api.world();
      emit(['world']);
    });

  const refresh = async (): Promise<void> => {
    await Promise.all([loadChannel(), loadThread(), loadWorld()]);
  };

  const receive = (event: PageEvent): void => {
    for (const recorded of recorders) recorded.push(event);
    emit(applyEvent(state, event));
  };

  const connect = (): void => {
    stream?.close();
    const source = new EventSource(`/page/events?user=${encodeURIComponent(state.me)}`);
    stream = source;
    source.addEventListener('message', (event) => receive(JSON.parse(String(event.data)) as PageEvent));
    source.addEventListener('open', () => {
      if (state.connected) return;
      state.connected = true;
      emit(['connection']);
      void attempt(async () => {
        await bootstrap(state.me);
        await refresh();
      });
    });
    source.addEventListener('error', () => {
      if (stream !== source) return;
      state.connected = false;
      emit(['connection']);
      // A browser gives up after an answer that is no event stream; a closed socket it retries by itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => stream === source && connect(), 1500);
    });
  };

  const bootstrap = async (user: string): Promise<void> => {
    const answer = await api.bootstrap(user);
    state.team = answer.team;
    state.users = new Map(answer.users.map((each) => [each.id, each]));
    state.userGroups = answer.userGroups ?? [];
    state.channels = answer.channels;
    state.commands = answer.slashCommands;
    state.shortcuts = answer.messageShortcuts ?? [];
    state.views = answer.views;
    if (state.users.get(user)?.isBot !== false) {
      const first = answer.users.find((each) => !each.isBot);
      if (first === undefined) throw new Error('The workspace has no people.');
      await bootstrap(first.id);
      return;
    }
    state.me = user;
    if (!state.channels.some((channel) => channel.id === state.channel)) {
      state.channel = state.channels.find((channel) => !channel.isDirectMessage)?.id ?? state.channels[0]?.id ?? '';
      state.thread = null;
    }
    emit(['session', 'views', 'unread']);
  };

  const settle = (): void => {
    state.unread.delete(state.channel);
    writePlace({ user: state.me, channel: state.channel, thread: state.thread });
    emit(['session', 'messages', 'thread', 'status', 'unread']);
  };

  return {
    state,
    api,
    on(topics, listener) {
      for (const topic of topics) listeners.set(topic, (listeners.get(topic) ?? new Set()).add(listener));
    },
    start: () =>
      attempt(async () => {
        const place = readPlace();
        state.channel = place.channel;
        state.thread = place.thread;
        await bootstrap(place.user);
        settle();
        connect();
        await refresh();
      }),
    becomeUser: (id) =>
      attempt(async () => {
        state.messages.clear();
        state.threads.clear();
        state.unread.clear();
        await bootstrap(id);
        settle();
        connect();
        await refresh();
      }),
    openChannel(id) {
      if (id === state.channel) return;
      state.channel = id;
      state.thread = null;
      settle();
      void loadChannel();
    },
    openThread(ts) {
      if (ts === state.thread) return;
      state.thread = ts;
      settle();
      void loadThread();
    },
    async send(text, thread) {
      const answer = await api.sendMessage({ user: state.me, channel: state.channel, text, ...(thread === null ? {} : { thread_ts: thread }) });
      if (!answer.ok) complain(answer.error);
      return answer.ok;
    },
    async act(action) {
      const answer = await api.sendAction({ ...action, user: state.me });
      if (!answer.ok) complain(answer.error);
    },
    async react(message, name) {
      const active = !(message.reactions ?? []).some((reaction) => reaction.name === name && reaction.users.includes(state.me));
      const answer = await api.react({ user: state.me, channel: message.channel, ts: message.ts, name, active });
      if (!answer.ok) complain(answer.error);
    },
    async runShortcut(message, callbackId) {
      const answer = await api.runShortcut(state.me, message, callbackId);
      if (!answer.ok) complain(answer.error);
    },
    refreshTimes: () => emit(['messages']),
    dismiss(message) {
      state.dismissed.add(message.ts);
      state.ephemerals = state.ephemerals.filter((each) => each.ts !== message.ts);
      emit(['messages', 'thread']);
      void api.dismiss(state.me, message);
    },
  };
}
