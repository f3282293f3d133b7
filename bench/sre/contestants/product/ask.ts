/** How the product is told: as people and monitors tell it. */
import type { Ask } from '../../../../playground/scenarios/scenario.ts';
import { newPagerDutyId, postAlertmanager, postPagerDuty } from '../../../../playground/webhooks.ts';
import type { PageClient } from '../../../../playground/workspace/client.ts';
import { INCIDENTS, MAYA } from '../../../../playground/workspace/people.ts';

export interface Doors {
  page: PageClient;
  productUrl: string;
  pagerdutySecret: string;
  alertmanagerToken: string;
  namespace: string;
}

/** Throws when the product does not take it. */
export async function tellProduct(ask: Ask, doors: Doors): Promise<void> {
  const { productUrl: url } = doors;
  const now = new Date().toISOString();
  if (ask.by === 'person') return doors.page.say(MAYA, INCIDENTS, `/sre investigate ${ask.text}`);
  const status = ask.by === 'pagerduty'
    ? await postPagerDuty({ url, secret: doors.pagerdutySecret }, 'incident.triggered', { id: newPagerDutyId(), title: ask.title, service: ask.service, createdAt: now })
    : await postAlertmanager({ url, token: doors.alertmanagerToken }, 'firing', {
        labels: { alertname: ask.alertname, severity: ask.severity, namespace: doors.namespace, ...ask.labels },
        summary: ask.summary, description: ask.description, startsAt: now,
      });
  if (status < 200 || status > 299) throw new Error(`The product answered the webhook with ${status}.`);
}
