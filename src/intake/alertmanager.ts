/** Alertmanager's webhook (payload version 4): a group of alerts, behind a bearer token. */
import { z } from 'zod';
import type { Alert, Severity } from '../incident/types.ts';
import { fingerprintOf, labelParts } from './fingerprint.ts';
import { headerOf, sameText } from './http.ts';
import type { Delivery, Source } from './source.ts';

const labelsSchema = z.record(z.string().max(500), z.string().max(20_000));

const alertSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: labelsSchema,
  annotations: labelsSchema.default({}),
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.string().max(60).nullish(),
  generatorURL: z.string().max(5000).nullish(),
  fingerprint: z.string().max(100).nullish(),
});

const payloadSchema = z.object({
  version: z.literal('4'),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string().max(500).nullish(),
  groupKey: z.string().max(5000).nullish(),
  externalURL: z.string().max(2000).nullish(),
  truncatedAlerts: z.number().nullish(),
  alerts: z.array(alertSchema).min(1).max(500),
});

export function alertmanager(token: string | undefined): Source {
  return {
    name: 'alertmanager',
    ...(!token && { unconfigured: 'set ALERTMANAGER_TOKEN, and the same as http_config.authorization.credentials of the receiver' }),
    forged(request) {
      const header = headerOf(request, 'authorization');
      if (header === undefined) return 'the header authorization is missing';
      return sameText(header.replace(/^Bearer\s+/i, ''), token ?? '') && /^Bearer\s/i.test(header) ? undefined : 'the bearer token is not ours';
    },
    parse,
  };
}

function parse(payload: unknown): Delivery {
  return { alerts: payloadSchema.parse(payload).alerts.map(alertOf) };
}

/** Ten pods with the same trouble are one problem: their own names are not in the fingerprint. */
function alertOf({ status, labels, annotations, startsAt, generatorURL, fingerprint }: z.infer<typeof alertSchema>): Alert {
  const name = labels['alertname'];
  const service = labels['service'] ?? labels['app'] ?? labels['deployment'] ?? labels['job'];
  return {
    source: 'alertmanager',
    fingerprint: fingerprintOf('alertmanager', name === undefined && fingerprint ? [fingerprint] : labelParts(labels)),
    status,
    title: annotations['summary'] || annotations['title'] || [name, service].filter(Boolean).join(': ') || 'Alert without a name',
    description: annotations['description'] || annotations['message'] || annotations['summary'] || '',
    severity: severityOf(labels['severity']),
    ...(service && { service }),
    ...(generatorURL && { url: generatorURL }),
    labels,
    startedAt: startsAt,
  };
}

function severityOf(label: string | undefined): Severity {
  const word = label?.toLowerCase() ?? '';
  if (/^(critical|crit|page|fatal|emergency|high|sev-?[12]|p[12])$/.test(word)) return 'critical';
  return /^(info|informational|none|low|debug|sev-?[45]|p[45])$/.test(word) ? 'info' : 'warning';
}
