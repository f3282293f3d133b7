/** Who gets in: names, origins, paths; and what the world's buttons do. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import type { World } from '../../../playground/workspace/page-api.ts';
import { BOT_USER, GENERAL, MAYA } from '../../../playground/workspace/people.ts';
import { NotLoopbackError } from '../../../playground/workspace/server.ts';
import type { Workspace } from '../../../playground/workspace/server.ts';
import { toMessageText } from '../../../playground/workspace/text.ts';
import { eventually, listen, person, startOnly } from './support.ts';

let workspace: Workspace | undefined;
afterEach(() => workspace?.close());
const start = async (...options: Parameters<typeof startOnly>): Promise<Workspace> => (workspace = (await startOnly(...options)).workspace);

function raw(url: string, method: string, path: string, headers: Record<string, string>, body = ''): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('the doors', () => {
  test('open for localhost, not for a name that merely leads here', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    const status = async (host: string): Promise<number> => (await raw(url, 'GET', '/page/bootstrap', { host })).status;
    expect(await status(`localhost:${port}`)).toBe(200);
    expect(await status(`127.0.0.1:${port}`)).toBe(200);
    expect(await status(`evil.test:${port}`)).toBe(403);
    expect(await status(`localhost.evil.test:${port}`)).toBe(403);
  });

  test('stay shut for other sites', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    const say = async (headers: Record<string, string>): Promise<number> =>
      (await raw(url, 'POST', '/page/messages', { 'content-type': 'application/json', ...headers }, JSON.stringify({ user: MAYA, channel: GENERAL, text: 'hi' }))).status;
    expect(await say({ origin: `http://localhost:${port}` })).toBe(200);
    expect(await say({ origin: 'https://evil.test' })).toBe(403);
    expect(await say({ origin: 'http://localhost:1' })).toBe(403);
    expect(await say({ origin: 'null' })).toBe(403);
    expect(await say({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await say({ 'content-type': 'text/plain' })).toBe(415);
    expect((await raw(url, 'POST', '/api/api.test', { origin: 'https://evil.test' })).status).toBe(403);
    expect(workspace?.messages(GENERAL)).toHaveLength(1);
  });

  test('listen on loopback only', async () => {
    await expect(startOnly({ host: '0.0.0.0' })).rejects.toThrow(NotLoopbackError);
  });

  test('nobody can be the bot, or nobody', async () => {
    const { url } = await start();
    for (const user of [BOT_USER, 'U0NOBODY00']) {
      expect(await person(workspace as Workspace, user).say(GENERAL, 'x')).toMatchObject({ ok: false });
      expect((await fetch(`${url}/page/bootstrap?user=${user}`)).status).toBe(404);
    }
    expect(await (await fetch(`${url}/page/bootstrap`)).json()).toMatchObject({ users: [{ realName: 'Maya Lindqvist' }, {}, {}, {}, { isBot: true }, { isBot: true }], slashCommands: [{ command: '/sre' }] });
    expect(await person(workspace as Workspace, MAYA).post('/page/messages', { channel: GENERAL })).toMatchObject({ ok: false });
    expect(await person(workspace as Workspace, MAYA).post('/page/nonsense', {})).toMatchObject({ ok: false });
  });
});

describe('the page’s files', () => {
  test('have their types, and nothing beside them can be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'page-'));
    for (const part of ['page/styles', 'scripts/blocks']) mkdirSync(join(folder, part), { recursive: true });
    for (const [file, text] of [['page/index.html', '<p>page'], ['page/styles/base.css', 'p{}'], ['page/main.ts', 'source'], ['scripts/blocks/section.js', 'run()'], ['secret.js', 'secret'], ['secret.css', 'secret']]) {
      writeFileSync(join(folder, file ?? ''), text ?? '');
    }
    const { url } = await start({ pageDirectory: join(folder, 'page'), pageScriptDirectory: join(folder, 'scripts') });
    const get = async (path: string): Promise<[number, unknown, string]> => {
      const { status, headers, body } = await raw(url, 'GET', path, {});
      return [status, headers['content-type'], body];
    };
    expect(await get('/')).toEqual([200, 'text/html; charset=utf-8', '<p>page']);
    expect(await get('/assets/styles/base.css')).toEqual([200, 'text/css; charset=utf-8', 'p{}']);
    expect(await get('/assets/blocks/section.js')).toEqual([200, 'text/javascript; charset=utf-8', 'run()']);
    for (const path of ['/assets/../secret.js', '/assets/..%2fsecret.js', '/assets/%2e%2e/secret.css', '/assets/..%5csecret.css', '/assets/main.ts', '/assets/%00.js', '/assets/%ff.js', '/assets//etc/passwd', '/nothing']) {
      expect([path, (await get(path))[0]]).toEqual([path, 404]);
    }
  });

  test('when they are missing, the page says what to do', async () => {
    const { url } = await start();
    const response = await fetch(url);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build');
  });
});

describe('the world', () => {
  test('is shown, pushed, broken and alarmed about', async () => {
    const world: World = { starting: [], services: [], databases: [], faults: [{ id: 'slow', title: 'Slow', description: '', area: 'Service', active: false }], alerts: [{ id: 'page', title: 'PagerDuty', description: '' }] };
    let changed: () => void = () => undefined;
    const sent: string[] = [];
    const started = await start({
      world: {
        world: () => world,
        subscribe(callback) {
          changed = callback;
          return () => (changed = () => undefined);
        },
        async setFault(_id, active) {
          for (const fault of world.faults) fault.active = active;
          changed();
        },
        async sendAlert(id) {
          sent.push(id);
          return 202;
        },
      },
      alerts: [{ id: 'other', title: 'Other', description: '', send: async () => Promise.reject(new Error('The product is not up yet.')) }],
    });
    const maya = person(started, MAYA);
    const stream = await listen(started, MAYA);
    expect((await maya.get('/page/world'))['alerts']).toMatchObject([{ id: 'page' }, { id: 'other' }]);
    expect(await maya.post('/page/world/faults/slow', { active: true })).toEqual({ ok: true });
    await eventually(() => expect(stream.events.filter((event) => event.type === 'world' && event.world.faults[0]?.active === true)).toHaveLength(1));
    expect(await maya.post('/page/world/faults/none', { active: true })).toEqual({ ok: false, error: 'There is no such fault.' });
    expect(await maya.post('/page/world/alerts/page', {})).toEqual({ ok: true, status: 202 });
    expect(await maya.post('/page/world/alerts/other', {})).toEqual({ ok: false, error: 'The product is not up yet.' });
    expect(sent).toEqual(['page']);
    stream.close();
  });
});

test('whatever a person types, only people, channels and links come out as markup; and doing it twice changes nothing', () => {
  const pieces = fc.constantFrom('<!channel>', '<!here|x>', '<@U0MAYA0001>', '<@U0EVIL0000>', '<#C0GENERAL0>', '@sre-agent', '@maya', '#general', '&', '&lt;', '<', '>', '`', '```', ' ', 'text', 'https://x.test/a?b=1&c=2', '\n');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = toMessageText(parts.join(''));
      for (const markup of text.match(/<[^>]*>?/g) ?? []) expect(markup).toMatch(/^<(@U0MAYA0001|@U0SREAGENT|#C0GENERAL0|https?:[^<>]*)>$/);
      expect(text.replaceAll(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    }),
  );
});
