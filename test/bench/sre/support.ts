/** A world of numbers instead of systems: one object is broken or not, and who breaks and mends it is seen. */
import type { Attempt, Contestant } from '../../../bench/sre/contestants/contestant.ts';
import type { Job } from '../../../bench/sre/job.ts';
import type { Parts } from '../../../bench/sre/run.ts';
import { createRandom } from '../../../playground/scenarios/random.ts';
import { defineScenario } from '../../../playground/scenarios/scenario.ts';
import type { Scenario } from '../../../playground/scenarios/scenario.ts';
import type { World } from '../../../playground/scenarios/world.ts';

export interface Fake {
  /** Name to value, as a snapshot has it. */
  state: Map<string, string>;
  healthy: boolean;
  closed: boolean;
  world: World;
}

export const quick = { settle: 0.05, pause: 0.01 };

export function fakeWorld(): Fake {
  const fake: Fake = { state: new Map([['deployments.apps/cart', 'good'], ['deployments.apps/payments', 'good'], ['services/cart', 'good']]), healthy: true, closed: false, world: undefined as never };
  fake.world = {
    kind: 'playground',
    namespace: 'brisk-heron',
    random: createRandom('test'),
    cluster: { list: async () => [] },
    services: {
      names: () => ['cart'],
      figures: () => [{ name: 'cart', state: fake.healthy ? 'healthy' : 'down', requests: 9, successRate: fake.healthy ? 1 : 0, p95Milliseconds: 5 }],
    },
    until: async (what: string, ask: () => unknown, seconds = 60) => {
      const end = performance.now() + seconds * 1000;
      for (;;) {
        const found = await ask();
        if (found) return found;
        if (performance.now() > end) throw new Error(`${what} did not come within ${seconds} s`);
        await new Promise((resolve) => { setTimeout(resolve, 10); });
      }
    },
  } as unknown as World;
  return fake;
}

/** cart's deployment is broken; it is mended by 'good'. */
export function fakeScenario(fake: Fake, changes: Partial<Scenario> = {}): Scenario {
  const set = (value: string) => async () => void fake.state.set('deployments.apps/cart', value);
  return {
    ...defineScenario({
      id: 'fake', title: 'A fault of numbers', category: 'kubernetes', difficulty: 'single-signal',
      parameters: () => ({}),
      alert: () => ({ by: 'person', text: 'cart is slow' }),
      inject: set('bad'),
      oracle: async () => [{ name: 'cart is good', ok: fake.state.get('deployments.apps/cart') === 'good', detail: `${fake.state.get('deployments.apps/cart')}` }],
      relapse: { seconds: 0 },
      allowed: () => [],
      truth: () => ({ outcome: 'repair', root: ['deployment/cart'], mechanisms: ['bad-release'], chain: ['deployment/cart'] }),
      repair: set('good'),
      hide: set('hidden'),
    }),
    ...changes,
  };
}

export const noAttempt: Attempt = { changes: [], times: {}, models: {}, steps: 0, evidence: { quotes: 0, unsupported: 0 }, said: [], played: 'none', notes: [] };
export const rightAnswer: Attempt['answer'] = { root: { resource: 'deployment/cart', mechanism: 'bad-release', title: 'cart' }, chain: ['deployment/cart'], summary: '' };
export const aChange: Attempt['changes'][number] = { id: 'C1', kind: 'kubectl.rollout_undo', title: 'Back', command: 'kubectl rollout undo deployment/cart', proposed: true, approved: true, automatic: false, executed: true, outcome: 'verified' };

export const contestant = (investigate: () => Promise<Attempt>): Contestant => ({ name: 'fake', describes: 'a test', engine: 'script', enter: async () => ({ investigate: () => investigate(), leave: async () => undefined }) });

export const aJob: Job = { mode: 'run', scenario: 'fake', file: 'fake.ts', external: false, agent: 'fake', seed: 1, repeat: 1, noise: false, world: 'playground', deadline: 5, dollars: 1, play: 'recorded', latency: 1, record: false };

export function fakeParts(fake: Fake, scenario: Scenario, player: Contestant, directory: string): Parts {
  return {
    scenario, directory,
    signal: new AbortController().signal,
    log: () => undefined,
    openWorld: async () => ({ world: fake.world, agentView: async () => ({ targets: {}, environment: {}, serviceUrls: {} }), close: async () => { fake.closed = true; } }),
    contestant: async () => player,
    snapshot: async () => new Map(fake.state),
    waits: quick, healthySeconds: 0.05, symptomSeconds: 0.05, graceSeconds: 0,
  };
}
