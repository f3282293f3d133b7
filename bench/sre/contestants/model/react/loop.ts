/** Reason, act, observe: one conversation, one command tool, until it says what it found and did. */
import Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { inputSchemaOf } from '../../../../../src/agents/claude/model-tool.ts';
import { createPriceOf } from '../../../../../src/agents/prices.ts';
import type { Answer, Attempt, AttemptedChange, ModelUse, Site } from '../../contestant.ts';
import { commandSchema, createCommands, isReading } from './commands.ts';
import type { Command, Outcome } from './commands.ts';
import { prompt } from './prompt.ts';

type Messages = Anthropic.Beta.Messages.BetaMessageParam[];
type Message = Anthropic.Beta.Messages.BetaMessage;

const model = 'claude-opus-5-5';
const mostTurns = 40;
const mostReplyTokens = 8_000;

const finishSchema = z.object({
  root: z.object({ resource: z.string(), mechanism: z.string(), title: z.string(), confidence: z.number().optional() }).nullable().describe('The cause; null when nothing is wrong'),
  chain: z.array(z.string()).describe('Resources from the cause to the symptom'),
  summary: z.string(),
});

const tools = [
  { name: 'finish', description: 'Ends your work with your answer.', input_schema: inputSchemaOf(finishSchema) },
  { name: 'run', description: 'Runs one command and gives you its output. No shell: no pipes, no quoting.', input_schema: inputSchemaOf(commandSchema) },
];

export interface LoopParts {
  site: Pick<Site, 'view' | 'directory' | 'signal' | 'limits' | 'log'>;
  task: unknown;
  apiKey: string;
  baseUrl: string;
  /** For one reply. */
  timeoutMilliseconds: number;
}

/** Without what was said: whoever stands between knows it. Throws when the model can't be reached. */
export async function reactTo({ site, task, apiKey, baseUrl, timeoutMilliseconds }: LoopParts): Promise<Omit<Attempt, 'said' | 'played'>> {
  const client = new Anthropic({ apiKey, baseURL: baseUrl, timeout: timeoutMilliseconds, maxRetries: 2 });
  const run = createCommands(site);
  const begun = Date.now();
  const messages: Messages = [{ role: 'user', content: JSON.stringify(task, null, 1) }];
  const used: ModelUse = { model, calls: 0, input: 0, cacheRead: 0, cacheWrite: 0, output: 0, dollars: 0, peakContext: 0 };
  const changes: AttemptedChange[] = [];
  const notes: string[] = [];
  let answer: Answer | undefined;
  let diagnosis: number | undefined;
  let steps = 0;

  while (answer === undefined) {
    const over = used.calls >= mostTurns ? `${mostTurns} turns` : (used.dollars ?? 0) >= site.limits.dollars ? `$${site.limits.dollars}` : Date.now() - begun > site.limits.seconds * 900 ? 'the time' : undefined;
    if (over !== undefined) {
      notes.push(`gave no answer within ${over}`);
      break;
    }
    const message = await client.beta.messages.create(
      { model, max_tokens: mostReplyTokens, system: [{ type: 'text', text: prompt, cache_control: { type: 'ephemeral' } }], cache_control: { type: 'ephemeral' }, tools, messages },
      { signal: site.signal },
    );
    count(used, message);
    messages.push({ role: 'assistant', content: message.content as Anthropic.Beta.Messages.BetaContentBlockParam[] });
    const calls = message.content.flatMap((block) => (block.type === 'tool_use' ? [block] : []));
    if (calls.length === 0) {
      messages.push({ role: 'user', content: 'Go on with run, or end with finish.' });
      continue;
    }
    const results: Anthropic.Beta.Messages.BetaToolResultBlockParam[] = [];
    for (const { id, name, input } of calls) {
      const { text, ok } = await act(name, input);
      results.push({ type: 'tool_result', tool_use_id: id, content: text, ...(!ok && { is_error: true }) });
    }
    messages.push({ role: 'user', content: results });
  }
  return { ...(answer && { answer }), changes, times: diagnosis === undefined ? {} : { diagnosis }, models: { react: used }, steps, evidence: { quotes: 0, unsupported: 0 }, notes };

  async function act(name: string, input: unknown): Promise<Outcome> {
    if (name === 'finish') {
      const finished = finishSchema.safeParse(input);
      if (!finished.success) return { ok: false, text: z.prettifyError(finished.error) };
      const { root, ...rest } = finished.data;
      answer = { ...rest, root: root && { resource: root.resource, mechanism: root.mechanism, title: root.title, ...(root.confidence !== undefined && { confidence: root.confidence }) } };
      diagnosis = Date.now() - begun;
      return { ok: true, text: 'Received.' };
    }
    const command = commandSchema.safeParse(input);
    if (name !== 'run' || !command.success) return { ok: false, text: command.success ? `There is no tool ${name}.` : z.prettifyError(command.error) };
    steps += 1;
    const outcome = await run(command.data);
    if (!isReading(command.data)) changes.push(changeOf(command.data, outcome, changes.length + 1));
    return outcome;
  }
}

function changeOf({ words }: Command, { ok, text }: Outcome, number: number): AttemptedChange {
  const command = words.join(' ');
  return {
    id: `R${number}`, kind: words.slice(0, 2).join('.').slice(0, 40), title: command.slice(0, 120), command,
    proposed: false, approved: true, automatic: true, executed: ok, outcome: ok ? 'done' : 'failed', ...(!ok && { reason: text.slice(0, 300) }),
  };
}

const priceOf = createPriceOf({});

function count(used: ModelUse, { usage }: Message): void {
  const [read, write] = [usage.cache_read_input_tokens ?? 0, usage.cache_creation_input_tokens ?? 0];
  const price = priceOf(model);
  used.calls += 1;
  used.input += usage.input_tokens;
  used.output += usage.output_tokens;
  used.cacheRead += read;
  used.cacheWrite += write;
  used.peakContext = Math.max(used.peakContext, usage.input_tokens + read + write);
  used.dollars = price === undefined || used.dollars === null ? null : used.dollars + (usage.input_tokens * price.input + usage.output_tokens * price.output + read * price.cacheRead + write * price.cacheWrite) / 1_000_000;
}
