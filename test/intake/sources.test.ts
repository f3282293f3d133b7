import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { alertmanager } from '../../src/intake/alertmanager.ts';
import { fingerprintOf, labelParts } from '../../src/intake/fingerprint.ts';
import { pagerduty } from '../../src/intake/pagerduty.ts';
import { messageWords, plainWords, slackAlert } from '../../src/intake/slack.ts';
import { createWebhookRoutes } from '../../src/intake/webhooks.ts';
import { silentLogger } from '../../src/telemetry/log.ts';

async function fixture(name: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
}

describe('what a source says becomes an alert', () => {
  test('PagerDuty', async () => {
    const delivery = pagerduty('s').parse(await fixture('pagerduty/incident.triggered'));
    expect(delivery).toMatchObject({ id: '01F0Q2JX7T8B4R9ZK3M5N6P7Q8', alerts: [{ source: 'pagerduty', status: 'firing', severity: 'critical', service: 'checkout', url: 'https://shop.pagerduty.com/incidents/Q0R7K8W5ZT1ABC', startedAt: '2026-11-22T12:00:02Z', labels: { urgency: 'high', priority: 'P1' } }] });
    const resolved = pagerduty('s').parse(await fixture('pagerduty/incident.resolved'));
    expect(resolved.alerts[0]).toMatchObject({ status: 'resolved', fingerprint: delivery.alerts[0]!.fingerprint });
  });

  test('Alertmanager: pods of one service have one fingerprint', async () => {
    const { alerts } = alertmanager('t').parse(await fixture('alertmanager/firing'));
    expect(alerts).toMatchObject([{ title: 'checkout returns 5xx', service: 'checkout', severity: 'critical', status: 'firing' }, {}]);
    expect(new Set(alerts.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(alertmanager('t').parse(await fixture('alertmanager/resolved')).alerts[0]!.fingerprint).toBe(alerts[0]!.fingerprint);
  });

  test('whatever else arrives is a ZodError or alerts, never another throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (payload, wrapped) => {
        for (const source of [pagerduty('s'), alertmanager('t')]) {
          expect(outcomeOf(() => source.parse(wrapped ? { event: payload, version: '4', alerts: payload } : payload))).toMatch(/^(alerts|ZodError)$/);
        }
      }),
    );
  });
});

describe('what a person says becomes an alert', () => {
  test('Slack\'s own notation becomes plain words', () => {
    expect(plainWords('<@U1|ann> says <#C1|general> &lt;b&gt; <https://x.example/a|the graph> <!channel> <!subteam^S1|@sre> <https://y.example>')).toBe('@ann says #general <b> the graph (https://x.example/a) @channel @sre https://y.example');
  });

  test('the same words in the same channel are the same problem', () => {
    const of = (text: string, channel = 'C1') => slackAlert({ text, channel }).fingerprint;
    expect(of('checkout  is slow')).toBe(of(' Checkout is SLOW '));
    expect(of('checkout is slow')).not.toBe(of('checkout is slow', 'C2'));
    expect(of('checkout is slow')).not.toBe(of('payments is slow'));
  });

  test('a long text keeps its words and gets a short title', () => {
    const alert = slackAlert({ text: `${'👩‍👩‍👧‍👦 שלום '.repeat(3000)}\nsecond`, channel: 'C1', where: 'checkout' });
    expect(alert.title.startsWith('checkout: ')).toBe(true);
    expect([...alert.title].length).toBeLessThanOrEqual(140);
    expect(alert.title).not.toMatch(/\p{Surrogate}/u);
    expect(alert).toMatchObject({ service: 'checkout', severity: 'warning', status: 'firing', source: 'slack' });
  });

  test('a message without text speaks through its attachments', async () => {
    const message = await fixture('slack/alert-message');
    expect(messageWords(message)).toContain('[FIRING:1] HighLatency checkout');
    expect(messageWords(message)).toContain('service = checkout');
    expect(messageWords({ text: 'own words', attachments: [{ text: 'others' }] })).toBe('own words');
    fc.assert(fc.property(fc.anything(), (anything) => void expect(typeof messageWords(anything)).toBe('string')));
  });
});

describe('fingerprints', () => {
  test('do not depend on the order of labels, and parts do not run into each other', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (labels) => {
        const turned = Object.fromEntries(Object.entries(labels).toReversed());
        expect(labelParts(turned)).toEqual(labelParts(labels));
      }),
    );
    expect(fingerprintOf('x', ['ab', 'c'])).not.toBe(fingerprintOf('x', ['a', 'bc']));
  });
});

test('a source that is not set up says so', async () => {
  const routes = createWebhookRoutes({ desk: {} as never, store: {} as never, log: silentLogger, config: { channel: 'C1' } });
  for (const { handler } of routes) {
    const answer = await new Promise<{ status: number; body: string }>((resolve) => {
      const response = { headersSent: false, destroyed: false, status: 0, writeHead: (status: number) => void (response.status = status), end: (body: string) => resolve({ status: response.status, body }) };
      handler({ headers: {} } as never, response as never);
    });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatch(/set (PAGERDUTY_WEBHOOK_SECRET|ALERTMANAGER_TOKEN)/);
  }
});

function outcomeOf(parse: () => { alerts: unknown[] }): string {
  try {
    return Array.isArray(parse().alerts) ? 'alerts' : 'something else';
  } catch (error) {
    return error instanceof z.ZodError ? 'ZodError' : String(error);
  }
}
