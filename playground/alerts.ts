/** The page's buttons that send webhooks, as PagerDuty and Alertmanager send them. */
import { createHmac, randomUUID } from 'node:crypto';
import type { World } from './workspace/page-api.ts';
import type { AlertSender } from './workspace/world-provider.ts';

export interface AlertSettings {
  /** Base URL of the product. */
  productUrl: string;
  pagerdutySecret: string;
  alertmanagerToken: string;
  world: () => World;
}

export function createAlertSenders(settings: AlertSettings): AlertSender[] {
  return [
    { id: 'pagerduty-trigger', title: 'PagerDuty: trigger', description: 'incident.triggered for what hurts most now', send: () => sendPagerDuty(settings, 'incident.triggered') },
    { id: 'pagerduty-resolve', title: 'PagerDuty: resolve', description: 'incident.resolved for the last one', send: () => sendPagerDuty(settings, 'incident.resolved') },
    { id: 'alertmanager-firing', title: 'Alertmanager: firing', description: 'A firing alert for what hurts most now', send: () => sendAlertmanager(settings, 'firing') },
    { id: 'alertmanager-resolved', title: 'Alertmanager: resolved', description: 'The same alert, resolved', send: () => sendAlertmanager(settings, 'resolved') },
  ];
}

const last: { service: string; symptom: string; pagerdutyId: string; since: string; isOpen: boolean } = { isOpen: false, service: 'checkout', symptom: 'is not healthy', pagerdutyId: newPagerDutyId(), since: new Date().toISOString() };

/** A trigger is about what hurts most, and again about that as long as it hurts; a resolve is about what was triggered before. */
function subject({ services }: World, fresh: boolean): typeof last {
  const unwell = services.filter((service) => service.state === 'down' || service.state === 'degraded');
  const worst = (last.isOpen ? unwell.find(({ name }) => name === last.service) : undefined) ?? unwell.toSorted((one, other) => one.successRate - other.successRate || other.p95Milliseconds - one.p95Milliseconds)[0];
  last.isOpen = fresh;
  if (fresh && worst && worst.name !== last.service) Object.assign(last, { service: worst.name, pagerdutyId: newPagerDutyId(), since: new Date().toISOString() });
  if (fresh && worst) last.symptom = worst.successRate < 0.95 ? `answers ${Math.round((1 - worst.successRate) * 100)}% of requests with errors` : `takes ${Math.round(worst.p95Milliseconds)} ms (p95)`;
  return last;
}

async function sendPagerDuty({ productUrl, pagerdutySecret, world }: AlertSettings, eventType: 'incident.triggered' | 'incident.resolved'): Promise<number> {
  const { service, symptom, pagerdutyId } = subject(world(), eventType === 'incident.triggered');
  const occurred = new Date().toISOString();
  const body = JSON.stringify({
    event: {
      id: randomUUID(), event_type: eventType, resource_type: 'incident', occurred_at: occurred,
      agent: { html_url: 'https://playground.pagerduty.invalid/users/PMAYA01', id: 'PMAYA01', self: 'https://api.pagerduty.invalid/users/PMAYA01', summary: 'Maya Lindqvist', type: 'user_reference' },
      client: null,
      data: {
        id: pagerdutyId, type: 'incident', self: `https://api.pagerduty.invalid/incidents/${pagerdutyId}`, html_url: `https://playground.pagerduty.invalid/incidents/${pagerdutyId}`,
        number: 4711, status: eventType === 'incident.triggered' ? 'triggered' : 'resolved', incident_key: `shop-${service}-slo`, created_at: last.since,
        title: `${service} ${symptom}`,
        service: { html_url: 'https://playground.pagerduty.invalid/services/PSHOP01', id: 'PSHOP01', self: 'https://api.pagerduty.invalid/services/PSHOP01', summary: service, type: 'service_reference' },
        assignees: [], escalation_policy: { html_url: 'https://playground.pagerduty.invalid/escalation_policies/PESC001', id: 'PESC001', self: 'https://api.pagerduty.invalid/escalation_policies/PESC001', summary: 'Shop on call', type: 'escalation_policy_reference' },
        teams: [], priority: { html_url: 'https://playground.pagerduty.invalid/priorities/P1', id: 'PPRIO01', self: 'https://api.pagerduty.invalid/priorities/PPRIO01', summary: 'P1', type: 'priority_reference' },
        urgency: 'high', conference_bridge: null, resolve_reason: null,
      },
    },
  });
  return post(`${productUrl}/webhooks/pagerduty`, body, {
    'x-pagerduty-signature': `v1=${createHmac('sha256', pagerdutySecret).update(body).digest('hex')}`,
    'x-webhook-id': randomUUID(),
  });
}

async function sendAlertmanager({ productUrl, alertmanagerToken, world }: AlertSettings, status: 'firing' | 'resolved'): Promise<number> {
  const { service, symptom, since } = subject(world(), status === 'firing');
  const labels = { alertname: 'ServiceObjectiveMissed', service, severity: 'critical', namespace: 'shop' };
  const body = JSON.stringify({
    version: '4', groupKey: `{}:{alertname="ServiceObjectiveMissed", service="${service}"}`, truncatedAlerts: 0, status, receiver: 'sre-agent',
    groupLabels: { alertname: labels.alertname, service }, commonLabels: labels,
    commonAnnotations: { summary: `${service} ${symptom}` }, externalURL: 'http://alertmanager.invalid:9093',
    alerts: [{
      status, labels, annotations: { summary: `${service} ${symptom}`, description: `The service objective of ${service} has been missed for two minutes.` },
      startsAt: since, endsAt: status === 'resolved' ? new Date().toISOString() : '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.invalid:9090/graph', fingerprint: Buffer.from(service.padEnd(8, '.')).toString('hex').slice(0, 16),
    }],
  });
  return post(`${productUrl}/webhooks/alertmanager`, body, { authorization: `Bearer ${alertmanagerToken}` });
}

async function post(url: string, body: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  await response.arrayBuffer();
  return response.status;
}

function newPagerDutyId(): string {
  return `Q${randomUUID().replaceAll('-', '').slice(0, 13).toUpperCase()}`;
}
