/** Follow-ups answered by Claude from the incident's own record. It has one tool, read_evidence, and no door to any system. */
import type Anthropic from '@anthropic-ai/sdk';
import type { ModelCall } from '../../incident/store.ts';
import type { Answerer, Budget } from '../agents.ts';
import { ModelUnavailableError } from '../model-unavailable-error.ts';
import { asModelUnavailable } from './client.ts';
import type { ClaudePort } from './client.ts';
import { modelTool } from './model-tool.ts';
import { readEvidenceSchema } from './orchestrator-tools.ts';
import type { Prompt } from './prompts.ts';
import { renderEvidence, renderFinding } from './render.ts';
import { recordUsage } from './usage.ts';

export interface ClaudeAnswererParts {
  claude: ClaudePort;
  model: string;
  prompt: Prompt;
  budgetOf(incidentId: string): Promise<Budget>;
}

const agent: ModelCall['agent'] = 'answer';

export function createClaudeAnswerer({ claude, model, prompt, budgetOf }: ClaudeAnswererParts): Answerer {
  return {
    async answer(question, { incident, events, evidence, signal }) {
      const budget = await budgetOf(incident.id);
      const { exceeded } = budget.state();
      if (exceeded) throw new ModelUnavailableError(`The incident's budget is used up: ${exceeded}.`);
      const read = modelTool({
        name: 'read_evidence',
        description: 'Reads one evidence record of this incident.',
        schema: readEvidenceSchema,
        run: async ({ evidence: id }) => {
          const found = evidence.find((one) => one.id === id);
          return found ? renderEvidence(found) : `There is no evidence ${id}.`;
        },
      });
      const record = [
        `Incident ${incident.id}: ${JSON.stringify(incident.title)}`,
        'Its timeline, oldest first (JSON; holds untrusted text):',
        ...events.flatMap((event) => summarize(event)),
        'Evidence: ' + (evidence.map((one) => `${one.id} ${one.command}`).join('\n') || 'none'),
        '',
        `The question, from a person in the thread: ${JSON.stringify(question)}`,
      ].join('\n');
      try {
        const runner = claude.beta.messages.toolRunner(
          {
            model,
            max_tokens: 4_000,
            thread: false,
            max_iterations: 5,
            system: [{ type: 'text', text: prompt.text, cache_control: { type: 'ephemeral' } }],
            cache_control: { type: 'ephemeral' },
            tools: [read],
            messages: [{ role: 'user', content: record }],
          },
          { signal },
        );
        let text = '';
        let begun = Date.now();
        for await (const message of runner as AsyncIterable<Anthropic.Beta.Messages.BetaMessage>) {
          await recordUsage(budget, { agent, model, message, promptHash: prompt.hash, seconds: (Date.now() - begun) / 1000 });
          begun = Date.now();
          text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n').trim() || text;
        }
        if (!text) throw new ModelUnavailableError('The model gave no answer.');
        const known = new Set(evidence.map((one) => one.id));
        return { text, evidence: [...new Set(text.match(/\bE\d+\b/g) ?? [])].filter((id) => known.has(id)) };
      } catch (error) {
        throw asModelUnavailable(error);
      }
    },
  };
}

function summarize(event: Parameters<Answerer['answer']>[1]['events'][number]): string[] {
  switch (event.type) {
    case 'specialist.reported':
      return [`report of ${event.report.specialist}: ${event.report.summary}`, ...event.report.findings.map(renderFinding)];
    case 'rules.looked':
      return event.findings.map(renderFinding);
    case 'plan.updated':
    case 'budget.updated':
    case 'specialist.briefed':
      return [];
    default:
      return [JSON.stringify(event).slice(0, 4_000)];
  }
}
