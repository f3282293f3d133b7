/** A recording that answers on a fresh world: aligns what was told then with what is told now, and rebinds each reply. */
import { similarity } from './align.ts';
import { createBindings } from './bindings.ts';
import { createEvidenceTexts, evidenceIdOf } from './evidence-texts.ts';
import { addedParts, agentOf, conversationOf, turnOf } from './messages.ts';
import type { ModelRequest } from './messages.ts';
import { rebindReply } from './rebind.ts';
import type { Block, Conversation, Exchange, Part, Recording } from './recording.ts';
import { RecordingDivergedError } from './recording-diverged-error.ts';
import { tokensOf } from './tokens.ts';

export interface Replay {
  /** Throws RecordingDivergedError, and goes on throwing it. The same request is answered the same again. */
  answer(request: ModelRequest): { reply: Block[]; stopReason: string; /** What it took then. */ seconds: number };
  /** Why it does not count; replies that nobody asked for are a reason. */
  divergence(): string | undefined;
  /** What was told and answered here. */
  seen(): { exchanges: Pick<Exchange, 'added' | 'reply'>[] }[];
}

interface Playing {
  conversation: Conversation;
  served: Pick<Exchange, 'added' | 'reply'>[];
}

export function createReplay({ conversations }: Pick<Recording, 'conversations'>): Replay {
  const worlds = { bindings: createBindings(), recorded: createEvidenceTexts(), actual: createEvidenceTexts() };
  const playing = new Map<string, Playing>();
  let diverged: RecordingDivergedError | undefined;

  function answer(request: ModelRequest): ReturnType<Replay['answer']> {
    const { conversation, served } = playingOf(request);
    const turn = turnOf(request);
    const exchange = conversation.exchanges[turn];
    if (!exchange) throw new RecordingDivergedError(`The ${conversation.agent} asks for a reply ${turn + 1}; the recording has ${conversation.exchanges.length}.`);
    const before = served[turn];
    if (before) return { reply: before.reply, stopReason: exchange.stop_reason, seconds: 0 };
    const added = addedParts(request);
    learn(exchange.added, added, conversation.agent);
    const reply = rebindReply(exchange.reply, worlds);
    served[turn] = { added, reply };
    return { reply, stopReason: exchange.stop_reason, seconds: exchange.seconds };
  }

  function playingOf(request: ModelRequest): Playing {
    const key = conversationOf(request);
    const known = playing.get(key);
    if (known) return known;
    const taken = new Set([...playing.values()].map(({ conversation }) => conversation));
    const open = conversations.filter((one) => one.agent === agentOf(request) && !taken.has(one));
    const asked = tokensOf(textOf(addedParts({ ...request, messages: request.messages.slice(0, 1) })));
    const conversation = open.toSorted((one, other) => similarity(tokensOf(textOf(other.exchanges[0]?.added ?? [])), asked) - similarity(tokensOf(textOf(one.exchanges[0]?.added ?? [])), asked))[0];
    if (!conversation) throw new RecordingDivergedError(`The ${agentOf(request)} was not asked so often in the recording.`);
    const begun = { conversation, served: [] };
    playing.set(key, begun);
    return begun;
  }

  function learn(recorded: readonly Part[], actual: readonly Part[], agent: string): void {
    for (const kind of ['result', 'text'] as const) {
      const [then, now] = [recorded.filter((part) => part.kind === kind), actual.filter((part) => part.kind === kind)];
      if (kind === 'result' && then.length !== now.length) throw new RecordingDivergedError(`The ${agent} was given ${now.length} results; in the recording, ${then.length}.`);
      then.forEach((part, index) => {
        const other = now[index];
        if (!other) return;
        if (other.failed === true && part.failed !== true) throw new RecordingDivergedError(`The ${agent} could read this in the recording, and can not now: ${other.text.slice(0, 200)}`);
        const [id, otherId] = [evidenceIdOf(part.text), evidenceIdOf(other.text)];
        for (const token of id === undefined ? [] : tokensOf(id)) if (otherId !== undefined) worlds.bindings.bind(token, otherId);
        worlds.recorded.add(part.text);
        worlds.actual.add(other.text);
        worlds.bindings.learn(part.text, other.text);
      });
    }
  }

  return {
    seen: () => [...playing.values()].map(({ served }) => ({ exchanges: served.flatMap((one) => one) })),
    answer(request) {
      if (diverged) throw diverged;
      try {
        return answer(request);
      } catch (error) {
        if (error instanceof RecordingDivergedError) diverged = error;
        throw error;
      }
    },
    divergence() {
      if (diverged) return diverged.message;
      const asked = [...playing.values()].reduce((sum, { served }) => sum + served.flatMap((one) => one).length, 0);
      const recorded = conversations.reduce((sum, { exchanges }) => sum + exchanges.length, 0);
      return asked === recorded ? undefined : `${asked} of ${recorded} recorded replies were asked for.`;
    },
  };
}

const textOf = (parts: readonly Part[]): string => parts.map(({ text }) => text).join('\n');
