/** A specialist played by Claude: the SDK's tool loop, our limits, a report that code has checked. */
import type Anthropic from '@anthropic-ai/sdk';
import type { z } from 'zod';
import { StoppedError } from '../../incident/stopped-error.ts';
import type { Brief, Finding, Report, SpecialistName } from '../../incident/types.ts';
import type { Investigation, Specialist } from '../agents.ts';
import { ModelUnavailableError } from '../model-unavailable-error.ts';
import { asModelUnavailable } from './client.ts';
import type { ClaudePort } from './client.ts';
import { modelTool } from './model-tool.ts';
import { specialistPicture } from './picture.ts';
import type { Prompt } from './prompts.ts';
import { reportSchema } from './report-schema.ts';
import { recordUsage } from './usage.ts';
import { createToolCalls } from './tool-calls.ts';

type Message = Anthropic.Beta.Messages.BetaMessage;

const maximumReplyTokens = 8_000;
const wrapUp = 'Your budget is nearly used. Call submit_report now with what you have; name what you did not get to in gaps.';

export interface ClaudeSpecialistParts {
  name: SpecialistName;
  claude: ClaudePort;
  model: string;
  prompt: Prompt;
  /** Aborts when that many seconds are over. */
  deadline?: (seconds: number) => AbortSignal;
}

export function createClaudeSpecialist({ name, claude, model, prompt, deadline = (seconds) => AbortSignal.timeout(seconds * 1000) }: ClaudeSpecialistParts): Specialist {
  async function investigate(brief: Brief, investigation: Investigation): Promise<Report> {
    const begun = Date.now();
    const seconds = () => (Date.now() - begun) / 1000;
    const { specialistSeconds, specialistSteps } = investigation.budget.limits;
    const signal = AbortSignal.any([investigation.signal, deadline(specialistSeconds)]);
    const { tools, gathered } = createToolCalls(name, investigation, signal);
    let submitted: z.infer<typeof reportSchema> | undefined;
    let lastText = '';

    const report = async (outcome: Report['outcome'], gaps: string[] = []): Promise<Report> => {
      const findings: Finding[] = [];
      for (const body of submitted?.findings ?? []) findings.push(await investigation.admit(name, 'model', body));
      return {
        specialist: name, outcome, findings, evidence: [...gathered], seconds: seconds(),
        summary: submitted?.summary ?? (lastText || 'No report was written.'),
        gaps: [...(submitted?.gaps ?? []), ...gaps],
      };
    };

    const submit = modelTool({
      name: 'submit_report',
      description: 'Hands your report to the orchestrator and ends your work. Quotes must be verbatim from the evidence they cite: code checks them, and an unsupported finding counts for nothing.',
      schema: reportSchema,
      run: async (input) => {
        submitted = input;
        return 'Received.';
      },
    });

    try {
      const runner = claude.beta.messages.toolRunner(
        {
          model,
          max_tokens: maximumReplyTokens,
          thread: false,
          max_iterations: specialistSteps + 2,
          system: [{ type: 'text', text: prompt.text, cache_control: { type: 'ephemeral' } }],
          cache_control: { type: 'ephemeral' },
          tools: [...tools, submit].toSorted((one, other) => (one.name < other.name ? -1 : 1)),
          messages: [{ role: 'user', content: specialistPicture(name, brief, investigation, new Date()) }],
        },
        { signal },
      );
      let steps = 0;
      let turnBegun = Date.now();
      for await (const message of runner as AsyncIterable<Message>) {
        await recordUsage(investigation.budget, { agent: name, model, message, promptHash: prompt.hash, seconds: (Date.now() - turnBegun) / 1000 });
        turnBegun = Date.now();
        await investigation.checkpoint();
        steps += 1;
        lastText = textOf(message) || lastText;
        if (message.stop_reason === 'refusal') return await report('failed', ['The model declined to go on with this brief.']);
        if (message.stop_reason !== 'tool_use') continue;
        const call = message.content.find((block) => block.type === 'tool_use' && block.name === 'submit_report');
        const parsed = call?.type === 'tool_use' ? reportSchema.safeParse(call.input) : undefined;
        if (parsed?.success) {
          submitted = parsed.data;
          return await report('complete');
        }
        const { exceeded } = investigation.budget.state();
        if (exceeded !== undefined) return await report('partial', [`The incident's budget is used up: ${exceeded}.`]);
        if (steps > specialistSteps) return await report('partial', [`Its ${specialistSteps} steps were used up before it reported.`]);
        if (steps === specialistSteps || seconds() > specialistSeconds * 0.7 || investigation.budget.state().nearlyExceeded) {
          const results = await runner.generateToolResponse(signal);
          const content = typeof results?.content === 'string' ? [{ type: 'text' as const, text: results.content }] : (results?.content ?? []);
          runner.pushMessages({ role: 'assistant', content: message.content }, { role: 'user', content: [...content, { type: 'text', text: wrapUp }] });
        }
      }
      return await report(submitted ? 'complete' : 'partial', submitted ? [] : ['It ended without a report in form; its last words stand as the summary.']);
    } catch (error) {
      if (error instanceof StoppedError || investigation.signal.aborted) throw error;
      if (signal.aborted) return report('partial', [`Stopped after ${specialistSeconds} s, its deadline.`]);
      const known = asModelUnavailable(error);
      return report('failed', [known instanceof ModelUnavailableError ? known.message : `It failed: ${error instanceof Error ? error.message : String(error)}`]);
    }
  }
  return { name, investigate };
}

function textOf(message: Message): string {
  return message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n').trim();
}
