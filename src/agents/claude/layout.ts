/**
 * Who reads in an investigation with a model: our team, or a layout it is measured against. Evidence, quotes, budgets, stops
 * and what may be proposed are the same in each.
 */
import type { Configuration } from '../../config/load.ts';
import type { Layout } from '../../config/file-schema.ts';
import { specialistNames } from '../../incident/types.ts';
import type { SpecialistName } from '../../incident/types.ts';
import type { Orchestrator, Specialist } from '../agents.ts';
import type { ClaudePort } from './client.ts';
import { modelsFor, modelsOf } from './models.ts';
import { ofAllTrades } from './of-all-trades.ts';
import { createClaudeOrchestrator } from './orchestrator.ts';
import type { Prompt, PromptName, Prompts } from './prompts.ts';
import { createClaudeSpecialist } from './specialist.ts';

export interface LayoutParts {
  claude: ClaudePort;
  models: Pick<Configuration['models'], 'orchestrator' | 'specialist' | 'overrides'> & Partial<Pick<Configuration['models'], 'by_severity'>>;
  prompts: Prompts;
}

export function layOut(layout: Layout, { claude, models, prompts }: LayoutParts): Orchestrator {
  const cast = castOf(layout, prompts);
  const specialists = specialistNames.flatMap((name) => {
    const prompt = cast[name];
    return prompt ? [createClaudeSpecialist({ name, claude, model: modelsFor(models, name), prompt })] : [];
  });
  const parts = { claude, model: modelsFor(models, 'orchestrator'), prompt: cast.orchestrator, specialists };
  const orchestrators: Record<Layout, () => Orchestrator> = {
    team: () => createClaudeOrchestrator(parts),
    sequential: () => createClaudeOrchestrator({ ...parts, specialists: oneAfterTheOther(specialists) }),
    generic: () => createClaudeOrchestrator({ ...parts, specialists: specialists.map(withoutTrade), seats: () => specialistNames.map((name) => ({ name, trade: 'no trade of its own: it has every tool and sees every system' })) }),
    alone: () => createClaudeOrchestrator({ ...parts, seats: () => [] }),
    single: () => createClaudeOrchestrator({ ...parts, seats: () => [], reads: true }),
  };
  return { ...orchestrators[layout](), models: (severity) => modelsOf(models, cast, severity) };
}

type Cast = Partial<Record<PromptName, Prompt>> & { orchestrator: Prompt };

/** Who plays, and with which prompt. */
function castOf(layout: Layout, { single, orchestrator, answer, ...trades }: Prompts): Cast {
  if (layout === 'single') return { orchestrator: single, answer };
  if (layout === 'alone') return { orchestrator, answer };
  if (layout === 'generic') return { orchestrator, answer, ...(Object.fromEntries(specialistNames.map((name) => [name, trades.generic])) as Record<SpecialistName, Prompt>) };
  return { orchestrator, answer, ...trades };
}

function withoutTrade({ name, investigate }: Specialist): Specialist {
  return { name, investigate: (brief, investigation) => investigate(brief, ofAllTrades(name, investigation)) };
}

/** Each of an investigation's briefs waits for the one before. */
function oneAfterTheOther(specialists: readonly Specialist[]): Specialist[] {
  const last = new WeakMap<object, Promise<unknown>>();
  return specialists.map(({ name, investigate }) => ({
    name,
    investigate: (brief, investigation) => {
      const report = (last.get(investigation) ?? Promise.resolve()).then(() => investigate(brief, investigation));
      last.set(investigation, report.catch(() => undefined));
      return report;
    },
  }));
}
