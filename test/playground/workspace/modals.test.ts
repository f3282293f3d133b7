import { afterEach, describe, expect, test } from 'vitest';
import type { ModalView } from '@slack/types';
import { INCIDENTS, MAYA, TOMAS } from '../../../playground/workspace/people.ts';
import { codeOf, complaintsOf, eventually, found, person, startBench } from './support.ts';
import type { Bench, BenchOptions } from './support.ts';

let bench: Bench | undefined;
const start = async (options?: BenchOptions): Promise<Bench> => (bench = await startBench(options));
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const modal = (title: string, extra: Partial<ModalView> = {}): ModalView => ({
  type: 'modal',
  callback_id: 'investigate',
  title: { type: 'plain_text', text: title },
  submit: { type: 'plain_text', text: 'Go' },
  private_metadata: 'kept',
  blocks: [
    { type: 'input', block_id: 'what', label: { type: 'plain_text', text: 'What is wrong?' }, element: { type: 'plain_text_input', action_id: 'text', multiline: true, max_length: 100 } },
    {
      type: 'input',
      block_id: 'where',
      optional: true,
      label: { type: 'plain_text', text: 'Where?' },
      element: { type: 'static_select', action_id: 'service', options: ['checkout', 'catalog'].map((value) => ({ text: { type: 'plain_text', text: value }, value })) },
    },
  ],
  ...extra,
});

const opens = (app: Bench['app'], view: ModalView): void => {
  app.command('/sre', async ({ ack, client, command }) => {
    await ack();
    await client.views.open({ trigger_id: command.trigger_id, view });
  });
};

async function openedFor(workspace: Bench['workspace'], user: string): Promise<{ id: string; view: Record<string, unknown> }> {
  await person(workspace, user).say(INCIDENTS, '/sre investigate');
  return eventually(async () => found((await person(workspace, user).views()).at(-1)));
}

describe('a modal', () => {
  test('opens for the person, asks again on errors, and closes when it is taken', async () => {
    const submitted: Record<string, unknown>[] = [];
    const { workspace } = await start({
      listen: (app) => {
        opens(app, modal('Investigate'));
        app.view('investigate', async ({ ack, view, body }) => {
          submitted.push({ values: view.state.values, metadata: view.private_metadata, user: body.user.id });
          if (view.state.values['what']?.['text']?.value === 'no') await ack({ response_action: 'errors', errors: { what: 'Say more.' } });
          else await ack();
        });
      },
    });
    const maya = person(workspace, MAYA);
    const { id } = await openedFor(workspace, MAYA);
    expect(await person(workspace, TOMAS).views()).toEqual([]);
    expect((await person(workspace, TOMAS).submit(id, {}))['ok']).toBe(false);
    expect(await maya.submit(id, {})).toEqual({ ok: false, errors: { what: 'Please complete this required field.' } });
    expect(await maya.submit(id, { what: { text: { type: 'plain_text_input', value: 'x'.repeat(101) } } })).toEqual({ ok: false, errors: { what: 'Please enter no more than 100 characters.' } });
    expect(submitted).toEqual([]);
    expect(await maya.submit(id, { what: { text: { value: 'no' } } })).toEqual({ ok: false, errors: { what: 'Say more.' } });
    expect(await maya.views()).toHaveLength(1);
    expect(await maya.submit(id, { what: { text: { value: 'slow' } }, where: { service: { selected_option: { text: {}, value: 'checkout' } } } })).toEqual({ ok: true });
    expect(await maya.views()).toEqual([]);
    expect(submitted.at(-1)).toEqual({
      user: MAYA,
      metadata: 'kept',
      values: {
        what: { text: { type: 'plain_text_input', value: 'slow' } },
        where: { service: { type: 'static_select', selected_option: { text: { type: 'plain_text', text: 'checkout' }, value: 'checkout' } } },
      },
    });
  });

  test('can be updated and pushed by its submission, and cleared', async () => {
    let step = 0;
    const { workspace } = await start({
      listen: (app) => {
        opens(app, modal('First'));
        app.view('investigate', async ({ ack }) => {
          step += 1;
          if (step === 1) await ack({ response_action: 'update', view: modal('Second') });
          else if (step === 2) await ack({ response_action: 'push', view: modal('Third') });
          else await ack({ response_action: 'clear' });
        });
      },
    });
    const maya = person(workspace, MAYA);
    const first = await openedFor(workspace, MAYA);
    const values = { what: { text: { value: 'slow' } } };
    await maya.submit(first.id, values);
    expect((await maya.views()).map((view) => view.view['title'])).toMatchObject([{ text: 'Second' }]);
    await maya.submit(first.id, values);
    const [second, third] = await maya.views();
    expect([second?.view['title'], third?.view['title']]).toMatchObject([{ text: 'Second' }, { text: 'Third' }]);
    expect(third?.view).toMatchObject({ root_view_id: first.id, previous_view_id: first.id });
    await maya.submit(found(third).id, values);
    expect(await maya.views()).toEqual([]);
  });

  test.each([
    ['nobody acknowledges', false],
    ['the answer is not one', true],
  ])('says that there was trouble when %s', async (_name, answers) => {
    const { workspace, warnings } = await start({
      ...(!answers && { limits: { acknowledgement: 250 } }),
      listen: (app) => {
        opens(app, modal('Investigate'));
        app.view('investigate', async ({ ack }) => {
          if (answers) await ack({ response_action: 'errors', errors: { nothing: 'is called so' } });
        });
      },
    });
    const maya = person(workspace, MAYA);
    const { id } = await openedFor(workspace, MAYA);
    const values = { what: { text: { value: 'slow' } } };
    expect(await maya.submit(id, values)).toEqual({ ok: false, error: 'We had some trouble connecting. Try again?' });
    expect(warnings.join().includes('errors must name input blocks')).toBe(answers);
    expect(await maya.views()).toHaveLength(1);
  });

  test('tells the app when it is closed, if it wants to know', async () => {
    const closed: unknown[] = [];
    const { workspace } = await start({
      listen: (app) => {
        opens(app, modal('Investigate', { notify_on_close: true }));
        app.view({ callback_id: 'investigate', type: 'view_closed' }, async ({ ack, body }) => {
          closed.push([body.user.id, 'is_cleared' in body && body.is_cleared]);
          await ack();
        });
      },
    });
    const { id } = await openedFor(workspace, MAYA);
    expect(await person(workspace, MAYA).closeView(id)).toEqual({ ok: true });
    expect(closed).toEqual([[MAYA, false]]);
    expect(await person(workspace, MAYA).views()).toEqual([]);
  });
});

describe('views.*', () => {
  async function triggerFor(options: BenchOptions = {}): Promise<{ trigger: string; bench: Bench }> {
    const triggers: string[] = [];
    const started = await start({
      ...options,
      listen: (app) =>
        app.command('/sre', async ({ ack, command }) => {
          triggers.push(command.trigger_id);
          await ack();
        }),
    });
    await person(started.workspace, MAYA).say(INCIDENTS, '/sre');
    return { trigger: found(triggers[0]), bench: started };
  }

  test('take a trigger once, in time, and only a real one', async () => {
    const { trigger, bench: { client } } = await triggerFor();
    expect(await codeOf(client.views.open({ trigger_id: 'made.up.trigger', view: modal('A') }))).toBe('invalid_trigger_id');
    expect(await codeOf(client.views.open({ trigger_id: trigger, view: modal('A') }))).toBe('ok');
    expect(await codeOf(client.views.open({ trigger_id: trigger, view: modal('A') }))).toBe('exchanged_trigger_id');
  });

  test('refuse a trigger that is too old', async () => {
    const { trigger, bench: { client } } = await triggerFor({ limits: { triggerLifetime: -1 } });
    expect(await codeOf(client.views.open({ trigger_id: trigger, view: modal('A') }))).toBe('expired_trigger_id');
  });

  test('update by id, external id and hash; stack at most three', async () => {
    const actions: string[] = [];
    const view = modal('Investigate', { external_id: 'mine', blocks: [{ type: 'actions', block_id: 'more', elements: [{ type: 'button', action_id: 'push', text: { type: 'plain_text', text: 'More' }, value: 'v' }] }] });
    const { workspace, client } = await start({
      listen: (app) => {
        opens(app, view);
        app.action('push', async ({ ack, body }) => {
          await ack();
          actions.push((body as { trigger_id: string }).trigger_id);
        });
      },
    });
    const maya = person(workspace, MAYA);
    const { id, view: opened } = await openedFor(workspace, MAYA);
    expect(await codeOf(client.views.update({ view_id: 'V0NOTHING0', view: modal('B') }))).toBe('not_found');
    expect(await codeOf(client.views.update({ external_id: 'mine', hash: '1.aa', view }))).toBe('hash_conflict');
    const updated = await client.views.update({ external_id: 'mine', hash: String(opened['hash']), view });
    expect(updated.view?.id).toBe(id);
    expect(await codeOf(client.views.update({ view_id: id, hash: String(opened['hash']), view }))).toBe('hash_conflict');
    for (const expected of ['ok', 'ok', 'push_limit_reached']) {
      expect(await maya.act({ container: { type: 'view', view_id: id }, block_id: 'more', action_id: 'push', element: 'button' })).toEqual({ ok: true });
      const trigger = await eventually(() => found(actions.shift()));
      expect(await codeOf(client.views.push({ trigger_id: trigger, view: modal('Above') }))).toBe(expected);
    }
    expect(await maya.views()).toHaveLength(3);
  });

  test('name what is wrong with a view', async () => {
    const { client } = await start();
    const open = (view: unknown): Promise<unknown> => client.views.open({ trigger_id: 'x', view: view as ModalView });
    expect(await codeOf(open({ ...modal('A'), title: { type: 'plain_text', text: 'x'.repeat(25) } }))).toBe('invalid_arguments');
    expect(await complaintsOf(open({ ...modal('A'), title: { type: 'plain_text', text: 'x'.repeat(25) } }))).toEqual(['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]']);
    expect(await complaintsOf(open({ ...modal('A'), private_metadata: 'x'.repeat(3001) }))).toEqual(['[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]']);
    expect(await complaintsOf(open({ ...modal('A'), blocks: Array.from({ length: 101 }, () => ({ type: 'divider' })) }))).toEqual(['[ERROR] no more than 100 items allowed [json-pointer:/view/blocks]']);
    const { submit: _submit, ...withoutSubmit } = modal('A');
    expect(await complaintsOf(open(withoutSubmit))).toEqual(['[ERROR] missing required field: submit [json-pointer:/view]']);
    const sections = Array.from({ length: 100 }, () => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(2900) } }));
    expect(await codeOf(open({ ...modal('A'), blocks: sections }))).toBe('view_too_large');
  });

  test('publish a Home tab that the person can open', async () => {
    const opened: unknown[] = [];
    const { workspace, client } = await start({ listen: (app) => app.event('app_home_opened', async ({ event }) => void opened.push(event.user)) });
    await person(workspace, MAYA).post('/page/home', {});
    await eventually(() => expect(opened).toEqual([MAYA]));
    await client.views.publish({ user_id: MAYA, view: { type: 'home', blocks: [{ type: 'divider' }] } });
    expect(await person(workspace, MAYA).get('/page/home')).toMatchObject({ view: { view: { type: 'home', blocks: [{ type: 'divider' }] } } });
  });
});
