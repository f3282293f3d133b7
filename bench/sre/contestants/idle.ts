/** Nobody does anything: what heals by itself, and what an oracle lets pass, shows here. */
import type { Contestant } from './contestant.ts';

export const idle: Contestant = {
  name: 'idle',
  describes: 'nobody does anything',
  engine: 'script',
  enter: async () => ({
    investigate: async () => ({ changes: [], times: {}, models: {}, steps: 0, evidence: { quotes: 0, unsupported: 0 }, said: [], played: 'none', notes: [] }),
    leave: async () => undefined,
  }),
};
