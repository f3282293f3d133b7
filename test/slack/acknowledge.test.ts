/** When a request is acknowledged, and what a window that came too late is told. */
import { expect, test } from 'vitest';
import { openModal, thenAcknowledge } from '../../src/slack/listeners/listening.ts';

test('what is decided in time is acknowledged after it is stored, with what came of it', async () => {
  const order: unknown[] = [];
  const work = Promise.resolve().then(() => order.push('stored')).then(() => 7);
  expect(await thenAcknowledge(work, async (soFar) => void order.push(soFar), 60_000)).toEqual({ result: 7, late: false });
  expect(order).toEqual(['stored', { result: 7 }]);
});

test('whoever dies before it is stored has acknowledged nothing', async () => {
  const acknowledged: unknown[] = [];
  void thenAcknowledge(new Promise(() => undefined), async (soFar) => void acknowledged.push(soFar), 60_000);
  await new Promise((resolve) => { setImmediate(resolve); });
  expect(acknowledged).toEqual([]);
});

test('what takes longer than Slack waits is acknowledged meanwhile, once', async () => {
  const acknowledged: unknown[] = [];
  let finish: (value: string) => void = () => undefined;
  const work = new Promise<string>((resolve) => { finish = resolve; });
  const all = thenAcknowledge(work, async (soFar) => (acknowledged.push(soFar), finish('done')), 1);
  expect(await all).toEqual({ result: 'done', late: true });
  expect(acknowledged).toEqual(['goes on']);
});

test('what fails is acknowledged as failed, and thrown', async () => {
  const acknowledged: unknown[] = [];
  await expect(thenAcknowledge(Promise.reject(new Error('no database')), async (soFar) => void acknowledged.push(soFar), 60_000)).rejects.toThrow('no database');
  expect(acknowledged).toEqual(['failed']);
});

test('a click that is too old for a window is answered in words; other failures are failures', async () => {
  const told: string[] = [];
  const failing = (error: string) => async () => {
    throw Object.assign(new Error(error), { data: { error } });
  };
  const tell = async (words: string) => void told.push(words);
  await openModal(failing('expired_trigger_id'), tell);
  await openModal(failing('exchanged_trigger_id'), tell);
  expect(told).toEqual([expect.stringContaining('click once more'), expect.stringContaining('click once more')]);
  await expect(openModal(failing('invalid_arguments'), tell)).rejects.toThrow('invalid_arguments');
});
