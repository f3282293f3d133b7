/** Each person's stack of modals, and their Home tab. Not kept over a restart, as a reload of Slack closes them too. */
import { randomBytes } from 'node:crypto';
import type { PageView } from './page-api.ts';
import type { PageEvents } from './page-events.ts';
import { APP_ID, BOT_ID, TEAM } from './people.ts';
import { SlackError } from './slack-error.ts';
import { fillIdentifiers } from './validation/identifiers.ts';

const MAXIMUM_STACK = 3;

/** A view as Slack returns it: the app's JSON plus id, hash, state, root_view_id and so on. */
export type ViewJson = Record<string, unknown> & { id: string; hash: string; type: string };

export interface OpenView {
  user: string;
  json: ViewJson;
}

export interface Modals {
  /** A new stack. `view` must have been checked. Throws SlackError duplicate_external_id. */
  open(user: string, view: Record<string, unknown>): OpenView;
  /** On top. Throws SlackError push_limit_reached, not_found (no modal is open), duplicate_external_id. */
  push(user: string, view: Record<string, unknown>): OpenView;
  /** Throws SlackError not_found, hash_conflict. */
  update(reference: { id?: string; externalId?: string; hash?: string }, view: Record<string, unknown>): OpenView;
  publishHome(user: string, view: Record<string, unknown>, hash?: string): OpenView;
  /** Undefined when it is not open for this person. */
  find(user: string, id: string): OpenView | undefined;
  /** Closes this modal and those above it; with `clear` the whole stack. Returns those closed, top first. */
  close(view: OpenView, clear?: boolean): OpenView[];
  stack(user: string): PageView[];
  home(user: string): PageView | undefined;
}

export function createModals(pageEvents: PageEvents): Modals {
  const stacks = new Map<string, OpenView[]>();
  const homes = new Map<string, OpenView>();
  const stackOf = (user: string): OpenView[] => stacks.get(user) ?? [];
  const stack = (user: string): PageView[] => stackOf(user).map(({ json }) => ({ id: json.id, view: json }));
  const store = (user: string, views: OpenView[]): void => {
    stacks.set(user, views);
    pageEvents.publish({ type: 'views', views: stack(user) }, [user]);
  };
  const everyView = (): OpenView[] => [...stacks.values()].flat();
  const refuseDuplicate = (view: Record<string, unknown>, except?: OpenView): void => {
    const externalId = view['external_id'];
    if (typeof externalId === 'string' && externalId !== '' && everyView().some((open) => open !== except && open.json['external_id'] === externalId)) {
      throw new SlackError('duplicate_external_id');
    }
  };
  return {
    open(user, view) {
      refuseDuplicate(view);
      const opened = { user, json: toViewJson(view, undefined) };
      store(user, [opened]);
      return opened;
    },
    push(user, view) {
      const below = stackOf(user);
      const root = below[0];
      if (root === undefined) throw new SlackError('not_found');
      if (below.length >= MAXIMUM_STACK) throw new SlackError('push_limit_reached');
      refuseDuplicate(view);
      const pushed = { user, json: toViewJson(view, undefined, root.json.id, below.at(-1)?.json.id) };
      store(user, [...below, pushed]);
      return pushed;
    },
    update(reference, view) {
      const open = everyView().find(({ json }) => (reference.id === undefined ? json['external_id'] === reference.externalId : json.id === reference.id));
      if (open === undefined) throw new SlackError('not_found');
      if (reference.hash !== undefined && reference.hash !== open.json.hash) throw new SlackError('hash_conflict');
      refuseDuplicate(view, open);
      open.json = toViewJson(view, open.json);
      store(open.user, stackOf(open.user));
      return open;
    },
    publishHome(user, view, hash) {
      const before = homes.get(user);
      if (hash !== undefined && before !== undefined && before.json.hash !== hash) throw new SlackError('hash_conflict');
      const home = { user, json: toViewJson(view, before?.json) };
      homes.set(user, home);
      return home;
    },
    find: (user, id) => stackOf(user).find(({ json }) => json.id === id),
    close(view, clear = false) {
      const views = stackOf(view.user);
      const index = clear ? 0 : views.indexOf(view);
      if (index < 0) return [];
      store(view.user, views.slice(0, index));
      return views.slice(index).reverse();
    },
    stack,
    home(user) {
      const home = homes.get(user);
      return home === undefined ? undefined : { id: home.json.id, view: home.json };
    },
  };
}

function toViewJson(view: Record<string, unknown>, before: ViewJson | undefined, root?: string, previous?: string): ViewJson {
  const id = before?.id ?? `V${randomBytes(5).toString('hex').toUpperCase()}`;
  return {
    id,
    team_id: TEAM.id,
    type: String(view['type']),
    blocks: fillIdentifiers(Array.isArray(view['blocks']) ? view['blocks'] : []),
    private_metadata: view['private_metadata'] ?? '',
    callback_id: view['callback_id'] ?? '',
    state: { values: {} },
    hash: `${Math.floor(Date.now() / 1000)}.${randomBytes(4).toString('hex')}`,
    title: view['title'] ?? null,
    clear_on_close: view['clear_on_close'] ?? false,
    notify_on_close: view['notify_on_close'] ?? false,
    close: view['close'] ?? null,
    submit: view['submit'] ?? null,
    previous_view_id: before === undefined ? (previous ?? null) : (before['previous_view_id'] ?? null),
    root_view_id: before === undefined ? (root ?? id) : (before['root_view_id'] ?? id),
    app_id: APP_ID,
    external_id: view['external_id'] ?? '',
    app_installed_team_id: TEAM.id,
    bot_id: BOT_ID,
  };
}
