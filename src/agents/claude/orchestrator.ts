/**
 * The orchestrator played by Claude: a thin loop of our own, because every turn is stored and a restarted
 * worker resumes at the turn it was in. The history is append-only; its context holds reports, not readings.
 */
import type Anthropic from '@anthropic-ai/sdk';
import { StoppedError } from '../../incident/stopped-error.ts';
import type { Conclusion, Investigation, Orchestrator, Specialist } from '../agents.ts';
import { ModelUnavailableError } from '../model-unavailable-error.ts';
import { createPlan } from '../plan.ts';
import type { Plan } from '../plan.ts';
import { asModelUnavailable } from './client.ts';
import type { ClaudePort } from './client.ts';
import { answerCalls } from './orchestrator-calls.ts';
import { createHands } from './hands.ts';
import { orchestratorTools, seatsWithTools } from './orchestrator-tools.ts';
import type { Seat } from './orchestrator-tools.ts';
import { orchestratorPicture } from './picture.ts';
import type { Prompt } from './prompts.ts';
import { recordUsage } from './usage.ts';

type Message = Anthropic.Beta.Messages.BetaMessage;
type MessageParam = Anthropic.Beta.Messages.BetaMessageParam;
type ContentParam = Anthropic.Beta.Messages.BetaContentBlockParam;

const maximumReplyTokens = 16_000;
const conclusionOverdue = 'Your budget is nearly used. Call conclude now, on what you have; name what is missing in unseen.';
const noConclusion = 'An investigation ends with a call of conclude. Call it now, or look further first if something decisive is missing.';

/** What is stored after each turn. */
interface Saved {
  messages: MessageParam[];
  plan: ReturnType<Plan['snapshot']>;
}

export interface ClaudeOrchestratorParts {
  claude: ClaudePort;
  model: string;
  prompt: Prompt;
  specialists: readonly Specialist[];
  /** Whom it may brief. Default: every specialist that has tools here. */
  seats?: (investigation: Investigation) => readonly Seat[];
  /** It looks for itself, with every tool, and states findings. */
  reads?: boolean;
}

export function createClaudeOrchestrator({ claude, model, prompt, specialists, seats = seatsWithTools, reads = false }: ClaudeOrchestratorParts): Orchestrator {
  async function run(investigation: Investigation): Promise<Conclusion> {
    const briefable = seats(investigation);
    const saved = (await investigation.turns.load(investigation.id)) as { turn: number; messages: Saved } | undefined;
    const messages: MessageParam[] = saved?.messages.messages ?? [{ role: 'user', content: orchestratorPicture(investigation, briefable.map(({ name }) => name), new Date()) }];
    const plan = createPlan(investigation.append, saved?.messages.plan);
    const hands = reads ? createHands(investigation, plan) : [];
    const tools = [...orchestratorTools(briefable, investigation.targets), ...hands.map(({ name, description, input_schema }) => ({ name, description, input_schema }))]
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)); // the prefix that the cache holds must not depend on anything else
    let turn = saved?.turn ?? 0;
    if (saved) await investigation.append({ type: 'investigation.resumed', investigation: investigation.id, turn });
    const save = () => investigation.turns.save(investigation.id, turn, { messages, plan: plan.snapshot() } satisfies Saved);

    let nudges = 0;
    for (;;) {
      const last = messages.at(-1);
      if (last?.role === 'assistant') {
        const answered = await answerCalls(last.content, { investigation, specialists, plan, messages, hands });
        if (answered.conclusion) return answered.conclusion;
        messages.push({ role: 'user', content: [...answered.results, ...advice(answered.results.length > 0)] });
        await save();
      }
      await investigation.checkpoint();
      stopWhenSpent(turn);
      const begun = Date.now();
      const message = await ask();
      turn += 1;
      await recordUsage(investigation.budget, { agent: 'orchestrator', model, message, promptHash: prompt.hash, seconds: (Date.now() - begun) / 1000 });
      if (message.stop_reason === 'refusal') throw new ModelUnavailableError('The model declined to investigate this.');
      if (message.stop_reason === 'model_context_window_exceeded') throw new ModelUnavailableError('The investigation grew over what the model can read.');
      messages.push({ role: 'assistant', content: message.content as ContentParam[] });
      await save();
    }

    function advice(anyResults: boolean): ContentParam[] {
      if (investigation.budget.state().nearlyExceeded || turn >= investigation.budget.limits.orchestratorTurns - 1) return [{ type: 'text', text: conclusionOverdue }];
      if (anyResults) return [];
      nudges += 1;
      if (nudges > 2) throw new ModelUnavailableError('The model ended without a diagnosis.');
      return [{ type: 'text', text: noConclusion }];
    }

    function stopWhenSpent(turnsUsed: number): void {
      const { exceeded } = investigation.budget.state();
      if (exceeded) throw new ModelUnavailableError(`The incident's budget is used up: ${exceeded}.`);
      if (turnsUsed >= investigation.budget.limits.orchestratorTurns) throw new ModelUnavailableError(`The model used its ${turnsUsed} turns without a diagnosis.`);
    }

    async function ask(): Promise<Message> {
      try {
        return await claude.beta.messages.create(
          {
            model,
            max_tokens: maximumReplyTokens,
            system: [{ type: 'text', text: prompt.text, cache_control: { type: 'ephemeral' } }],
            cache_control: { type: 'ephemeral' },
            tools,
            messages,
          },
          { signal: investigation.signal },
        );
      } catch (error) {
        if (error instanceof StoppedError) throw error;
        await investigation.checkpoint().catch((stopped: unknown) => {
          if (stopped instanceof StoppedError) throw stopped;
        });
        if (investigation.signal.aborted) throw new ModelUnavailableError(`The incident's time is used up: ${investigation.budget.limits.seconds} s.`, { cause: error });
        throw asModelUnavailable(error);
      }
    }
  }

  return { engine: 'claude', run };
}
