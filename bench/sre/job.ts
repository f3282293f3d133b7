/** What one child process is to do: one contestant, or the check of an oracle, at one scenario in a world of its own. */
import type { WorldKind } from '../../playground/scenarios/world.ts';

export const plays = ['recorded', 'live', 'hand'] as const;
export type Play = (typeof plays)[number];

export interface Job {
  /** run: a contestant is measured. check: the scenario's own oracle, repair and hiding are. */
  mode: 'run' | 'check';
  scenario: string;
  file: string;
  external: boolean;
  agent: string;
  seed: number;
  repeat: number;
  noise: boolean;
  world: WorldKind;
  kubeconfig?: string;
  registry?: string;
  /** Seconds the contestant has. */
  deadline: number;
  dollars: number;
  play: Play;
  /** Of the Messages API that answers; the key stays in the environment. */
  baseUrl?: string;
  /** Keeps what the model is told and answers. */
  record: boolean;
  /** For the contestant `command`: a program and its words. */
  agentCommand?: string[];
  /** Times the services' latency budgets: several worlds share a machine. */
  latency: number;
}

/** What a child is started with: its job, a folder that is removed after it, and where its result goes. */
export interface Assignment {
  job: Job;
  directory: string;
  result: string;
}

/** Short enough for file names; the same job has the same one. */
export function jobName(job: Pick<Job, 'mode' | 'scenario' | 'agent' | 'seed' | 'repeat' | 'noise'>): string {
  return [job.scenario, job.mode === 'check' ? 'check' : job.agent, job.seed, ...(job.repeat > 1 ? [`r${job.repeat}`] : []), ...(job.noise ? ['noise'] : [])].join('.').replaceAll(/[^A-Za-z0-9._-]/g, '_');
}
