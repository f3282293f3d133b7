/** The page's buttons that send webhooks, as PagerDuty and Alertmanager send them. */
import type { World } from './workspace/page-api.ts';
import type { AlertSender } from './workspace/world-provider.ts';
import { newPagerDutyId, postAlertmanager, postPagerDuty } from './webhooks.ts';

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

function sendPagerDuty({ productUrl, pagerdutySecret, world }: AlertSettings, eventType: 'incident.triggered' | 'incident.resolved'): Promise<number> {
  const { service, symptom, pagerdutyId, since } = subject(world(), eventType === 'incident.triggered');
  return postPagerDuty({ url: productUrl, secret: pagerdutySecret }, eventType, { id: pagerdutyId, title: `${service} ${symptom}`, service, createdAt: since });
}

function sendAlertmanager({ productUrl, alertmanagerToken, world }: AlertSettings, status: 'firing' | 'resolved'): Promise<number> {
  const { service, symptom, since } = subject(world(), status === 'firing');
  return postAlertmanager({ url: productUrl, token: alertmanagerToken }, status, {
    labels: { alertname: 'ServiceObjectiveMissed', service, severity: 'critical', namespace: 'shop' },
    summary: `${service} ${symptom}`, description: `The service objective of ${service} has been missed for two minutes.`, startsAt: since,
  });
}
