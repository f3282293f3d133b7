/** A recorded investigation as a script without a world: who reads how much in how many replies, and what was read, at its real length. */
import type { ModelReply, ModelRequest, Script } from '../../test/support/scripted-model.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { specialistNames } from '../../src/incident/types.ts';
import type { SpecialistName } from '../../src/incident/types.ts';
import { z } from 'zod';
import type { Recording } from '../sre/contestants/model/recording.ts';
import { readerNames } from './reader-names.ts';

export interface Played {
  /** Texts that each specialist read, by reply. */
  rounds: Map<SpecialistName, string[][]>;
  /** Whom each reply of the orchestrator briefed. */
  briefs: SpecialistName[][];
}

export function playedIn({ conversations }: Pick<Recording, 'conversations'>): Played {
  const rounds = new Map<SpecialistName, string[][]>();
  const briefs: SpecialistName[][] = [];
  for (const { agent, exchanges } of conversations) {
    const specialist = specialistNames.find((name) => name === agent);
    if (specialist) rounds.set(specialist, exchanges.slice(1).map(({ added }) => added.filter(({ kind }) => kind === 'result').map(({ text }) => withoutFrame(text))).filter((texts) => texts.length > 0));
    else briefs.push(...exchanges.map(({ reply }) => specialistNames.filter((name) => reply.some((block) => block.type === 'tool_use' && block.name === `delegate_to_${name}_agent`))).filter((names) => names.length > 0));
  }
  return { rounds, briefs };
}

/** One tool for each who reads; it takes as long as `milliseconds`. */
export function toolsOf({ rounds }: Played, milliseconds: number): Tool[] {
  return [...rounds].map(([specialist, texts]) => ({
    name: readerNames[specialist],
    description: 'Reads what was read then.',
    specialists: [specialist],
    input: z.object({ number: z.number().int() }),
    run: async (input) => {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      const { number } = input as { number: number };
      return { command: `read ${specialist} ${number}`, output: texts.flat()[number] ?? '' };
    },
  }));
}

/** `callsPerReply`: how many of the recorded calls a specialist makes at once; all that were recorded together by default. */
export function scriptOf(played: Played, latencyMilliseconds: number, callsPerReply = Number.POSITIVE_INFINITY): Script {
  return async (request) => {
    await new Promise((resolve) => setTimeout(resolve, latencyMilliseconds));
    const turn = request.messages.filter(({ role }) => role === 'assistant').length;
    const names = request.tools.map(({ name }) => name);
    if (names.includes('submit_report')) return specialist(played, request, turn, callsPerReply);
    return names.includes('state_findings') ? alone(played, turn) : lead(played, turn);
  };
}

function lead({ briefs }: Played, turn: number): ModelReply {
  const now = briefs[turn];
  if (!now) return conclusion;
  return { tools: now.map((name) => ({ name: `delegate_to_${name}_agent`, input: { objective: `What is wrong, as ${name} sees it?`, known_facts: [], time_window: 'last 15 minutes', expected_output: 'The cause, quoted.' } })) };
}

/** All specialists' calls of one round in one reply. */
function alone({ rounds }: Played, turn: number): ModelReply {
  const calls = [...rounds].flatMap(([name, texts]) => callsOf(name, texts, turn));
  return calls.length > 0 ? { tools: calls } : conclusion;
}

function specialist({ rounds }: Played, request: ModelRequest, turn: number, callsPerReply: number): ModelReply {
  const name = specialistNames.find((one) => request.tools.some((tool) => tool.name === readerNames[one]));
  const texts = (name && rounds.get(name)) ?? [];
  const replies = Number.isFinite(callsPerReply) ? inPieces(texts.flat(), callsPerReply) : texts;
  const calls = name ? callsOf(name, replies, turn) : [];
  return calls.length > 0 ? { tools: calls } : { tools: [{ name: 'submit_report', input: { summary: 'It is as the readings say. '.repeat(40), findings: [], gaps: [] } }] };
}

function callsOf(name: SpecialistName, replies: readonly string[][], turn: number): NonNullable<ModelReply['tools']> {
  const before = replies.slice(0, turn).flat().length;
  return (replies[turn] ?? []).map((_text, index) => ({ name: readerNames[name], input: { number: before + index } }));
}

function inPieces(texts: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(texts.length / size) }, (_none, index) => texts.slice(index * size, (index + 1) * size));
}

const conclusion: ModelReply = { tools: [{ name: 'conclude', input: { summary: 'It is as the reports say.', root_cause: null, chain: [], ruled_out: [], unseen: [], changes: [] } }] };

/** What stands between the boundaries of a rendered evidence. */
function withoutFrame(text: string): string {
  return /\n(==\w+==)\n([\s\S]*)\n\1(?:\n+\[Left: [^\n]*\])?$/.exec(text)?.[2] ?? text;
}
