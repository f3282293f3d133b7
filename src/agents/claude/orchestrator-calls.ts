/** Answers every tool call of one orchestrator reply; delegations run side by side, each with its own deadline. */
import { z } from 'zod';
import { StoppedError } from '../../incident/stopped-error.ts';
import { briefSchema, findingKey } from '../../incident/types.ts';
import type { Diagnosis, Finding, SpecialistName } from '../../incident/types.ts';
import type { Conclusion, Investigation, Specialist } from '../agents.ts';
import type { Plan } from '../plan.ts';
import { isKind, signatureOf } from './action-catalog.ts';
import { checkConclusion } from './check-conclusion.ts';
import { checkEvidence } from './check-evidence.ts';
import type { ContentParam, MessageParam, ToolResult } from './conversation.ts';
import type { Hands } from './hands.ts';
import { hypothesesOf } from './hypotheses.ts';
import { concludeSchema, delegateOf, seatsNotAsked } from './orchestrator-tools.ts';
import type { Conclude, Seat } from './orchestrator-tools.ts';
import { readEvidence } from './read-evidence.ts';
import { renderReport } from './render.ts';

type ToolUse = Extract<ContentParam, { type: 'tool_use' }>;

interface Scene {
  investigation: Investigation;
  specialists: readonly Specialist[];
  plan: Plan;
  messages: readonly MessageParam[];
  /** Whom it may brief. */
  briefable: readonly Seat[];
  /** Tools of its own; none where it only briefs. */
  hands: Hands | undefined;
}

/** Results in the order of the calls; a conclusion that holds ends everything. */
export async function answerCalls(content: MessageParam['content'] | undefined, scene: Scene): Promise<{ results: ToolResult[]; conclusion?: Conclusion }> {
  const calls = callsIn(content);
  let conclusion: Conclusion | undefined;
  const results = await Promise.all(
    calls.map(async (call): Promise<ToolResult> => {
      try {
        const answer = await answerCall(call, scene);
        if (typeof answer !== 'string') conclusion = answer;
        return { type: 'tool_result', tool_use_id: call.id, content: typeof answer === 'string' ? answer : 'Concluded.' };
      } catch (error) {
        if (error instanceof StoppedError || scene.investigation.signal.aborted) throw error;
        const text = error instanceof z.ZodError ? `Wrong input: ${z.prettifyError(error)}` : error instanceof Error ? error.message : String(error);
        return { type: 'tool_result', tool_use_id: call.id, content: text, is_error: true };
      }
    }),
  );
  return { results, conclusion };
}

export function callsIn(content: MessageParam['content'] | undefined): ToolUse[] {
  return content === undefined || typeof content === 'string' ? [] : content.flatMap((block): ToolUse[] => (block.type === 'tool_use' ? [block] : []));
}

async function answerCall(call: ToolUse, scene: Scene): Promise<string | Conclusion> {
  const { investigation, plan } = scene;
  await investigation.checkpoint();
  const specialist = delegateOf(call.name);
  if (specialist) return delegate(specialist, call.input, scene);
  if (call.name === 'update_hypotheses') {
    const { hypotheses, unknown } = await hypothesesOf(call.input, investigation);
    await plan.setHypotheses(hypotheses);
    return unknown.length === 0 ? 'Shown in the thread.' : `Shown in the thread, without ${unknown.join(', ')}: there is no such evidence or finding.`;
  }
  const own = scene.hands?.tools.find(({ name }) => name === call.name);
  if (own) return own.run(own.parse(call.input));
  if (call.name === 'read_evidence') return readEvidence(call.input, investigation.evidence);
  if (call.name === 'conclude') return concludeWith(parseConclusion(call.input), scene);
  throw new Error(`There is no tool ${call.name}.`);
}

/** What is missing is asked for once; then it is taken as unsupported, and a change that needs it is left out. */
async function concludeWith(given: Conclude, scene: Scene): Promise<Conclusion> {
  const { concluded, ids } = scene.hands === undefined ? { concluded: given, ids: [] } : await scene.hands.stateInline(given);
  try {
    return await checked(concluded, scene);
  } catch (error) {
    if (ids.length === 0 || !(error instanceof Error) || error instanceof StoppedError) throw error;
    throw new Error(`${error.message} Your new findings are stated (${ids.map((id, index) => `N${index + 1} is ${id}`).join(', ')}): cite them by these ids.`, { cause: error });
  }
}

async function checked(concluded: Conclude, { investigation, briefable, messages, hands }: Scene): Promise<Conclusion> {
  const known = await knownFindings(investigation);
  checkConclusion(concluded, known, investigation);
  const missing = await checkEvidence(concluded, known, investigation);
  const all = [...missing.rootCause, ...missing.changes.flat()];
  if (all.length > 0 && !wasRefused(messages)) throw new Error(`${refusal} ${all.join('; ')}. Have it looked at, cite what shows it, or leave it out; concluded once more as it is, it counts as unsupported and its change is not proposed.`);
  const left = { ...concluded, changes: concluded.changes.filter((_change, index) => (missing.changes[index] ?? []).length === 0) };
  const notAsked = seatsNotAsked(briefable, concluded.not_asked ?? [], investigation, hands === undefined ? callsMade(messages) : undefined);
  return toConclusion(left, known, { doubts: all, notAsked });
}

const refusal = 'Not concluded yet:';

/** By the history, which a restart keeps. */
function wasRefused(messages: readonly MessageParam[]): boolean {
  return messages.some(({ role, content }) => role === 'user' && typeof content !== 'string' && content.some((block) => block.type === 'tool_result' && block.is_error === true && typeof block.content === 'string' && block.content.startsWith(refusal)));
}

const callsMade = (messages: readonly MessageParam[]): string[] => messages.flatMap(({ role, content }) => (role === 'assistant' ? callsIn(content).map(({ name }) => name) : []));

/** An action that does not fit is answered with the fields of its kind. */
function parseConclusion(input: unknown): Conclude {
  const parsed = concludeSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const given = z.object({ changes: z.array(z.object({ action: z.object({ kind: z.string() }) })) }).safeParse(input);
  const kinds = given.success ? [...new Set(given.data.changes.map(({ action }) => action.kind))].filter(isKind) : [];
  throw new Error([`Wrong input: ${z.prettifyError(parsed.error)}`, ...kinds.map((kind) => `The fields: ${signatureOf(kind)}`)].join('\n'));
}

async function delegate(name: SpecialistName, input: unknown, { investigation, specialists, plan }: Scene): Promise<string> {
  const brief = briefSchema.parse(input);
  const specialist = specialists.find((one) => one.name === name);
  if (!specialist) throw new Error(`There is no ${name} specialist here.`);
  if (plan.size() >= investigation.budget.limits.delegations) throw new Error(`All ${investigation.budget.limits.delegations} briefs are used. Conclude on what you have.`);
  const [task = ''] = await plan.start([{ specialist: name, title: brief.objective }]);
  await investigation.append({ type: 'specialist.briefed', task, specialist: name, brief });
  const report = await specialist.investigate(brief, investigation);
  await investigation.append({ type: 'specialist.reported', task, report });
  await plan.finish(task, report);
  return renderReport(report);
}

/** Findings of this incident by id: the rules' first look and every report, this run's and, after a restart, earlier ones'. */
async function knownFindings(investigation: Investigation): Promise<Map<string, Finding>> {
  return new Map((await investigation.findings()).map((finding) => [finding.id, finding]));
}

function toConclusion(concluded: Conclude, known: ReadonlyMap<string, Finding>, more: { doubts: string[]; notAsked: NonNullable<Diagnosis['notAsked']> }): Conclusion {
  return {
    diagnosis: {
      summary: concluded.summary,
      rootCause: concluded.root_cause,
      chain: concluded.chain,
      ruledOut: concluded.ruled_out,
      unseen: concluded.unseen,
      ...(more.doubts.length > 0 && { doubts: more.doubts }),
      ...(more.notAsked.length > 0 && { notAsked: more.notAsked }),
    },
    drafts: concluded.changes.map((change) => ({
      action: change.action,
      title: change.title,
      rationale: change.rationale,
      findings: change.findings,
      findingKeys: [...new Set(change.findings.flatMap((id) => known.get(id) ?? []).map(findingKey))],
      proposedBy: 'claude',
    })),
  };
}
