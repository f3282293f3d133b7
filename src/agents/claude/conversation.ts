/**
 * One agent's talk with its model: append-only history, cache marks, one ledger line a reply, and the next model of its list
 * when one can't go on. The SDK retries an attempt; here nothing is asked of the same model twice.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { ModelCall } from '../../incident/store.ts';
import type { Investigation } from '../agents.ts';
import { ModelUnavailableError } from '../model-unavailable-error.ts';
import { withCacheMarks } from './cache-marks.ts';
import { asModelUnavailable, mayAnotherModelDo } from './client.ts';
import type { ClaudePort } from './client.ts';
import type { ModelTool } from './model-tool.ts';
import type { Prompt } from './prompts.ts';
import { recordUsage } from './usage.ts';

export type Message = Anthropic.Beta.Messages.BetaMessage;
export type MessageParam = Anthropic.Beta.Messages.BetaMessageParam;
export type ContentParam = Anthropic.Beta.Messages.BetaContentBlockParam;
export type ToolUse = Anthropic.Beta.Messages.BetaToolUseBlock;
export type ToolResult = Anthropic.Beta.Messages.BetaToolResultBlockParam;

export interface ConversationParts {
  claude: ClaudePort;
  agent: ModelCall['agent'];
  /** The first is asked; each next one when those before could not go on. */
  models: readonly [string, ...string[]];
  prompt: Prompt;
  /** Sorted here: the prefix that the cache holds depends on nothing but their names. */
  tools: readonly Pick<ModelTool, 'name' | 'description' | 'input_schema'>[];
  /** Longest reply, in tokens. */
  replyTokens: number;
  /** Begun anew, or what a worker before this one stored. */
  messages: MessageParam[];
  budget: Pick<Investigation['budget'], 'spend'> & Partial<Pick<Investigation['budget'], 'longFrom'>>;
  signal: AbortSignal;
  /** Another model takes over from now on. */
  onFallback?(change: { agent: ModelCall['agent']; from: string; to: string; reason: string }): Promise<void>;
}

export interface Conversation {
  readonly messages: MessageParam[];
  /** Adds the reply to `messages`. Throws ModelUnavailableError when no model of the list answers; an abort passes through. */
  ask(): Promise<Message>;
  /** Adds what the model is told next; results of tools come first. */
  tell(content: ContentParam[]): void;
  /** The model that is asked now. */
  model(): string;
  /** Its prompt comes near the size from which every token costs a multiple. */
  nearlyDearer(): boolean;
}

/** Of that size; a turn's results must fit in what is left. */
const nearDearer = 0.8;

export function createConversation(parts: ConversationParts): Conversation {
  const { claude, agent, models, prompt, replyTokens, budget, signal } = parts;
  const tools = parts.tools.map(({ name, description, input_schema }) => ({ name, description, input_schema })).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const messages = parts.messages;
  let [asked, promptTokens] = [0, 0];
  const model = (): string => models[asked] ?? models[0];

  function send(): Promise<Message> {
    const { system, marked } = withCacheMarks(prompt.text, messages);
    return claude.beta.messages.create({ model: model(), max_tokens: replyTokens, system, tools, messages: marked }, { signal });
  }

  /** Throws the reason when there is no other model. */
  async function fallBack(reason: ModelUnavailableError): Promise<void> {
    const [from, to] = [model(), models[asked + 1]];
    if (to === undefined) throw reason;
    asked += 1;
    forgetThinking(messages);
    await parts.onFallback?.({ agent, from, to, reason: reason.message });
  }

  async function ask(): Promise<Message> {
    for (;;) {
      const begun = Date.now();
      let message: Message;
      try {
        message = await send();
      } catch (error) {
        if (signal.aborted) throw error;
        const reason = unavailable(error);
        if (!mayAnotherModelDo(error)) throw reason;
        await fallBack(reason);
        continue;
      }
      promptTokens = promptTokensOf(message);
      await recordUsage(budget, { agent, model: model(), message, promptHash: prompt.hash, seconds: (Date.now() - begun) / 1000 });
      if (message.stop_reason !== 'refusal') {
        messages.push({ role: 'assistant', content: message.content.length > 0 ? (message.content as ContentParam[]) : [{ type: 'text', text: '(no words)' }] });
        return message;
      }
      await fallBack(new ModelUnavailableError('The model declined to go on.'));
    }
  }

  return { messages, ask, tell: (content) => void messages.push({ role: 'user', content }), model, nearlyDearer: () => promptTokens > nearDearer * (budget.longFrom?.(model()) ?? Number.POSITIVE_INFINITY) };
}

function promptTokensOf({ usage }: Message): number {
  return usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
}

/** Trouble that the API did not report either: a cloud's credentials that can't be found, for one. */
function unavailable(error: unknown): ModelUnavailableError {
  const known = asModelUnavailable(error);
  if (known instanceof ModelUnavailableError) return known;
  return new ModelUnavailableError(`The model could not be asked: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? ''}`, { cause: error });
}

/** Thinking is bound to the model that thought it; another one refuses it. Its cache is empty as well, so nothing is lost. */
function forgetThinking(messages: MessageParam[]): void {
  messages.forEach((message, index) => {
    if (message.role !== 'assistant' || typeof message.content === 'string') return;
    const content = message.content.filter(({ type }) => type !== 'thinking' && type !== 'redacted_thinking');
    messages[index] = { ...message, content: content.length > 0 ? content : [{ type: 'text', text: '(no words)' }] };
  });
}

export function toolUses({ content }: Pick<Message, 'content'>): ToolUse[] {
  return content.flatMap((block) => (block.type === 'tool_use' ? [block] : []));
}

/** What a reply that ran into its limit is told: nothing of it was done, for its last call may be half of one. */
export function cutOff(calls: readonly { id: string }[], replyTokens: number): ContentParam[] {
  const results = calls.map(({ id }): ToolResult => ({ type: 'tool_result', tool_use_id: id, content: 'Not done: your reply was cut off before it ended.', is_error: true }));
  return [...results, { type: 'text', text: `Your reply reached its limit of ${replyTokens} tokens and was cut off; none of its calls was made. Go on, shorter: fewer calls at once, shorter texts, shorter quotes.` }];
}

export function textOf({ content }: Pick<Message, 'content'>): string {
  return content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n').trim();
}
