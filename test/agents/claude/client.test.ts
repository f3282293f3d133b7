/** Trouble between us and the API that a local server can't make. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asModelUnavailable, createClaude, mayAnotherModelDo } from '../../../src/agents/claude/client.ts';
import { ModelUnavailableError } from '../../../src/agents/model-unavailable-error.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';

const base = 'http://model.invalid';
const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text: 'hello' }], stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } };

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const ask = (timeoutMilliseconds?: number) =>
  createClaude({ apiKey: 'a-key', baseUrl: base, log: silentLogger, ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }) }).beta.messages.create({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] });

describe('the client', () => {
  it('sends the key as a bearer token and no trace headers, and retries an overloaded API as told', async () => {
    nock(base).post('/v1/messages').query(true).matchHeader('authorization', 'Bearer a-key').reply(529, { type: 'error', error: { type: 'overloaded_error', message: 'busy' } }, { 'retry-after-ms': '1' });
    nock(base, { badheaders: ['traceparent'] }).post('/v1/messages').query(true).reply(200, message);
    expect((await ask()).content).toMatchObject([{ text: 'hello' }]);
    expect(nock.isDone()).toBe(true);
  });

  it.each([
    ['a broken connection', () => nock(base).post('/v1/messages').query(true).times(3).replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' })), /could not be reached/],
    ['a spending limit', () => nock(base).post('/v1/messages').query(true).reply(429, { type: 'error', error: { type: 'rate_limit_error', message: 'limit' } }, { 'x-should-retry': 'false' }), /limit reached/],
    ['an answer that is no JSON', () => nock(base).post('/v1/messages').query(true).times(3).reply(502, '<html>'), /502/],
  ])('says what %s means for the operator', async (_name, prepare, words) => {
    prepare();
    const error = await ask().then(() => undefined, asModelUnavailable);
    expect(error).toBeInstanceOf(ModelUnavailableError);
    expect((error as Error).message).toMatch(words);
  });

  it('lets another model do where one answers too late', async () => {
    nock(base).post('/v1/messages').query(true).times(3).delay(200).reply(200, message);
    const error = await ask(20).then(() => undefined, (reason: unknown) => reason);
    expect(mayAnotherModelDo(error)).toBe(true);
    expect(mayAnotherModelDo(Object.assign(new Error('overloaded'), { status: 529, headers: {} }))).toBe(true);
    expect(mayAnotherModelDo(new Error('ours'))).toBe(false);
  });

  it('passes on what is no trouble of the model', () => {
    const own = new TypeError('ours');
    expect(asModelUnavailable(own)).toBe(own);
  });
});
