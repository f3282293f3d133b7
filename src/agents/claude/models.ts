/** Which model plays which agent. */
import type { Configuration } from '../../config/load.ts';
import type { Orchestrator } from '../agents.ts';
import type { Severity } from '../../incident/types.ts';
import type { Prompt, PromptName } from './prompts.ts';

/** The models of an agent for an incident of some severity, in the order they are asked. */
export type Route = (severity: Severity) => readonly [string, ...string[]];

export function routeOf(model: string | Route): Route {
  return typeof model === 'string' ? () => [model] : model;
}

export function modelOf({ orchestrator, specialist, overrides }: Configuration['models'], agent: PromptName): string {
  return overrides[agent] ?? (agent === 'orchestrator' ? orchestrator : specialist);
}

/** For the audit: who thinks with what. */
export function modelsOf(models: Configuration['models'], prompts: Partial<Record<PromptName, Prompt>>): NonNullable<Orchestrator['models']> {
  return Object.fromEntries(Object.entries(prompts).map(([agent, { sha256 }]) => [agent, { model: modelOf(models, agent as PromptName), prompt: sha256 }]));
}
