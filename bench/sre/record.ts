/** One line of a results file: one contestant at one scenario with one seed. */
import type { Check, Category, Difficulty, Truth } from '../../playground/scenarios/scenario.ts';
import type { Attempt } from './contestants/contestant.ts';

/** finished: judged. Everything else never counts as a pass. */
export const endings = ['finished', 'injector-failed', 'world-unhealthy', 'no-symptom', 'agent-hung', 'agent-crashed', 'judge-failed', 'recording-diverged', 'left-out', 'interrupted'] as const;
export type Ending = (typeof endings)[number];

export interface RunRecord {
  format: 1;
  scenario: string;
  title: string;
  category: Category;
  difficulty: Difficulty;
  tags: string[];
  agent: string;
  seed: number;
  repeat: number;
  noise: boolean;
  world: 'playground' | 'kubeconfig';
  /** From outside the repository. */
  external: boolean;
  ending: Ending;
  /** Why, when it is not finished. */
  trouble?: string;
  truth: Truth;
  /** The strict word: every check, nothing else broken, nothing forbidden, held through the relapse window. */
  repaired: boolean;
  diagnosis: { root: boolean; mechanism: boolean; right: boolean; /** 0 to 1. */ chain: number };
  checks: Check[];
  /** Objects changed that no right repair changes. */
  collateral: string[];
  forbidden: string[];
  leaked: number;
  /** For what is not repaired: what is missing. */
  missing?: Missing;
  attempt?: Attempt;
  /** Seconds of its phases: start, inject, agent, judge. */
  seconds: Record<string, number>;
  at: string;
}

export const missings = ['no rule', 'wrong cause', 'no remedy', 'no action kind', 'refused by policy', 'failed verification', 'repair incomplete', 'something else broken', 'forbidden change', 'changed what was right', 'no answer'] as const;
export type Missing = (typeof missings)[number];
