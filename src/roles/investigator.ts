/** The investigator: agents and read-only credentials. Holds no Slack token and can't change anything. */
import { createClaudeAnswerer } from '../agents/claude/answerer.ts';
import { layOut } from '../agents/claude/layout.ts';
import { modelsFor } from '../agents/claude/models.ts';
import { loadPrompts } from '../agents/claude/prompts.ts';
import { openModels } from '../agents/claude/providers.ts';
import type { Answerer, Orchestrator } from '../agents/agents.ts';
import { createBudget } from '../agents/budget.ts';
import { createPriceOf, pricesReadOn } from '../agents/prices.ts';
import { createRulesAnswerer } from '../agents/rules/answerer.ts';
import { createRulesOrchestrator } from '../agents/rules/orchestrator.ts';
import { answerQuestion } from '../incident/answer.ts';
import { clearUnread } from '../incident/clear-of-secrets.ts';
import { investigationFactory } from '../incident/create-investigation.ts';
import type { CreateInvestigation } from '../incident/create-investigation.ts';
import { investigate } from '../incident/pipeline.ts';
import { createTools } from '../tools/create-tools.ts';
import { collectReadings } from '../tools/readings/collect.ts';
import { measured } from './role.ts';
import type { RoleParts, StopRole } from './role.ts';
import { selfTest } from './self-test/self-test.ts';

const concurrentInvestigations = 3;
const concurrentQuestions = 4;

export async function startInvestigator(parts: RoleParts): Promise<StopRole> {
  const { environment, configuration, store, queue, redactor, metrics } = parts;
  const log = parts.log.child({ role: 'investigator' });
  const { targets, budgets: limits, experiments } = configuration;
  const test = await selfTest({ targets, kubectl: environment.KUBECTL, log });
  const tools = createTools({ targets, log, binaries: { kubectl: environment.KUBECTL, helm: environment.HELM } });
  const priceOf = createPriceOf(configuration.models.prices);
  const makeInvestigation = investigationFactory({ store, targets, tools, redactor, limits, inTurn: experiments.layout === 'sequential', priceOf, log, metrics });
  const createInvestigation: CreateInvestigation = (...given) => {
    const refusal = test.refusal();
    return refusal === undefined ? makeInvestigation(...given) : Promise.reject(new Error(refusal));
  };
  const claude = await claudeAgents(parts);
  const pipeline = { store, queue, createInvestigation, claude: claude?.orchestrator, pricesRead: pricesReadOn(configuration.models), rules: createRulesOrchestrator({ causal: experiments.causal, collect: async (options) => clearUnread(await collectReadings(options), redactor.redact) }), log };
  const answers = { store, claude: claude?.answerer, rules: createRulesAnswerer(), log };

  await queue.work('investigations', concurrentInvestigations, measured(metrics, 'investigations', (job, signal) => investigate(job, pipeline, signal)));
  await queue.work('questions', concurrentQuestions, measured(metrics, 'questions', (job, signal) => answerQuestion(job, answers, signal)));
  log.info({ tools: tools.map((tool) => tool.name), engine: claude ? configuration.models.orchestrator : 'rules' }, 'investigator is ready');
  return async () => test.stop();
}

/** Undefined without a key: the rules investigate alone. */
async function claudeAgents({ environment, configuration, store, log }: RoleParts): Promise<{ orchestrator: Orchestrator; answerer: Answerer } | undefined> {
  const { models, budgets: limits, experiments } = configuration;
  const claude = await openModels({ models, apiKey: environment.ANTHROPIC_API_KEY, baseUrl: environment.ANTHROPIC_BASE_URL, timeoutMilliseconds: limits.replySeconds * 1000, log });
  if (!claude) return undefined;
  const prompts = loadPrompts();
  const priceOf = createPriceOf(models.prices);
  return {
    orchestrator: layOut(experiments.layout, { claude, models, prompts }),
    answerer: createClaudeAnswerer({
      claude,
      model: modelsFor(models, 'answer'),
      prompt: prompts.answer,
      budgetOf: (incidentId) => createBudget({ incidentId, limits, priceOf, modelCalls: store.modelCalls }),
    }),
  };
}
