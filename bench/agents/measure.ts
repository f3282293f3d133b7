/** One played investigation in one layout: how long it takes, and how much each agent's context holds. */
import { createClaude } from '../../src/agents/claude/client.ts';
import { layOut } from '../../src/agents/claude/layout.ts';
import { loadPrompts } from '../../src/agents/claude/prompts.ts';
import type { Layout } from '../../src/config/file-schema.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { startScriptedModel } from '../../test/support/scripted-model.ts';
import type { ModelRequest } from '../../test/support/scripted-model.ts';
import { testInvestigation } from '../../test/support/investigation.ts';
import { scriptOf, toolsOf } from './script.ts';
import type { Played } from './script.ts';

export interface Measured {
  seconds: number;
  /** Replies of models. */
  replies: number;
  /** Tokens of the longest request of whoever concludes, and of the longest of any specialist: characters / 4. */
  peakOfLead: number;
  peakOfSpecialist: number;
  /** Of all requests. */
  sent: number;
}

export interface Setting {
  layout: Layout;
  latencyMilliseconds: number;
  toolMilliseconds: number;
  callsPerReply?: number;
}

const charactersPerToken = 4;
const limits = { dollars: 100, seconds: 600, specialistSeconds: 300, specialistSteps: 200, orchestratorTurns: 50, delegations: 50 };
const models = { orchestrator: 'lead', specialist: 'reader', overrides: {} };

export async function measure(played: Played, { layout, latencyMilliseconds, toolMilliseconds, callsPerReply }: Setting): Promise<Measured> {
  const server = await startScriptedModel(scriptOf(played, latencyMilliseconds, callsPerReply));
  try {
    const investigation = await testInvestigation({ tools: toolsOf(played, toolMilliseconds), limits });
    const claude = createClaude({ apiKey: 'none', baseUrl: server.url, log: createLogger({ level: 'silent', redact: (text) => text }) });
    const begun = performance.now();
    await layOut(layout, { claude, models, prompts: loadPrompts() }).run(investigation);
    const seconds = (performance.now() - begun) / 1000;
    const sizes = server.requests.map((request, index) => ({ leads: leads(request), tokens: Math.ceil((server.bodies[index]?.length ?? 0) / charactersPerToken) }));
    const peak = (leading: boolean): number => Math.max(0, ...sizes.filter((one) => one.leads === leading).map(({ tokens }) => tokens));
    return { seconds, replies: sizes.length, peakOfLead: peak(true), peakOfSpecialist: peak(false), sent: sizes.reduce((sum, { tokens }) => sum + tokens, 0) };
  } finally {
    await server.close();
  }
}

const leads = ({ tools }: ModelRequest): boolean => tools.some(({ name }) => name === 'conclude');
