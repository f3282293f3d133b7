/** POST /webhooks/<source>: proves who sent it, understands it, and hands its alerts to the desk. */
import type { IncomingMessage } from 'node:http';
import type { CustomRoute } from '@slack/bolt';
import { z } from 'zod';
import type { Desk } from '../incident/desk.ts';
import type { Store } from '../incident/store.ts';
import type { Alert } from '../incident/types.ts';
import type { Logger } from '../telemetry/log.ts';
import { alertmanager } from './alertmanager.ts';
import { readBody, safeRoute } from './http.ts';
import type { Answer } from './http.ts';
import { pagerduty } from './pagerduty.ts';
import type { Delivery, Source } from './source.ts';

export interface WebhookParts {
  desk: Pick<Desk, 'open' | 'noteResolved'>;
  store: Pick<Store, 'deadLetters' | 'firstSight' | 'incidents'>;
  config: {
    pagerdutySecret?: string;
    alertmanagerToken?: string;
    /** The id of the channel in which alerts open their threads. */
    channel: string;
  };
  /** Takes secrets out of what is kept of a malformed body. */
  redact?: (text: string) => string | Promise<string>;
  log: Logger;
  now?: () => number;
}

/**
 * Delivery ids are remembered for a day, so what happened longer ago can't be told from a recorded request that
 * is played again. PagerDuty signs no time of sending: its event's own time is what there is.
 */
const oldest = 24 * 60 * 60 * 1000;
const keptOfBody = 64 * 1024;

export function createWebhookRoutes(parts: WebhookParts): CustomRoute[] {
  const sources = [pagerduty(parts.config.pagerdutySecret), alertmanager(parts.config.alertmanagerToken)];
  return sources.map((source) => safeRoute({ path: `/webhooks/${source.name}`, method: 'POST' }, parts.log, (request) => receive(source, request, parts)));
}

async function receive(source: Source, request: IncomingMessage, parts: WebhookParts): Promise<Answer> {
  if (source.unconfigured !== undefined) return { status: 404, body: { error: 'unconfigured', message: `This source is not set up: ${source.unconfigured}.` } };
  const body = await readBody(request);
  const forged = source.forged(request, body);
  if (forged !== undefined) return refuse(source, request, forged, parts);
  const delivery = understand(source, body.toString('utf8'));
  if ('malformed' in delivery) {
    parts.log.warn({ source: source.name, field: delivery.field, reason: delivery.malformed }, 'a malformed webhook was kept as a dead letter');
    await keep(source, body, `${delivery.field}: ${delivery.malformed}`, parts);
    return { status: 400, body: { error: 'malformed', field: delivery.field, message: delivery.malformed } };
  }
  const age = delivery.occurredAt === undefined ? 0 : (parts.now ?? Date.now)() - Date.parse(delivery.occurredAt);
  if (age > oldest) return refuse(source, request, `it is stale: it happened at ${delivery.occurredAt}`, parts);
  if (delivery.ignored !== undefined) return { status: 202, body: { ok: true, ignored: delivery.ignored } };
  return handOver(source, delivery, parts);
}

async function keep(source: Source, body: Buffer, reason: string, { store, redact = (text: string) => text }: WebhookParts): Promise<void> {
  const text = await redact(body.toString('utf8').replaceAll('\0', '').slice(0, keptOfBody));
  await store.deadLetters.add({ source: source.name, reason, body: text });
}

function refuse(source: Source, request: IncomingMessage, reason: string, { log }: WebhookParts): Answer {
  log.warn({ source: source.name, from: request.socket.remoteAddress, reason }, 'a webhook was refused');
  return { status: 401, body: { error: 'unauthorized', message: `Refused: ${reason}.` } };
}

function understand(source: Source, text: string): Delivery | { malformed: string; field: string } {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    return { malformed: 'the body is not JSON', field: 'body' };
  }
  try {
    return source.parse(payload);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const issue = error.issues[0];
    return { malformed: issue?.message ?? 'not understood', field: issue?.path.join('.') || 'body' };
  }
}

async function handOver(source: Source, { alerts, id }: Delivery, parts: WebhookParts): Promise<Answer> {
  const again = id !== undefined && !(await parts.store.firstSight(`${source.name}:${id}`));
  const incidents: { incident: string; outcome: 'opened' | 'joined' | 'resolved' | 'duplicate' }[] = [];
  for (const alert of alerts) {
    const outcome = await one(alert, again, parts);
    if (outcome) incidents.push(outcome);
  }
  parts.log.info({ source: source.name, delivery: id, incidents }, 'a webhook was taken');
  return { status: 202, body: { ok: true, incidents } };
}

/** A delivery seen before is dropped only when what it asks is there: the first one may have been cut off. */
async function one(alert: Alert, again: boolean, { desk, store, config }: WebhookParts): Promise<{ incident: string; outcome: 'opened' | 'joined' | 'resolved' | 'duplicate' } | undefined> {
  if (again) {
    const known = await store.incidents.findByFingerprint(alert.fingerprint);
    if (known || alert.status === 'resolved') return known && { incident: known.id, outcome: 'duplicate' };
  }
  if (alert.status === 'resolved') {
    const incident = await desk.noteResolved(alert);
    return incident && { incident: incident.id, outcome: 'resolved' };
  }
  const { incident, opened } = await desk.open(alert, { channel: config.channel });
  return { incident: incident.id, outcome: opened ? 'opened' : 'joined' };
}
