import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alertmanagerToken, pagerdutySecret, startSlackWorld, troubles } from '../support/slack-world.ts';
import type { SlackWorld } from '../support/slack-world.ts';

type Json = Record<string, unknown>;

let world: SlackWorld;
beforeAll(async () => {
  world = await startSlackWorld();
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => {
  world.lines.length = 0;
});

let counter = 0;

/** A PagerDuty fixture as it happens now, of an incident of its own. */
async function pagerdutyEvent(name: string, { key, id = `event-${(counter += 1)}`, at = new Date().toISOString() }: { key: string; id?: string; at?: string }): Promise<string> {
  const payload = JSON.parse(await readFile(new URL(`../fixtures/pagerduty/${name}.json`, import.meta.url), 'utf8')) as { event: { id: string; occurred_at: string; data: Json } };
  payload.event.id = id;
  payload.event.occurred_at = at;
  payload.event.data['incident_key'] = key;
  return JSON.stringify(payload);
}

async function alertmanagerGroup(status: 'firing' | 'resolved', name: string): Promise<string> {
  return (await readFile(new URL(`../fixtures/alertmanager/${status}.json`, import.meta.url), 'utf8')).replaceAll('CheckoutErrorRate', name);
}

function signed(body: string, secret = pagerdutySecret): Record<string, string> {
  return { 'x-pagerduty-signature': `v1=${createHmac('sha256', secret).update(body).digest('hex')}` };
}

async function send(source: 'pagerduty' | 'alertmanager', body: string, headers: Record<string, string>): Promise<{ status: number; answer: Json }> {
  const response = await fetch(`${world.url}/webhooks/${source}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  return { status: response.status, answer: (await response.json()) as Json };
}

const bearer = { authorization: `Bearer ${alertmanagerToken}` };

async function typesOf(incident: unknown): Promise<string[]> {
  return (await world.store.timeline.read(String(incident))).map(({ event }) => event.type);
}

function incidentsIn(answer: Json): { incident: string; outcome: string }[] {
  return answer['incidents'] as { incident: string; outcome: string }[];
}

describe('PagerDuty', () => {
  test('triggered opens, the same again joins, resolved is noted, sent again nothing happens', async () => {
    const key = 'whole-life';
    const first = await send('pagerduty', await pagerdutyEvent('incident.triggered', { key }), signed(await pagerdutyEvent('incident.triggered', { key })));
    expect(first.status).toBe(401); // another body than was signed
    const body = await pagerdutyEvent('incident.triggered', { key });
    const opened = await send('pagerduty', body, signed(body));
    expect(opened).toMatchObject({ status: 202, answer: { ok: true, incidents: [{ outcome: 'opened' }] } });
    const { incident } = incidentsIn(opened.answer)[0]!;
    expect(await world.store.incidents.get(incident)).toMatchObject({ channel: 'C0SHOPALRT', title: 'checkout p95 latency above 2 s for 5 minutes', severity: 'critical' });
    const again = await pagerdutyEvent('incident.triggered', { key });
    expect((await send('pagerduty', again, signed(again))).answer).toMatchObject({ incidents: [{ incident, outcome: 'joined' }] });
    expect((await send('pagerduty', again, signed(again))).answer).toMatchObject({ incidents: [{ incident, outcome: 'duplicate' }] });
    const resolved = await pagerdutyEvent('incident.resolved', { key });
    expect((await send('pagerduty', resolved, signed(resolved))).answer).toMatchObject({ incidents: [{ incident, outcome: 'resolved' }] });
    expect(await typesOf(incident)).toEqual(['incident.opened', 'alert.joined', 'alert.resolved']);
  });

  test('many deliveries at once give one incident', async () => {
    const bodies = await Promise.all(Array.from({ length: 8 }, () => pagerdutyEvent('incident.triggered', { key: 'at-once' })));
    const answers = await Promise.all(bodies.map((body) => send('pagerduty', body, signed(body))));
    expect(new Set(answers.flatMap(({ answer }) => incidentsIn(answer).map(({ incident }) => incident))).size).toBe(1);
    expect(answers.flatMap(({ answer }) => incidentsIn(answer)).filter(({ outcome }) => outcome === 'opened')).toHaveLength(1);
  });

  test('a delivery that failed after it was seen is not lost when it is sent again', async () => {
    const body = await pagerdutyEvent('incident.triggered', { key: 'cut-off', id: 'cut-off-event' });
    expect(await world.store.firstSight('pagerduty:cut-off-event')).toBe(true);
    expect((await send('pagerduty', body, signed(body))).answer).toMatchObject({ incidents: [{ outcome: 'opened' }] });
  });

  test('other events and pings are taken and ignored', async () => {
    for (const name of ['incident.acknowledged', 'pagey.ping']) {
      const body = await pagerdutyEvent(name, { key: 'ignored' });
      expect(await send('pagerduty', body, signed(body))).toMatchObject({ status: 202, answer: { ignored: name } });
    }
  });

  test('one of several signatures is enough while a secret is rotated', async () => {
    const body = await pagerdutyEvent('pagey.ping', { key: 'x' });
    const headers = { 'x-pagerduty-signature': `${signed(body, 'the old one')['x-pagerduty-signature']}, ${signed(body)['x-pagerduty-signature']}` };
    expect((await send('pagerduty', body, headers)).status).toBe(202);
  });

  test.each([
    ['unsigned', {}],
    ['signed with another secret', signed('{}', 'guessed')],
    ['a signature of another version', { 'x-pagerduty-signature': 'v0=00' }],
    ['an empty signature', { 'x-pagerduty-signature': '' }],
  ])('%s: 401 and one log line', async (_, headers) => {
    expect((await send('pagerduty', '{}', headers)).status).toBe(401);
    expect(troubles(world.lines)).toMatchObject([{ level: 'warn', msg: 'a webhook was refused', source: 'pagerduty' }]);
  });

  test('stale: 401 and one log line', async () => {
    const body = await pagerdutyEvent('incident.triggered', { key: 'stale', at: new Date(Date.now() - 25 * 60 * 60 * 1000).toISOString() });
    expect(await send('pagerduty', body, signed(body))).toMatchObject({ status: 401, answer: { message: expect.stringContaining('stale') } });
    expect(troubles(world.lines)).toHaveLength(1);
  });

  test('malformed: 400 with the field, kept as a dead letter', async () => {
    const payload = JSON.parse(await pagerdutyEvent('incident.triggered', { key: 'malformed' })) as { event: { data: Json } };
    delete payload.event.data['title'];
    const body = JSON.stringify(payload);
    expect(await send('pagerduty', body, signed(body))).toMatchObject({ status: 400, answer: { error: 'malformed', field: 'event.data.title' } });
    expect((await world.store.deadLetters.list(1))[0]).toMatchObject({ source: 'pagerduty', reason: expect.stringContaining('event.data.title'), body });
    expect(await send('pagerduty', 'not json', signed('not json'))).toMatchObject({ status: 400, answer: { field: 'body' } });
  });
});

describe('Alertmanager', () => {
  test('a group of one trouble is one incident, and its end is noted', async () => {
    const firing = await send('alertmanager', await alertmanagerGroup('firing', 'GroupOfOne'), bearer);
    expect(firing.status).toBe(202);
    const [one, two] = incidentsIn(firing.answer);
    expect([one?.outcome, two?.outcome]).toEqual(['opened', 'joined']);
    expect(two?.incident).toBe(one?.incident);
    expect(await world.store.incidents.get(one!.incident)).toMatchObject({ title: 'checkout returns 5xx', severity: 'critical', channel: 'C0SHOPALRT' });
    await send('alertmanager', await alertmanagerGroup('resolved', 'GroupOfOne'), bearer);
    expect(await typesOf(one!.incident)).toEqual(['incident.opened', 'alert.joined', 'alert.resolved', 'alert.resolved']);
  });

  test('an end of something unknown is taken without an incident', async () => {
    expect((await send('alertmanager', await alertmanagerGroup('resolved', 'NeverFired'), bearer)).answer).toMatchObject({ ok: true, incidents: [] });
  });

  test.each([['no token', {}], ['another token', { authorization: 'Bearer guessed' }], ['the token without its scheme', { authorization: alertmanagerToken }]])('%s: 401 and one log line', async (_, headers) => {
    expect((await send('alertmanager', '{}', headers as Record<string, string>)).status).toBe(401);
    expect(troubles(world.lines)).toHaveLength(1);
  });

  test('malformed: 400 with the field', async () => {
    const body = (await alertmanagerGroup('firing', 'Malformed')).replace('"2026-11-22T12:00:15.482Z"', '"yesterday"');
    expect(await send('alertmanager', body, bearer)).toMatchObject({ status: 400, answer: { field: 'alerts.0.startsAt' } });
    expect(await send('alertmanager', '{"version":"3"}', bearer)).toMatchObject({ status: 400, answer: { field: 'version' } });
    expect(await send('alertmanager', '[]', bearer)).toMatchObject({ status: 400, answer: { field: 'body' } });
  });
});

describe('the HTTP side', () => {
  test('a body over 1 MB is refused', async () => {
    const body = JSON.stringify({ filler: 'x'.repeat(1_200_000) });
    const status = await send('alertmanager', body, bearer).then((answer) => answer.status, () => 'cut off');
    expect([413, 'cut off']).toContain(status);
  });

  test('a request that ends early harms nobody', async () => {
    await new Promise<void>((resolve) => {
      const broken = httpRequest(`${world.url}/webhooks/alertmanager`, { method: 'POST', headers: { ...bearer, 'content-length': 100 } });
      broken.once('error', () => resolve());
      broken.write('{', () => broken.destroy(new Error('gone')));
    });
    expect((await send('alertmanager', await alertmanagerGroup('resolved', 'StillHere'), bearer)).status).toBe(202);
  });
});
