import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import { httpOperationKind as kind } from '../../../src/changes/actions/http-operation/http-operation.ts';
import { changeCall, readCall } from '../../../src/changes/actions/http-operation/request.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { RefusedError } from '../../../src/changes/errors.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom } from '../../support/changes.ts';
import type { HttpWorld } from './http-world.ts';
import { openHttpWorld } from './http-world.ts';

type Action = ActionOf<'http.operation'>;
const action: Action = { kind: 'http.operation', operation: 'set-variable', parameters: { service: 'checkout', variable: 'PAYMENTS_URL', value: 'http://payments.internal' } };

describeActionKind(kind as ActionKind, async () => {
  const world = await openHttpWorld();
  const write = (value: string) => {
    world.state.variables['PAYMENTS_URL'] = value;
    world.state.revision += 1;
    return Promise.resolve();
  };
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, parameters: { ...action.parameters, service: 'missing' } },
    snapshot: () => Promise.resolve({ ...world.state.variables }),
    sent: world.sent,
    move: () => write('http://other.internal'),
    moveAfter: () => write('http://third.internal'),
    close: world.close,
  };
});

describe('http.operation', () => {
  let world: HttpWorld;
  beforeEach(async () => { world = await openHttpWorld(); });
  afterEach(() => world.close());

  const prepare = async (part: Partial<Action> = {}): Promise<ChangeOf<Action>> => {
    const whole = { ...action, ...part };
    return changeFrom(whole, await kind.prepare(whole, world.context)) as ChangeOf<Action>;
  };
  const withParameter = (name: string, value: string) => prepare({ parameters: { ...action.parameters, [name]: value } });

  test('each token goes only where it belongs, and into no text', async () => {
    const change = await prepare();
    const { output } = await kind.execute(change, world.context);
    expect(world.authorizations).toEqual(['GET Bearer read-token', 'PUT Bearer write-token', 'GET Bearer read-token']);
    expect(JSON.stringify([change, output])).not.toMatch(/read-token|write-token/);
  });

  test('the old value is put back even where the pattern would not take it', async () => {
    const change = await prepare();
    await kind.execute(change, world.context);
    await kind.undo(change, world.context);
    expect(world.state.variables['PAYMENTS_URL']).toBe('http://wrong.internal/x y');
  });

  test.each([
    ['value', 'file:///etc/passwd'], ['value', 'fast\nslow'], ['value', 'slow\u202e'], ['value', ''], ['service', 'CHECKOUT'], ['variable', 'PAYMENTS_URL '], ['unknown', 'x'], ['__proto__x', 'x'],
  ])('refuses %s = %j', async (name, value) => {
    await expect(withParameter(name, value)).rejects.toThrow(RefusedError);
    expect(world.sent()).toBe('');
  });

  test('refuses a missing parameter, an unknown operation, and an inherited property', async () => {
    await expect(prepare({ parameters: { service: 'checkout' } })).rejects.toThrow(/needs the parameter/);
    await expect(prepare({ operation: 'drop-everything' })).rejects.toThrow(/no operation/);
    await expect(prepare({ operation: 'toString' })).rejects.toThrow(/no operation/);
  });

  test('refuses what it is already, what is hidden and what was never there', async () => {
    await expect(prepare({ parameters: { service: 'checkout', variable: 'MODE', value: 'slow' } })).rejects.toThrow(/already/);
    await expect(prepare({ parameters: { service: 'checkout', variable: 'PASSWORD', value: 'fast' } })).rejects.toThrow(/hides the present value/);
    await expect(prepare({ parameters: { service: 'checkout', variable: 'NEW', value: 'fast' } })).rejects.toThrow(/could not be put back/);
  });

  test('a parameter never leaves its place in the URL', () => {
    const [, , path, host] = world.operations;
    if (!path || !host) throw new Error('no operation');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('..', '.', '', '../../admin', '%2e%2e', 'a/b', 'a?b=c', 'a#b', 'a\\b', '@evil', 'x:1@evil', '\u2025')), (name) => {
        expect(refusedOr(() => new URL(changeCall(path, { name }).url))).toSatisfy((url) => url === 'refused' || (url instanceof URL && url.origin === world.base && /^\/services\/[^/]+\/cache$/.test(url.pathname) && url.search + url.hash === ''));
      }),
    );
    expect(() => readCall(host, { host: 'evil.example' })).toThrow(/change the host/);
  });

  test('a redirect is not followed', async () => {
    const change = await prepare();
    world.state.interfere = (_request, response) => void response.writeHead(307, { location: `${world.base}/elsewhere` }).end();
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('307') });
    expect(world.sent()).not.toContain('elsewhere');
  });

  test('accepted, then no answer: a read that shows the new value settles it', async () => {
    const change = await prepare();
    world.state.interfere = (request, _response, apply) => {
      apply();
      request.socket.destroy();
    };
    expect((await kind.execute(change, world.context)).output).toContain('reading it shows the new value');
  });

  test('no answer and no sign of it: nobody knows', async () => {
    const change = await prepare();
    world.state.interfere = (request) => void request.socket.destroy();
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'unknown' });
  });

  test('an error of the API may have come after the write', async () => {
    const change = await prepare();
    world.state.interfere = (_request, response) => void response.writeHead(502).end('bad gateway');
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'unknown', message: expect.stringContaining('502') });
  });

  test('a restart leaves nothing to undo, and is bound to the revision that it starts', async () => {
    const restart = { operation: 'restart', parameters: { service: 'checkout' } };
    const change = await prepare(restart);
    expect(change).toMatchObject({ command: [`POST ${world.base}/services/checkout/restart\nIf-Match: "3"`], undo: { kind: 'not_needed' }, facts: { online: false } });
    await kind.execute(change, world.context);
    expect(world.state.restarts).toBe(1);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
    expect(kind.drift(change, await kind.prepare(change.action, world.context))).toMatch(/^revision was "3".* "4" now$/);
  });

  test('a changed configuration file builds another request: not sent', async () => {
    const change = await prepare();
    const [operation] = world.operations;
    if (!operation) throw new Error('no operation');
    operation.change.url += '?now';
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none' });
    expect(world.state.revision).toBe(3);
  });
});

function refusedOr<T>(work: () => T): T | 'refused' {
  try {
    return work();
  } catch (error) {
    if (error instanceof RefusedError || error instanceof URIError) return 'refused';
    throw error;
  }
}
