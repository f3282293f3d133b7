import type { World } from './page-api.ts';

/** The small world to investigate, as the page shows and breaks it. */
export interface WorldProvider {
  world(): World;
  /** Called after every change; returns the unsubscribe function. */
  subscribe(changed: () => void): () => void;
  setFault(id: string, active: boolean): Promise<void>;
  /** Sends the webhook to the product; resolves with the HTTP status it answered. */
  sendAlert(id: string): Promise<number>;
}

/** One "send an alert" button that is not the world's own. */
export interface AlertSender {
  id: string;
  title: string;
  description: string;
  /** Resolves with the HTTP status the product answered. */
  send(): Promise<number>;
}

/** What the page shows when there is no world. */
export const EMPTY_WORLD: World = { starting: [], services: [], databases: [], faults: [], alerts: [] };
