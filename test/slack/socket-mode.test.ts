/** Socket Mode: no public address, the same listeners; health and webhooks still over HTTP. */
import { afterEach, expect, test } from 'vitest';
import { createDesk } from '../../src/incident/create-desk.ts';
import { createSlackApp } from '../../src/slack/app.ts';
import type { SlackApp } from '../../src/slack/app.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { startSocketSlack } from '../support/socket-slack.ts';
import { createTestStore } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';
import { noOffers } from '../support/desk.ts';

const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

test('a slash command over the socket is acknowledged and opens an incident; nothing takes Slack requests over HTTP', async () => {
  const slack = await startSocketSlack();
  closings.push(slack.close);
  const { store, close } = await createTestStore();
  closings.push(close);
  const queued: string[] = [];
  const desk = createDesk({ ...noOffers,
    store,
    queue: { add: async (name) => void queued.push(name), work: async () => undefined, depth: async () => ({ waiting: 0, active: 0 }), close: async () => undefined },
    decide: async () => ({ outcome: 'approved' }),
  });
  const app: SlackApp = createSlackApp({
    config: { botToken: 'xoxb-socket', appToken: 'xapp-socket', apiUrl: slack.apiUrl, host: '127.0.0.1', port: 0 }, desk, store, log: silentLogger,
    customRoutes: [{ path: '/healthz', method: 'GET', handler: (_request, response) => void response.end('alive') }],
  });
  const { port } = await app.start();
  closings.push(() => app.stop());
  await waitFor('the socket', async () => slack.connections() > 0);
  expect(slack.calls).toContainEqual({ method: 'apps.connections.open', token: 'xapp-socket' });
  expect(slack.calls).toContainEqual({ method: 'auth.test', token: 'xoxb-socket' });

  slack.send({
    envelope_id: 'envelope-1', type: 'slash_commands', accepts_response_payload: true,
    payload: {
      token: 't', team_id: 'T0TEAM', team_domain: 'team', channel_id: 'C0INCIDENT', channel_name: 'incidents', user_id: 'U0MAYA0001', user_name: 'maya',
      command: '/sre', text: 'investigate checkout is slow', api_app_id: 'A0APP', is_enterprise_install: 'false', response_url: `${slack.apiUrl}response`, trigger_id: '1.2.3',
    },
  });
  await waitFor('the acknowledgement', async () => slack.received.some((one) => one.envelope_id === 'envelope-1'));
  const [incident] = await waitFor('the incident', async () => {
    const found = await store.incidents.list({ limit: 5 });
    return found.length > 0 ? found : undefined;
  });
  expect(incident).toMatchObject({ title: 'checkout is slow', channel: 'C0INCIDENT', requestedBy: 'U0MAYA0001' });
  await waitFor('the job', async () => queued.includes('investigations'));

  expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe('alive');
  expect((await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', body: 'command=%2Fsre' })).status).toBe(404);
});
