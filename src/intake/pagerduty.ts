/** PagerDuty's V3 webhooks: signed with HMAC-SHA256 over the raw body, one event each. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Alert, Severity } from '../incident/types.ts';
import { fingerprintOf } from './fingerprint.ts';
import { headerOf, sameText } from './http.ts';
import type { Delivery, Source } from './source.ts';

const referenceSchema = z.object({ id: z.string().max(64), summary: z.string().max(2000).nullish() });

const eventSchema = z.object({
  id: z.string().min(1).max(200),
  event_type: z.string().min(1).max(100),
  resource_type: z.string().max(100),
  occurred_at: z.iso.datetime({ offset: true }),
  data: z.unknown(),
});

const incidentSchema = z.object({
  id: z.string().min(1).max(64),
  title: z.string().max(20_000),
  status: z.string().max(40).nullish(),
  incident_key: z.string().max(1000).nullish(),
  number: z.number().nullish(),
  html_url: z.string().max(2000).nullish(),
  created_at: z.iso.datetime({ offset: true }).nullish(),
  urgency: z.string().max(40).nullish(),
  service: referenceSchema,
  priority: referenceSchema.nullish(),
});

const envelopeSchema = z.object({ event: eventSchema });
const incidentEnvelopeSchema = z.object({ event: eventSchema.extend({ data: incidentSchema }) });

const statusOf: Record<string, Alert['status']> = { 'incident.triggered': 'firing', 'incident.reopened': 'firing', 'incident.unacknowledged': 'firing', 'incident.escalated': 'firing', 'incident.resolved': 'resolved' };

export function pagerduty(secret: string | undefined): Source {
  return {
    name: 'pagerduty',
    ...(!secret && { unconfigured: 'set PAGERDUTY_WEBHOOK_SECRET to the secret of the webhook subscription' }),
    forged: (request, body) => forged(headerOf(request, 'x-pagerduty-signature'), body, secret ?? ''),
    parse,
  };
}

/** While a secret is rotated PagerDuty sends several signatures, with a comma between them: one must fit. */
function forged(header: string | undefined, body: Buffer, secret: string): string | undefined {
  if (header === undefined) return 'the header x-pagerduty-signature is missing';
  const expected = `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const fits = header.split(',').slice(0, 10).map((each) => sameText(each.trim(), expected));
  return fits.includes(true) ? undefined : 'the signature does not fit the body';
}

function parse(payload: unknown): Delivery {
  const { event } = envelopeSchema.parse(payload);
  const common = { id: event.id, occurredAt: event.occurred_at };
  const status = statusOf[event.event_type];
  if (!status) return { ...common, alerts: [], ignored: event.event_type };
  const incident = incidentEnvelopeSchema.parse(payload).event.data;
  return { ...common, alerts: [alertOf(incident, status, event.occurred_at)] };
}

/** PagerDuty joins alerts by incident key within a service; we follow it. */
function alertOf(incident: z.infer<typeof incidentSchema>, status: Alert['status'], occurredAt: string): Alert {
  const service = incident.service.summary ?? undefined;
  return {
    source: 'pagerduty',
    fingerprint: fingerprintOf('pagerduty', [incident.service.id, incident.incident_key || incident.id]),
    status,
    title: incident.title,
    description: incident.title,
    severity: severityOf(incident),
    ...(service && { service }),
    ...(incident.html_url && { url: incident.html_url }),
    labels: Object.fromEntries(Object.entries({ pagerduty_incident: incident.id, urgency: incident.urgency, priority: incident.priority?.summary }).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    startedAt: incident.created_at ?? occurredAt,
  };
}

function severityOf({ urgency, priority }: z.infer<typeof incidentSchema>): Severity {
  const level = /^(?:P|SEV-?)([1-5])$/i.exec(priority?.summary ?? '')?.[1];
  if (level !== undefined) return Number(level) <= 2 ? 'critical' : Number(level) === 3 ? 'warning' : 'info';
  return urgency === 'low' ? 'warning' : 'critical';
}
