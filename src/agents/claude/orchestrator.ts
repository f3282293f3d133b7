/**
 * The orchestrator played by Claude: a thin loop of our own, because every turn is stored and a restarted
 * worker resumes at the turn it was in. The history is append-only; its context holds reports, not readings.
 */
import { StoppedError } from '../../incident/stopped-error.ts';
import type { Conclusion, Investigation, Orchestrator, Specialist } from '../agents.ts';
import { ModelUnavailableError } from '../model-unavailable-error.ts';
import { createPlan } from '../plan.ts';
import type { Plan } from '../plan.ts';
import { withLeft } from './budget-words.ts';
import type { ClaudePort } from './client.ts';
import { createConversation, cutOff } from './conversation.ts';
import type { ContentParam, MessageParam } from './conversation.ts';
import { announceFallback } from './fallback.ts';
import { answerCalls, callsIn } from './orchestrator-calls.ts';
import { createHands } from './hands.ts';
import { basisOf, reportedBefore } from './resume.ts';
import { routeOf } from './models.ts';
import type { Route } from './models.ts';
import { orchestratorTools, seatsWithTools } from './orchestrator-tools.ts';
import type { Seat } from './orchestrator-tools.ts';
import { orchestratorPicture } from './picture.ts';
import type { Prompt } from './prompts.ts';

const replyTokens = 16_000;
const mostCutOffs = 2;
const conclusionOverdue = 'Your budget is nearly used. Call conclude now, on what you have; name what is missing in unseen.';
const noConclusion = 'An investigation ends with a call of conclude. Call it now, or look further first if something decisive is missing.';

/** What is stored after each turn. */
interface Saved {
  messages: MessageParam[];
  plan: ReturnType<Plan['snapshot']>;
  /** The model that wrote the last reply. */
  model?: string;
  /** The last reply ended at its limit: none of its calls is made. */
  cut?: boolean;
  /** Of its prompt and tools. */
  basis?: string;
}

export interface ClaudeOrchestratorParts {
  claude: ClaudePort;
  /** Its model, or the models for an incident of some severity. */
  model: string | Route;
  prompt: Prompt;
  specialists: readonly Specialist[];
  /** Whom it may brief. Default: every specialist that has tools here. */
  seats?: (investigation: Investigation) => readonly Seat[];
  /** It looks for itself, with every tool, and states findings. */
  reads?: boolean;
}

export function createClaudeOrchestrator({ claude, model, prompt, specialists, seats = seatsWithTools, reads = false }: ClaudeOrchestratorParts): Orchestrator {
  async function run(investigation: Investigation): Promise<Conclusion> {
    const { budget, signal } = investigation;
    const briefable = seats(investigation);
    const saved = (await investigation.turns.load(investigation.id)) as { turn: number; messages: Saved } | undefined;
    const plan = createPlan(investigation.append, saved?.messages.plan);
    const hands = reads ? createHands(investigation, plan) : undefined;
    const tools = [...orchestratorTools(briefable, investigation.targets, reads), ...(hands?.tools ?? [])];
    const basis = basisOf(prompt, tools);
    const kept = saved?.messages.basis === basis ? saved.messages : undefined;
    const conversation = createConversation({
      claude, prompt, replyTokens, signal, budget, tools, agent: 'orchestrator',
      models: from(routeOf(model)(investigation.incident.severity), kept?.model),
      messages: kept?.messages ?? [{ role: 'user', content: [{ type: 'text', text: await begin(saved?.messages) }] }],
      onFallback: announceFallback(investigation),
    });
    const { messages } = conversation;
    let turn = saved?.turn ?? 0;
    let cut = kept?.cut ?? false;
    if (saved) await investigation.append({ type: 'investigation.resumed', investigation: investigation.id, turn });
    const save = () => investigation.turns.save(investigation.id, turn, { messages, plan: plan.snapshot(), model: conversation.model(), cut, basis } satisfies Saved);

    let [nudges, cutOffs] = [0, 0];
    for (;;) {
      const last = messages.at(-1);
      if (last?.role === 'assistant' && cut) {
        cutOffs += 1;
        if (cutOffs > mostCutOffs) throw new ModelUnavailableError('The model could not keep its replies short enough.');
        conversation.tell(cutOff(callsIn(last.content), replyTokens));
        cut = false;
        await save();
      } else if (last?.role === 'assistant') {
        const answered = await answerCalls(last.content, { investigation, specialists, briefable, plan, messages, hands });
        if (answered.conclusion) return answered.conclusion;
        conversation.tell([...withLeft(answered.results, { replies: [turn, budget.limits.orchestratorTurns], seconds: [budget.state().seconds, budget.limits.seconds], budget }), ...advice(answered.results.length > 0)]);
        await save();
      }
      await investigation.checkpoint();
      stopWhenSpent(turn);
      const message = await ask();
      turn += 1;
      if (message.stop_reason === 'model_context_window_exceeded') throw new ModelUnavailableError('The investigation grew over what the model can read.');
      cut = message.stop_reason === 'max_tokens';
      await save();
    }

    async function begin(before: Saved | undefined): Promise<string> {
      const picture = await orchestratorPicture(investigation, briefable, new Date());
      return before === undefined ? picture : [picture, ...reportedBefore(before.messages)].join('\n');
    }

    function advice(anyResults: boolean): ContentParam[] {
      if (budget.state().nearlyExceeded || conversation.nearlyDearer() || turn >= budget.limits.orchestratorTurns - 1) return [{ type: 'text', text: conclusionOverdue }];
      if (anyResults) return [];
      nudges += 1;
      if (nudges > 2) throw new ModelUnavailableError('The model ended without a diagnosis.');
      return [{ type: 'text', text: noConclusion }];
    }

    function stopWhenSpent(turnsUsed: number): void {
      const { exceeded } = budget.state();
      if (exceeded) throw new ModelUnavailableError(`The incident's budget is used up: ${exceeded}.`);
      if (turnsUsed >= budget.limits.orchestratorTurns) throw new ModelUnavailableError(`The model used its ${turnsUsed} turns without a diagnosis.`);
    }

    async function ask() {
      try {
        return await conversation.ask();
      } catch (error) {
        await investigation.checkpoint().catch((stopped: unknown) => {
          if (stopped instanceof StoppedError) throw stopped;
        });
        if (signal.aborted) throw new ModelUnavailableError(`The incident's time is used up: ${budget.limits.seconds} s.`, { cause: error });
        throw error;
      }
    }
  }

  return { engine: 'claude', run };
}

/** A restarted worker goes on with the model that wrote the history: another one could not read its thinking. */
function from(models: ReturnType<Route>, model: string | undefined): ReturnType<Route> {
  const [first, ...others] = models.slice(Math.max(0, model === undefined ? 0 : models.indexOf(model)));
  return first === undefined ? models : [first, ...others];
}
