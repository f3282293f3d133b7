/** Jobs out of options. */
import path from 'node:path';
import type { LoadedScenario } from '../../../playground/scenarios/load.ts';
import type { Job } from '../job.ts';
import type { Options } from '../options.ts';

export function jobFor({ scenario, file, external }: LoadedScenario, options: Options, part: Pick<Job, 'mode' | 'agent' | 'seed' | 'repeat'>): Job {
  return {
    ...part,
    scenario: scenario.id,
    file,
    external,
    noise: options.noise,
    world: options.world,
    ...(options.kubeconfig !== undefined && { kubeconfig: path.resolve(options.kubeconfig) }),
    ...(options.registry !== undefined && { registry: options.registry }),
    deadline: options.deadline,
    dollars: options.dollars,
    play: options.play,
    ...(options.baseUrl !== undefined && { baseUrl: options.baseUrl }),
    record: options.record,
    ...(options.agentCommand !== undefined && { agentCommand: options.agentCommand }),
    // Worlds beside each other slow each other down; what a service may take grows with them.
    latency: 1 + (options.sideBySide - 1) / 3,
  };
}

export const logsOf = (options: Pick<Options, 'out'>): string => path.join(options.out, 'logs');
