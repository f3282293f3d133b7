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

const flagOff: Action = { kind: 'http.operation', operation: 'flag-off', parameters: { service: 'checkout', flag: 'recommendations' } };

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

describeActionKind(kind as ActionKind, async () => {
  const world = await openHttpWorld();
  const write = (value: string) => {
    world.state.flags['recommendations'] = value;
    world.state.revision += 1;
    return Promise.resolve();
  };
  return {
    context: world.context,
    action: flagOff,
    impossibleAction: { ...flagOff, parameters: { ...flagOff.parameters, service: 'missing' } },
    snapshot: () => Promise.resolve({ ...world.state.flags }),
    sent: world.sent,
    move: () => write('half'),
    moveAfter: () => write('half'),
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
    const [path, host] = world.operations.slice(-2);
    if (!path || !host) throw new Error('no operation');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('..', '.', '', '../../admin', '%2e%2e', 'a/b', 'a?b=c', 'a#b', 'a\\b', '@evil', 'x:1@evil', '\u2025')), (name) => {
        expect(refusedOr(() => new URL(changeCall(path, { name }).url))).toSatisfy((url) => url === 'refused' || (url instanceof URL && url.origin === world.base && /^\/services\/[^/]+\/cache$/.test(url.pathname) && url.search + url.hash === ''));
      }),
    );
    expect(() => readCall(host.read.url, { host: 'evil.example' })).toThrow(/change the host/);
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

  test('an inverse runs with its own token and its own parameters', async () => {
    const change = await prepare(flagOff);
    expect(change.undo).toMatchObject({ kind: 'automatic', command: [`POST ${world.base}/services/checkout/flags/recommendations/on`], description: expect.stringContaining('Runs flag-on, its inverse') });
    const { written } = await kind.execute(change, world.context);
    expect(await kind.undo({ ...change, ...(written && { written }) }, world.context)).toMatchObject({ output: expect.stringContaining('200') });
    expect(world.state.flags).toEqual({ recommendations: 'on' });
    expect(world.authorizations.at(-1)).toBe('POST Bearer write-on-token');
  });

  test('an undo without a trace of what was left behind is left alone', async () => {
    const change = await prepare(flagOff);
    await kind.execute(change, world.context);
    await expect(kind.undo(change, world.context)).rejects.toThrow(/could not be read when it ran/);
    expect(world.state.flags).toEqual({ recommendations: 'off' });
  });

  test('an inverse that the file renames or narrows since: refused', async () => {
    const inverse = world.operations.find(({ name }) => name === 'flag-on');
    if (!inverse) throw new Error('no operation');
    inverse.parameters = { ...inverse.parameters, flag: { enum: ['other'] } };
    await expect(prepare(flagOff)).rejects.toThrow(/must be one of other/);
    inverse.name = 'gone';
    await expect(prepare(flagOff)).rejects.toThrow(/no operation "flag-on"/);
  });

  test('its own check is shown, holds only afterwards, and is read with the parameters', async () => {
    const flush = { operation: 'flush', parameters: { service: 'checkout', left: '0' } };
    const change = await prepare(flush);
    expect(change).toMatchObject({ undo: { kind: 'not_needed' }, preview: expect.stringContaining('/cached of the check is "12", not "0"'), verification: { checks: ['it answers', expect.stringContaining('shows "0" at /cached')] } });
    expect(await kind.check(change, world.context)).toMatchObject({ ok: false });
    // What moves by itself is no drift: nothing is put back.
    world.state.cached = 40;
    expect(kind.drift(change, await kind.prepare(change.action, world.context))).toBeUndefined();
    await kind.execute(change, world.context);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
  });

  test('a check that can not be read is no change at all', async () => {
    const flush = world.operations.find(({ name }) => name === 'flush');
    if (!flush?.check) throw new Error('no check');
    flush.check.url = `${world.base}/nowhere`;
    await expect(prepare({ operation: 'flush', parameters: { service: 'checkout', left: '0' } })).rejects.toThrow(/Its check can't be read.*404/);
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
