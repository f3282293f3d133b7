/** A specialist played by Claude: reads, notes what it finds, reports. What it has counts, whatever ends its work. */
import { StoppedError } from '../../incident/stopped-error.ts';
import type { Brief, Report, SpecialistName } from '../../incident/types.ts';
import type { Investigation, Specialist } from '../agents.ts';
import { ModelUnavailableError } from '../model-unavailable-error.ts';
import { withLeft } from './budget-words.ts';
import { asModelUnavailable } from './client.ts';
import type { ClaudePort } from './client.ts';
import { createConversation, cutOff, textOf, toolUses } from './conversation.ts';
import type { ToolResult, ToolUse } from './conversation.ts';
import { announceFallback } from './fallback.ts';
import { callTools } from './call-tools.ts';
import { routeOf } from './models.ts';
import type { Route } from './models.ts';
import { createNotebook } from './notebook.ts';
import type { Notebook } from './notebook.ts';
import { specialistPicture } from './picture.ts';
import type { Prompt } from './prompts.ts';
import { createToolCalls } from './tool-calls.ts';

const replyTokens = 8_000;
const mostCutOffs = 2;
/** Of its seconds; from then on it is asked for its report, and no tool runs longer. */
const readingShare = 0.7;
const wrapUp = 'Your budget is nearly used. Call submit_report now with what you have; name what you did not get to in gaps.';
const noReport = 'Your work ends with a call of submit_report. Call it now, or look further first if something decisive is missing.';

export interface ClaudeSpecialistParts {
  name: SpecialistName;
  claude: ClaudePort;
  /** Its model, or the models for an incident of some severity. */
  model: string | Route;
  prompt: Prompt;
  /** Aborts when that many seconds are over. */
  deadline?: (seconds: number) => AbortSignal;
}

export function createClaudeSpecialist({ name, claude, model, prompt, deadline = (seconds) => AbortSignal.timeout(Math.round(seconds * 1000)) }: ClaudeSpecialistParts): Specialist {
  async function investigate(brief: Brief, investigation: Investigation): Promise<Report> {
    const begun = Date.now();
    const seconds = () => (Date.now() - begun) / 1000;
    const { budget } = investigation;
    const { specialistSeconds } = budget.limits;
    const signal = AbortSignal.any([investigation.signal, deadline(specialistSeconds)]);
    const reading = AbortSignal.any([signal, AbortSignal.timeout(Math.round(specialistSeconds * readingShare * 1000))]);
    const { tools, gathered } = createToolCalls(name, investigation, reading);
    const notebook = createNotebook(name, investigation);
    const all = [...tools, ...notebook.tools];
    const conversation = createConversation({
      claude, prompt, replyTokens, signal, agent: name, models: routeOf(model)(investigation.incident.severity), tools: all,
      messages: [{ role: 'user', content: [{ type: 'text', text: await specialistPicture(name, brief, investigation, new Date()) }] }],
      budget, onFallback: announceFallback(investigation),
    });
    let lastText = '';

    const report = async (outcome: Report['outcome'], gaps: string[] = []): Promise<Report> => {
      await notebook.close();
      return {
        specialist: name, outcome, findings: notebook.findings(), evidence: [...gathered], seconds: seconds(),
        summary: notebook.report()?.summary ?? (lastText || summaryOf(gathered, notebook)),
        gaps: [...(notebook.report()?.gaps ?? []), ...gaps],
      };
    };

    try {
      return await Promise.race([work(), aborted(signal)]);
    } catch (error) {
      if (error instanceof StoppedError || investigation.signal.aborted) throw error;
      if (signal.aborted) return report('partial', [`Stopped after ${specialistSeconds} s, its deadline.`]);
      const known = asModelUnavailable(error);
      const reason = known instanceof ModelUnavailableError ? known.message : `It failed: ${error instanceof Error ? error.message : String(error)}`;
      return report(gathered.length > 0 ? 'partial' : 'failed', [reason]);
    }

    async function work(): Promise<Report> {
      const { specialistSteps } = budget.limits;
      let [steps, cutOffs, wordy] = [0, 0, 0];
      const nearlyOver = () => steps >= specialistSteps || seconds() > specialistSeconds * readingShare || budget.state().nearlyExceeded || conversation.nearlyDearer();
      for (;;) {
        const message = await conversation.ask();
        await investigation.checkpoint();
        lastText = textOf(message) || lastText;
        const calls = toolUses(message);
        const { exceeded } = budget.state();
        if (message.stop_reason === 'model_context_window_exceeded') return report('partial', ['Its reading grew over what the model can hold.']);
        if (message.stop_reason === 'max_tokens') {
          cutOffs += 1;
          if (cutOffs > mostCutOffs || exceeded !== undefined) return report('partial', ['Its replies were cut off for their length.']);
          conversation.tell(cutOff(calls, replyTokens));
          continue;
        }
        steps += 1;
        const submitted = calls.find((call) => call.name === notebook.submit);
        // What the same reply notes belongs to its report.
        const noted = submitted ? await callTools(calls.filter((call) => call.name === notebook.note), notebook.tools) : [];
        if (submitted && (await notebook.accepts(submitted.input, nearlyOver()))) return report('complete');
        if (exceeded !== undefined) return report('partial', [`The incident's budget is used up: ${exceeded}.`]);
        if (steps > specialistSteps) return report('partial', [`Its ${specialistSteps} steps were used up before it reported.`]);
        if (calls.length === 0) {
          wordy += 1;
          if (wordy > 1) return report('partial', ['It ended without a report in form; its last words stand as the summary.']);
          conversation.tell([{ type: 'text', text: noReport }]);
          continue;
        }
        await answer(calls, noted);
      }

      /** `done`: results of those calls of the reply that were made already. */
      async function answer(calls: ToolUse[], done: ToolResult[]): Promise<void> {
        const made = await callTools(calls.filter(({ id }) => !done.some((one) => one.tool_use_id === id)), all);
        const results = calls.flatMap(({ id }) => [...done, ...made].find((one) => one.tool_use_id === id) ?? []);
        const told = withLeft(results, { replies: [steps, specialistSteps], seconds: [seconds(), specialistSeconds], budget });
        conversation.tell(nearlyOver() ? [...told, { type: 'text', text: wrapUp }] : told);
      }
    }
  }
  return { name, investigate };
}

function summaryOf(gathered: readonly string[], notebook: Notebook): string {
  const noted = notebook.findings().map(({ title }) => title).join('; ');
  const read = gathered.length === 0 ? 'It read nothing.' : `It read ${gathered.join(', ')}.`;
  return `No report was written. ${read}${noted === '' ? '' : ` Noted before it ended: ${noted}.`}`;
}

/** Rejects as soon as the signal does, whatever else hangs. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
