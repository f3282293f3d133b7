/** What a webhook source is: how it proves who sent a request, and how its payload becomes alerts. */
import type { IncomingMessage } from 'node:http';
import type { Alert } from '../incident/types.ts';

export interface Source {
  name: 'pagerduty' | 'alertmanager';
  /** What to set so that it is taken; undefined when it is. */
  unconfigured?: string;
  /** Why the request isn't from the source; undefined when it is. */
  forged(request: IncomingMessage, body: Buffer): string | undefined;
  /** @throws z.ZodError for a payload of another shape */
  parse(payload: unknown): Delivery;
}

export interface Delivery {
  alerts: Alert[];
  /** The source's id of this delivery, equal when it is sent again. */
  id?: string;
  /** ISO 8601; when the source says that it happened. */
  occurredAt?: string;
  /** Why a well-formed delivery holds no alerts. */
  ignored?: string;
}
