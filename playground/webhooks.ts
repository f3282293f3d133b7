/** Webhooks as PagerDuty (V3, signed) and Alertmanager (version 4, bearer token) send them. Each resolves with the product's HTTP status. */
import { createHmac, randomUUID } from 'node:crypto';

export interface PagerDutyIncident {
  id: string;
  title: string;
  service: string;
  /** ISO 8601. */
  createdAt: string;
}

export interface FiringAlert {
  labels: Record<string, string>;
  summary: string;
  description: string;
  /** ISO 8601. */
  startsAt: string;
}

export async function postPagerDuty(product: { url: string; secret: string }, eventType: 'incident.triggered' | 'incident.resolved', { id, title, service, createdAt }: PagerDutyIncident): Promise<number> {
  const body = JSON.stringify({
    event: {
      id: randomUUID(), event_type: eventType, resource_type: 'incident', occurred_at: new Date().toISOString(),
      agent: { html_url: 'https://playground.pagerduty.invalid/users/PMAYA01', id: 'PMAYA01', self: 'https://api.pagerduty.invalid/users/PMAYA01', summary: 'Maya Lindqvist', type: 'user_reference' },
      client: null,
      data: {
        id, type: 'incident', self: `https://api.pagerduty.invalid/incidents/${id}`, html_url: `https://playground.pagerduty.invalid/incidents/${id}`,
        number: 4711, status: eventType === 'incident.triggered' ? 'triggered' : 'resolved', incident_key: `shop-${service}-slo`, created_at: createdAt,
        title,
        service: { html_url: 'https://playground.pagerduty.invalid/services/PSHOP01', id: 'PSHOP01', self: 'https://api.pagerduty.invalid/services/PSHOP01', summary: service, type: 'service_reference' },
        assignees: [], escalation_policy: { html_url: 'https://playground.pagerduty.invalid/escalation_policies/PESC001', id: 'PESC001', self: 'https://api.pagerduty.invalid/escalation_policies/PESC001', summary: 'Shop on call', type: 'escalation_policy_reference' },
        teams: [], priority: { html_url: 'https://playground.pagerduty.invalid/priorities/P1', id: 'PPRIO01', self: 'https://api.pagerduty.invalid/priorities/PPRIO01', summary: 'P1', type: 'priority_reference' },
        urgency: 'high', conference_bridge: null, resolve_reason: null,
      },
    },
  });
  return post(`${product.url}/webhooks/pagerduty`, body, {
    'x-pagerduty-signature': `v1=${createHmac('sha256', product.secret).update(body).digest('hex')}`,
    'x-webhook-id': randomUUID(),
  });
}

export async function postAlertmanager(product: { url: string; token: string }, status: 'firing' | 'resolved', { labels, summary, description, startsAt }: FiringAlert): Promise<number> {
  const { alertname = '', service = '' } = labels;
  const body = JSON.stringify({
    version: '4', groupKey: `{}:{alertname="${alertname}", service="${service}"}`, truncatedAlerts: 0, status, receiver: 'sre-agent',
    groupLabels: { alertname, service }, commonLabels: labels,
    commonAnnotations: { summary }, externalURL: 'http://alertmanager.invalid:9093',
    alerts: [{
      status, labels, annotations: { summary, description },
      startsAt, endsAt: status === 'resolved' ? new Date().toISOString() : '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.invalid:9090/graph', fingerprint: Buffer.from(service.padEnd(8, '.')).toString('hex').slice(0, 16),
    }],
  });
  return post(`${product.url}/webhooks/alertmanager`, body, { authorization: `Bearer ${product.token}` });
}

export function newPagerDutyId(): string {
  return `Q${randomUUID().replaceAll('-', '').slice(0, 13).toUpperCase()}`;
}

async function post(url: string, body: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  await response.arrayBuffer();
  return response.status;
}
