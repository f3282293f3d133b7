import { describe, expect, it } from 'vitest';
import type { Step } from '../../../bench/sre/check.ts';
import { checkScenario } from '../../../bench/sre/check.ts';
import type { Scenario, Truth } from '../../../playground/scenarios/scenario.ts';
import type { Fake } from './support.ts';
import { fakeScenario, fakeWorld, quick } from './support.ts';

async function check(changes: (fake: Fake) => Partial<Scenario>): Promise<Step | undefined> {
  const fake = fakeWorld();
  const scenario = fakeScenario(fake, changes(fake));
  const steps = await checkScenario({
    fault: { scenario, world: fake.world, parameters: {}, truth: scenario.truth({}, fake.world) },
    snapshot: async () => new Map(fake.state), tell: () => undefined, waits: { ...quick, watch: 0 }, healthySeconds: 0.05,
  });
  return steps.find(({ ok }) => !ok);
}

const set = (fake: Fake, name: string, value: string) => async (): Promise<void> => void fake.state.set(name, value);

describe('the check of an oracle', () => {
  it('finds nothing wrong with a good one', async () => {
    expect(await check(() => ({}))).toBeUndefined();
  });

  it.each<[RegExp, RegExp, (fake: Fake) => Partial<Scenario>]>([
    [/passes on the healthy world/, /one: never/, () => ({ oracle: async () => [{ name: 'one', ok: false, detail: 'never' }] })],
    [/fails on the fault/, /it passed/, () => ({ symptom: async () => true, oracle: async () => [{ name: 'one', ok: true, detail: '' }] })],
    [/injected and felt/, /the door is locked/, () => ({ inject: async () => { throw new Error('the door is locked'); } })],
    [/symptom is only hidden/, /went on passing/, (fake) => ({ hide: set(fake, 'deployments.apps/cart', 'good') })],
    [/after the repair, through/, /still-bad/, (fake) => ({ repair: set(fake, 'deployments.apps/cart', 'still-bad') })],
    [/after the repair, through/, /no repair/, () => ({ repair: undefined as never })],
    [/nothing changed but what is allowed/, /services\/cart changed/, (fake) => ({ repair: async () => { await set(fake, 'deployments.apps/cart', 'good')(); await set(fake, 'services/cart', 'other')(); } })],
    [/world is healthy/, /cart is down/, (fake) => ({ prepare: async () => { fake.healthy = false; } })],
  ])('%s: %s', async (step, detail, changes) => {
    expect(await check(changes)).toMatchObject({ step: expect.stringMatching(step), detail: expect.stringMatching(detail) });
  });

  it('does not hold against a repair what the hiding left changed', async () => {
    // The hiding scales payments; the repair does not put that back, and need not.
    expect(await check((fake) => ({ hide: set(fake, 'deployments.apps/payments', 'more') }))).toBeUndefined();
  });

  it('holds an oracle of no fault to the tempting change', async () => {
    const truth = (): Truth => ({ outcome: 'nothing', root: [], mechanisms: [], chain: [] });
    const none = { inject: async () => undefined, repair: undefined as never, truth };
    expect(await check((fake) => ({ ...none, hide: set(fake, 'deployments.apps/cart', 'restarted') }))).toBeUndefined();
    expect(await check(() => ({ ...none, hide: async () => undefined }))).toMatchObject({ step: expect.stringMatching(/tempting change/) });
    expect(await check((fake) => ({ ...none, inject: set(fake, 'deployments.apps/cart', 'bad') }))).toMatchObject({ step: expect.stringMatching(/nothing was to be repaired/) });
  });
});
