import { afterEach, describe, expect, test } from 'vitest';
import type { KnownBlock } from '@slack/types';
import { APPROVERS, BOT_USER, INCIDENTS, MAYA, OLIVER, TOMAS } from '../../../playground/workspace/people.ts';
import { eventually, found, person, startBench } from './support.ts';
import type { Bench, BenchOptions } from './support.ts';

let bench: Bench | undefined;
const start = async (options?: BenchOptions): Promise<Bench> => (bench = await startBench(options));
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const option = (value: string) => ({ text: { type: 'plain_text' as const, text: value }, value });
const card: KnownBlock[] = [
  { type: 'section', block_id: 'what', text: { type: 'mrkdwn', text: 'Create the index' }, accessory: { type: 'overflow', action_id: 'menu', options: [option('explain'), option('hide')] } },
  {
    type: 'actions',
    block_id: 'decide',
    elements: [
      { type: 'button', action_id: 'approve', style: 'primary', text: { type: 'plain_text', text: 'Approve' }, value: 'change-1:digest', confirm: { text: { type: 'plain_text', text: 'Sure?' } } },
      { type: 'static_select', action_id: 'pick', options: [option('one'), option('two')] },
    ],
  },
];
const press = (ts: string, extra: Record<string, string> = {}) => ({ container: { type: 'message' as const, channel: INCIDENTS, ts }, block_id: 'decide', action_id: 'approve', element: 'button', ...extra });

describe('a press on a button', () => {
  test('carries who, where and the stored value, whatever the page claims', async () => {
    const bodies: Record<string, unknown>[] = [];
    const { workspace, client } = await start({
      listen: (app) =>
        app.action('approve', async ({ ack, body }) => {
          bodies.push({ ...body });
          await ack();
        }),
    });
    const parent = await client.chat.postMessage({ channel: INCIDENTS, text: 'Incident' });
    const posted = await client.chat.postMessage({ channel: INCIDENTS, thread_ts: found(parent.ts), text: 'Approve?', blocks: card });
    expect(await person(workspace, TOMAS).act(press(found(posted.ts), { value: 'change-2:forged' }))).toEqual({ ok: true });
    expect(bodies).toMatchObject([
      {
        type: 'block_actions',
        user: { id: TOMAS, username: 'tomas', team_id: 'T0PLAYGRND' },
        api_app_id: 'A0SREAGENT',
        container: { type: 'message', message_ts: posted.ts, channel_id: INCIDENTS, is_ephemeral: false, thread_ts: parent.ts },
        channel: { id: INCIDENTS, name: 'incidents' },
        message: { ts: posted.ts, user: BOT_USER, thread_ts: parent.ts },
        actions: [{ type: 'button', block_id: 'decide', action_id: 'approve', value: 'change-1:digest', text: { text: 'Approve' } }],
      },
    ]);
    expect(bodies[0]).toHaveProperty('trigger_id');
    expect(bodies[0]).toHaveProperty('response_url');
  });

  test('answers through response_url: replaces the card, speaks to one person, deletes', async () => {
    const answers: Record<string, unknown>[] = [
      { text: 'only approvers may', response_type: 'ephemeral', replace_original: false },
      { text: 'Approved by Tomás', replace_original: true },
      { delete_original: true },
    ];
    const { workspace, client } = await start({
      listen: (app) =>
        app.action('approve', async ({ ack, respond }) => {
          await ack();
          await respond(found(answers.shift()));
        }),
    });
    const posted = found((await client.chat.postMessage({ channel: INCIDENTS, text: 'Approve?', blocks: card })).ts);
    const oliver = person(workspace, OLIVER);
    await oliver.act(press(posted));
    await eventually(async () => expect((await oliver.channel(INCIDENTS)).at(-1)).toMatchObject({ text: 'only approvers may', ephemeralFor: OLIVER }));
    const maya = person(workspace, MAYA);
    await person(workspace, TOMAS).act(press(posted));
    const replaced = await eventually(async () => found((await maya.channel(INCIDENTS)).find((message) => message.text === 'Approved by Tomás')));
    expect(replaced.ts).toBe(posted);
    expect(replaced.blocks).toBeUndefined();
    expect((await person(workspace, TOMAS).act(press(posted)))['error']).toContain('has changed');
    await client.chat.update({ channel: INCIDENTS, ts: posted, text: 'Again', blocks: card });
    await maya.act(press(posted));
    await eventually(async () => expect(await maya.channel(INCIDENTS)).toEqual([]));
  });

  test('on an ephemeral message can replace and delete it', async () => {
    let times = 0;
    const { workspace, client } = await start({
      listen: (app) =>
        app.action('approve', async ({ ack, respond, body }) => {
          await ack();
          times += 1;
          expect(body).not.toHaveProperty('message');
          await respond(times === 1 ? { replace_original: true, text: 'replaced', blocks: card } : { delete_original: true });
        }),
    });
    const maya = person(workspace, MAYA);
    const ts = found((await client.chat.postEphemeral({ channel: INCIDENTS, user: MAYA, text: 'Draft', blocks: card })).message_ts);
    expect((await person(workspace, OLIVER).act(press(ts)))['ok']).toBe(false);
    await maya.act(press(ts));
    await eventually(async () => expect(await maya.channel(INCIDENTS)).toMatchObject([{ ts, text: 'replaced' }]));
    await maya.act(press(ts));
    await eventually(async () => expect(await maya.channel(INCIDENTS)).toEqual([]));
  });

  test('that nobody acknowledges says so', async () => {
    const { workspace, client } = await start({ limits: { acknowledgement: 250 } });
    const posted = await client.chat.postMessage({ channel: INCIDENTS, text: 'Approve?', blocks: card });
    expect((await person(workspace, MAYA).act(press(found(posted.ts))))['error']).toContain('did not respond');
  });

  test('that does not exist is refused before the app hears of it', async () => {
    const { workspace, client } = await start();
    const posted = found((await client.chat.postMessage({ channel: INCIDENTS, text: 'Approve?', blocks: card })).ts);
    const maya = person(workspace, MAYA);
    expect((await maya.act({ ...press(posted), action_id: 'other' }))['ok']).toBe(false);
    expect((await maya.act({ ...press(posted), element: 'overflow' }))['ok']).toBe(false);
    expect((await maya.act({ ...press('1.000001') }))['ok']).toBe(false);
  });
});

test('menus and selects send the option as the app wrote it, and no other', async () => {
  const taken: unknown[] = [];
  const { workspace, client } = await start({
    listen: (app) =>
      app.action(/menu|pick/, async ({ ack, action }) => {
        taken.push((action as { selected_option?: unknown }).selected_option);
        await ack();
      }),
  });
  const ts = found((await client.chat.postMessage({ channel: INCIDENTS, text: 'Approve?', blocks: card })).ts);
  const maya = person(workspace, MAYA);
  const container = { type: 'message' as const, channel: INCIDENTS, ts };
  expect(await maya.act({ container, block_id: 'what', action_id: 'menu', element: 'overflow', selected_option: { text: 'x', value: 'hide' } })).toEqual({ ok: true });
  expect(await maya.act({ container, block_id: 'decide', action_id: 'pick', element: 'static_select', value: 'two' })).toEqual({ ok: true });
  expect((await maya.act({ container, block_id: 'decide', action_id: 'pick', element: 'static_select', value: 'three' }))['ok']).toBe(false);
  expect(taken).toEqual([option('hide'), option('two')]);
});

describe('a response_url', () => {
  async function responseUrl(options: BenchOptions = {}): Promise<string> {
    const urls: string[] = [];
    const { workspace } = await start({
      ...options,
      listen: (app) =>
        app.command('/sre', async ({ ack, command }) => {
          urls.push(command.response_url);
          await ack();
        }),
    });
    await person(workspace, MAYA).say(INCIDENTS, '/sre');
    return found(urls[0]);
  }
  const answer = (url: string, body: unknown): Promise<Response> => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  test('works five times', async () => {
    const url = await responseUrl();
    for (let use = 0; use < 5; use += 1) expect((await answer(url, { text: `use ${use}` })).status).toBe(200);
    const sixth = await answer(url, { text: 'once more' });
    expect([sixth.status, await sixth.json()]).toEqual([404, { ok: false, error: 'used_url' }]);
  });

  test('expires', async () => {
    const late = await answer(await responseUrl({ limits: { responseUrlLifetime: -1 } }), { text: 'late' });
    expect([late.status, await late.json()]).toEqual([404, { ok: false, error: 'expired_url' }]);
  });

  test('checks blocks like any message, and can speak in the channel', async () => {
    const url = await responseUrl();
    const refused = await answer(url, { blocks: [{ type: 'nonsense' }] });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: 'invalid_blocks' }]);
    await answer(url, { text: 'hello all', response_type: 'in_channel' });
    expect(await person(found(bench).workspace, OLIVER).channel(INCIDENTS)).toMatchObject([{ text: 'hello all', user: BOT_USER }]);
  });
});

describe('signatures', () => {
  test('are what Bolt accepts, and Bolt refuses a tampered body', async () => {
    const { createHmac } = await import('node:crypto');
    const { requestUrl, workspace } = await start({ listen: (app) => app.action('approve', async ({ ack }) => ack()) });
    const forged = await workspace.sendInteraction({ type: 'block_actions', team: { id: 'T0PLAYGRND' }, user: { id: OLIVER }, actions: [{ type: 'button', action_id: 'approve', block_id: 'x', action_ts: '1' }] });
    expect(forged).toMatchObject({ outcome: 'answered', status: 200 });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = `v0=${createHmac('sha256', 'the-signing-secret-of-the-tests').update(`v0:${timestamp}:command=%2Fsre`).digest('hex')}`;
    const tampered = await fetch(requestUrl, {
      method: 'POST',
      body: 'command=%2Fsre&user_id=U0TOMAS001',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature },
    });
    expect(tampered.status).toBe(401);
  });
});

test('the approvers are who the user group says', async () => {
  const { client } = await start();
  expect((await client.usergroups.users.list({ usergroup: APPROVERS.id })).users).toEqual([...APPROVERS.users]);
});
