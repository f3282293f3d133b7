/** Serves a recording to the product as if it were the API. What it can't answer is an error, and the run does not count. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEstimator } from './estimate.ts';
import { requestSchema } from './messages.ts';
import { modelError, startModelServer } from './model-server.ts';
import type { ModelServer } from './model-server.ts';
import type { Recording } from './recording.ts';
import { RecordingDivergedError } from './recording-diverged-error.ts';
import { createReplay } from './replay.ts';
import type { Replay } from './replay.ts';

export interface Replayer extends ModelServer {
  /** Throws RecordingDivergedError unless every recorded reply was asked for and could be given. */
  check(): void;
  seen(): ReturnType<Replay['seen']>;
}

/** A reply takes what it took, this at most: what was read later in the recording is there by then, and nobody waits for a reader. */
const mostSeconds = 5;

export async function startReplayer(recording: Recording): Promise<Replayer> {
  const replay = createReplay(recording);
  const estimate = createEstimator();
  const server = await startModelServer(async (body, { signal }) => {
    try {
      const request = requestSchema.parse(JSON.parse(body));
      const { reply, stopReason, seconds } = replay.answer(request);
      await sleep(Math.min(seconds, mostSeconds) * 1000, undefined, { signal });
      const content = reply.map((block) => (block.type === 'text' ? block : { ...block, id: `toolu_${randomUUID().replaceAll('-', '')}` }));
      return { status: 200, body: JSON.stringify({ id: `msg_${randomUUID()}`, type: 'message', role: 'assistant', model: request.model, content, stop_reason: stopReason, stop_sequence: null, usage: estimate(request, reply) }) };
    } catch (error) {
      if (!(error instanceof RecordingDivergedError)) throw error;
      return modelError(400, 'invalid_request_error', `recording diverged: ${error.message}`);
    }
  });
  return {
    ...server,
    seen: replay.seen,
    check() {
      const divergence = replay.divergence();
      if (divergence !== undefined) throw new RecordingDivergedError(divergence);
    },
  };
}
