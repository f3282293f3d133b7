/** A recorded reply as it must read in this world. Throws RecordingDivergedError when something it stands on is not here. */
import { contains } from '../../../../src/incident/admit.ts';
import type { Bindings } from './bindings.ts';
import type { EvidenceTexts } from './evidence-texts.ts';
import { findQuote } from './find-quote.ts';
import type { Block } from './recording.ts';
import { RecordingDivergedError } from './recording-diverged-error.ts';
import { tokensOf } from './tokens.ts';
import type { Token } from './tokens.ts';

export interface Worlds {
  bindings: Bindings;
  recorded: EvidenceTexts;
  actual: EvidenceTexts;
}

/** What is read by people: it need not hold. */
const prose = new Set(['summary', 'explanation', 'reason', 'title', 'rationale', 'hypotheses', 'chain', 'ruled_out', 'unseen', 'gaps', 'objective', 'known_facts', 'expected_output', 'time_window', 'text']);
const ofProcess = /(?:\b(?:pids?|process|thread)\W{0,12}|\bsession(?:\/[\w.-]+)*\/)$/i;

type Together = ReadonlyMap<string, string> | undefined;

export function rebindReply(reply: readonly Block[], worlds: Worlds): Block[] {
  return reply.map((block) => (block.type === 'text' ? { type: 'text', text: rebindText(block.text, 'text', worlds, undefined) } : { ...block, input: rebindValue(block.input, '', worlds, undefined) }));
}

function rebindValue(value: unknown, key: string, worlds: Worlds, together: Together): unknown {
  if (typeof value === 'string') return rebindText(value, key, worlds, together);
  if (typeof value === 'number') return Number(rebindText(String(value), key, worlds, together));
  if (Array.isArray(value)) return value.map((one) => rebindValue(one, key, worlds, together));
  if (typeof value !== 'object' || value === null) return value;
  if (isQuote(value)) return rebindQuote(value, worlds);
  const entries = Object.entries(value);
  const leaves = entries.flatMap(([name, leaf]) => (typeof leaf === 'string' || typeof leaf === 'number' ? movable(String(leaf), name) : []));
  const line = leaves.length > 1 ? worlds.bindings.lookUpTogether(leaves) : undefined;
  return Object.fromEntries(entries.map(([name, child]) => [name, rebindValue(child, prose.has(key) ? key : name, worlds, line)]));
}

function rebindText(text: string, key: string, { bindings }: Worlds, together: Together): string {
  let result = '';
  let from = 0;
  for (const token of movable(text, key)) {
    const actual = together?.get(token.text) ?? bindings.lookUp(token);
    if (actual === undefined && !prose.has(key) && bindings.wasRead(token) && !bindings.isHere(token)) {
      throw new RecordingDivergedError(`${token.text}, which the recorded reply names under ${key || 'its input'}, has no counterpart in this run.`);
    }
    result += text.slice(from, token.at) + (actual ?? token.text);
    from = token.at + token.text.length;
  }
  return result + text.slice(from);
}

/** Tokens that may be others in another world. Counts and durations are what somebody chose. */
function movable(text: string, key: string): Token[] {
  return tokensOf(text).filter(({ kind, text: found, at }) => {
    if (kind === 'time') return found.includes('-');
    if (kind === 'number') return /^\d{4,}$/.test(found) || ofProcess.test(`${key} ${text.slice(0, at)}`);
    return kind === 'evidence' || kind === 'finding' || kind === 'identifier' || kind === 'address';
  });
}

interface Quote {
  evidence: string;
  quote: string;
}

function rebindQuote({ evidence, quote }: Quote, worlds: Worlds): Quote {
  const id = rebindText(evidence, 'evidence', worlds, undefined);
  const mapped = rebindText(quote, 'text', worlds, undefined);
  const [recorded, actual] = [worlds.recorded.of(evidence), worlds.actual.of(id)];
  // It was not there then either, or stands in a part that was not shown.
  if (!recorded.some((text) => contains(text, quote))) return { evidence: id, quote: mapped };
  const found = findQuote(mapped, actual);
  if (found === undefined) throw new RecordingDivergedError(`Nothing in ${id} says what was quoted from ${evidence} of the recording: ${JSON.stringify(quote.slice(0, 200))}`);
  return { evidence: id, quote: found };
}

const isQuote = (value: object): value is Quote => 'evidence' in value && 'quote' in value && typeof value.evidence === 'string' && typeof value.quote === 'string';
