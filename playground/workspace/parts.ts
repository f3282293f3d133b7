/** The workspace's parts, put together once; every handler takes from here what it needs. */
import { createAppEvents } from './app-events.ts';
import type { AppEvents } from './app-events.ts';
import { createAppRequests } from './app-requests.ts';
import type { AppRequests } from './app-requests.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createMessages } from './messages.ts';
import type { Messages } from './messages.ts';
import { createModals } from './modals.ts';
import type { Modals } from './modals.ts';
import { SLACK_LIMITS } from './options.ts';
import type { WorkspaceLimits, WorkspaceOptions } from './options.ts';
import { createPageEvents } from './page-events.ts';
import type { PageEvents } from './page-events.ts';
import { persist, readSnapshot } from './persistence.ts';
import { createPostLimit } from './post-limit.ts';
import type { PostLimit } from './post-limit.ts';
import { createResponseUrls } from './response-urls.ts';
import type { ResponseUrls } from './response-urls.ts';
import { createState } from './state.ts';
import type { State } from './state.ts';
import { createThreadStatuses } from './thread-statuses.ts';
import type { ThreadStatuses } from './thread-statuses.ts';
import { createTriggers } from './triggers.ts';
import type { Triggers } from './triggers.ts';
import { createUploads } from './uploads.ts';
import type { Uploads } from './uploads.ts';

/** One call of the app to the Web API or to a response_url, for tests. */
export interface RecordedCall {
  method: string;
  values: Record<string, unknown>;
  /** 0 when the connection was dropped. */
  status: number;
  error?: string;
}

export interface Parts {
  options: WorkspaceOptions;
  limits: WorkspaceLimits;
  state: State;
  pageEvents: PageEvents;
  appRequests: AppRequests;
  appEvents: AppEvents;
  statuses: ThreadStatuses;
  messages: Messages;
  modals: Modals;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  uploads: Uploads;
  faults: Faults;
  postLimit: PostLimit;
  calls: RecordedCall[];
  /** http://127.0.0.1:PORT */
  baseUrl(): string;
  close(): void;
}

export function createParts(options: WorkspaceOptions, baseUrl: () => string): Parts {
  const limits = { ...SLACK_LIMITS, ...options.limits };
  const state = createState(options.dataFile === undefined ? undefined : readSnapshot(options.dataFile, options.log));
  const flush = options.dataFile === undefined ? () => undefined : persist(state, options.dataFile, options.log);
  const pageEvents = createPageEvents();
  const appRequests = createAppRequests({ requestUrl: options.app.requestUrl, signingSecret: options.app.signingSecret, acknowledgement: limits.acknowledgement });
  const appEvents = createAppEvents(appRequests, limits.eventRetries, options.log, options.manifest?.botEvents);
  const statuses = createThreadStatuses(pageEvents);
  const messages = createMessages({ state, pageEvents, appEvents, statuses });
  return {
    options,
    limits,
    state,
    pageEvents,
    appRequests,
    appEvents,
    statuses,
    messages,
    modals: createModals(pageEvents),
    triggers: createTriggers(limits.triggerLifetime),
    responseUrls: createResponseUrls({ messages, limits, baseUrl }),
    uploads: createUploads({ baseUrl }),
    faults: createFaults(),
    postLimit: createPostLimit(limits.limitPosts, limits.postInterval),
    calls: [],
    baseUrl,
    close() {
      appEvents.close();
      appRequests.close();
      statuses.close();
      pageEvents.close();
      flush();
    },
  };
}
