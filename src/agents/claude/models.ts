/** Which model plays which agent. */
import type { Configuration } from '../../config/load.ts';
import type { Orchestrator } from '../agents.ts';
import { promptNames } from './prompts.ts';
import type { PromptName, Prompts } from './prompts.ts';

export function modelOf({ orchestrator, specialist, overrides }: Configuration['models'], agent: PromptName): string {
  return overrides[agent] ?? (agent === 'orchestrator' ? orchestrator : specialist);
}

/** For the audit: who thinks with what. */
export function modelsOf(models: Configuration['models'], prompts: Prompts): NonNullable<Orchestrator['models']> {
  return Object.fromEntries(promptNames.map((agent) => [agent, { model: modelOf(models, agent), prompt: prompts[agent].sha256 }]));
}
