/**
 * What the playground's page and its server say to each other, JSON over HTTP on loopback, plus one event stream.
 *
 *   GET  /page/bootstrap?user=U..             Bootstrap
 *   GET  /page/channels/:id/messages?user=U   { messages: PageMessage[] }   oldest first, thread replies left out
 *   GET  /page/channels/:id/threads/:ts?user=U  { messages: PageMessage[] } the parent first
 *   GET  /page/events?user=U                  Server-Sent Events, each `data:` one PageEvent
 *   POST /page/messages                       SendMessage   -> { ok: true } | PageError   ("/sre ..." in a channel is a slash command)
 *   POST /page/actions                        SendAction    -> { ok: true } | PageError
 *   POST /page/views/:id/submit               SubmitView    -> { ok: true } | { ok: false, errors: Record<block_id, string> } | PageError
 *   POST /page/views/:id/close                { user }      -> { ok: true }
 *   POST /page/reactions                      SendReaction  -> { ok: true } | PageError
 *   POST /page/dismissals                     { user, channel, ts }  -> { ok: true }   an ephemeral message is not to come back
 *   POST /page/shortcuts                      { user, channel, ts, callback_id } -> { ok: true } | PageError   one of Bootstrap.messageShortcuts
 *   POST /page/home                           { user }      -> { ok: true }   the person opened the app's Home tab
 *   GET  /page/home?user=U                    { view: PageView | null }       what the app published there
 *   GET  /page/world                          World         (also pushed as an event)
 *   POST /page/world/faults/:id               { active: boolean } -> { ok: true } | PageError
 *   POST /page/world/alerts/:id               {}            -> { ok: true, status: number } | PageError   sends a webhook to the product
 *
 * The page's own files:
 *   GET  /                                    playground/workspace/page/index.html
 *   GET  /assets/styles/*.css                 playground/workspace/page/styles/*.css, from source
 *   GET  /assets/**.js                        dist/playground/workspace/page/**.js, compiled
 *
 * A bootstrap whose `user` is missing or empty answers for the first user of the switcher.
 */

export interface PageUser {
  id: string;
  name: string;
  realName: string;
  title: string;
  isBot: boolean;
  /** CSS colour of the avatar's ground; the avatar is the initials, or an emoji for bots. */
  color: string;
  avatar: string;
}

export interface PageChannel {
  id: string;
  name: string;
  topic: string;
  isDirectMessage: boolean;
}

/** A Slack message as the Web API keeps it. Blocks are Slack's own JSON. */
export interface PageMessage {
  ts: string;
  channel: string;
  user: string;
  text: string;
  blocks?: unknown[];
  thread_ts?: string;
  reply_count?: number;
  reply_users?: string[];
  latest_reply?: string;
  edited?: boolean;
  reactions?: { name: string; users: string[] }[];
  files?: { id: string; name: string; url: string; mimetype: string }[];
  /** Only this person sees it, until it is dismissed or the page reloads. */
  ephemeralFor?: string;
}

/** A modal as the app opened it: Slack's view JSON plus our id. */
export interface PageView {
  id: string;
  view: Record<string, unknown>;
}

export interface Bootstrap {
  team: { id: string; name: string };
  /** The people one can be, in the order of the switcher; then bots. */
  users: PageUser[];
  /** Slack shows a mention of a group by its handle. */
  userGroups?: { id: string; handle: string }[];
  channels: PageChannel[];
  /** Open modals of this user, bottom first. */
  views: PageView[];
  slashCommands: { command: string; description: string; usageHint: string }[];
  /** "More actions" of a message. */
  messageShortcuts?: { callback_id: string; name: string; description: string }[];
}

export type PageEvent =
  | { type: 'message' | 'message_changed'; message: PageMessage }
  | { type: 'message_deleted'; channel: string; ts: string }
  /** "is looking at the database...", '' clears it. */
  | { type: 'thread_status'; channel: string; thread_ts: string; status: string }
  /** The user's stack of modals as it is now. */
  | { type: 'views'; views: PageView[] }
  | { type: 'world'; world: World };

export interface SendMessage {
  user: string;
  channel: string;
  thread_ts?: string;
  /** A message as Slack keeps it: mentions are <@U..>, and & < > are escaped. A slash command is the line as it was typed. */
  text: string;
}

/** One interaction with a block element. `value` is as Slack sends it: the button's value, the chosen option's value, the picked date. */
export interface SendAction {
  user: string;
  container: { type: 'message'; channel: string; ts: string; ephemeral?: boolean } | { type: 'view'; view_id: string };
  block_id: string;
  action_id: string;
  /** The element's type: button, overflow, static_select, ... */
  element: string;
  value?: string;
  selected_option?: { text: unknown; value: string };
  /** Checkboxes only. */
  selected_options?: { text: unknown; value: string }[];
}

export interface SendReaction {
  user: string;
  channel: string;
  ts: string;
  /** Without colons. */
  name: string;
  active: boolean;
}

/** `values` as in Slack's view.state.values: block_id -> action_id -> { type, value | selected_option | ... }. */
export interface SubmitView {
  user: string;
  values: Record<string, Record<string, unknown>>;
}

export interface PageError {
  ok: false;
  /** Shown as a toast, in words. */
  error: string;
}

export interface World {
  /** Lines shown while the world starts, `who: what` each; empty when it is up. */
  starting: string[];
  services: {
    name: string;
    state: 'healthy' | 'degraded' | 'down' | 'unknown';
    requestsPerSecond: number;
    /** 0 to 1, over the last 10 seconds. */
    successRate: number;
    p95Milliseconds: number;
    /** Newest last, one a second, up to 60: p95 in milliseconds, null when there was no traffic. */
    history: (number | null)[];
    dependsOn: string[];
  }[];
  databases: { name: string; state: 'healthy' | 'degraded' | 'down' | 'unknown'; connections: number; connectionLimit: number; waiting: number }[];
  /** When the world is a cluster. As kubectl shows them. */
  pods?: { namespace: string; name: string; ready: string; status: string; restarts: number; node: string; ageSeconds: number }[];
  /** A file for kubectl: whoever plays may look at the cluster themselves. */
  kubeconfig?: string;
  faults: { id: string; title: string; description: string; area: string; active: boolean }[];
  alerts: { id: string; title: string; description: string }[];
}
