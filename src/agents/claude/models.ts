/** Which model plays which agent: by the severity of the incident, then by the agent, then by its kind; each may be a list. */
import type { Configuration } from '../../config/load.ts';
import type { Severity } from '../../incident/types.ts';
import type { Orchestrator } from '../agents.ts';
import type { Prompt, PromptName } from './prompts.ts';

/** The models of an agent for an incident of some severity, in the order they are asked. */
export type Route = (severity: Severity) => readonly [string, ...string[]];
type Models = Pick<Configuration['models'], 'orchestrator' | 'specialist' | 'overrides'> & Partial<Pick<Configuration['models'], 'by_severity'>>;

export function routeOf(model: string | Route): Route {
  return typeof model === 'string' ? () => [model] : model;
}

export function modelsFor({ orchestrator, specialist, overrides, by_severity: bySeverity = {} }: Models, agent: Agent): Route {
  const kind = agent === 'orchestrator' ? 'orchestrator' : 'specialist';
  return (severity) => {
    const here = bySeverity[severity] ?? {};
    const [first = '', ...others] = [here[agent] ?? here[kind] ?? overrides[agent] ?? (kind === 'orchestrator' ? orchestrator : specialist)].flat();
    return [first, ...others];
  };
}

type Agent = Exclude<PromptName, 'single'>;

/** For the audit: who thinks with what. The single agent sits where the orchestrator does. */
export function modelsOf(models: Models, prompts: Partial<Record<PromptName, Prompt>>, severity: Severity): NonNullable<ReturnType<NonNullable<Orchestrator['models']>>> {
  return Object.fromEntries(Object.entries(prompts).map(([agent, { sha256 }]) => [agent, { model: modelsFor(models, agent === 'single' ? 'orchestrator' : (agent as Agent))(severity)[0], prompt: sha256 }]));
}
