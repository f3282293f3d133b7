/** Which model plays which agent. */
import type { Configuration } from '../../config/load.ts';
import type { Orchestrator } from '../agents.ts';
import type { Prompt, PromptName } from './prompts.ts';

export function modelOf({ orchestrator, specialist, overrides }: Configuration['models'], agent: PromptName): string {
  return overrides[agent] ?? (agent === 'orchestrator' ? orchestrator : specialist);
}

/** For the audit: who thinks with what. */
export function modelsOf(models: Configuration['models'], prompts: Partial<Record<PromptName, Prompt>>): NonNullable<Orchestrator['models']> {
  return Object.fromEntries(Object.entries(prompts).map(([agent, { sha256 }]) => [agent, { model: modelOf(models, agent as PromptName), prompt: sha256 }]));
}
