/** One request to an internal API: no redirects, a deadline, a capped answer, never a token in a message. */
import type { Secret } from '../../../config/targets.ts';
import type { Call } from './request.ts';

export interface Answer {
  status: number;
  etag: string | null;
  text: string;
  /** No answer came; the text says how we know what happened. */
  lost?: boolean;
}

export interface CallOptions {
  token?: Secret | undefined;
  headers?: Record<string, string>;
  signal: AbortSignal;
  /** Default 15 s. */
  deadlineMilliseconds?: number;
  /** Of the answer; the rest is not read. Default 256 KiB. */
  maxBytes?: number;
}

/** Throws NoAnswerError when there was none; every status is an answer, a redirect too (it is not followed). */
export async function call(request: Call, { token, headers = {}, signal, deadlineMilliseconds = 15_000, maxBytes = 256 * 1024 }: CallOptions): Promise<Answer> {
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` };
  const deadline = AbortSignal.timeout(deadlineMilliseconds);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      redirect: 'manual',
      signal: AbortSignal.any([signal, deadline]),
      headers: { accept: 'application/json', ...(request.body !== undefined && { 'content-type': 'application/json' }), ...headers, ...authorization },
      ...(request.body !== undefined && { body: request.body }),
    });
    return { status: response.status, etag: response.headers.get('etag'), text: await readCapped(response, maxBytes) };
  } catch (error) {
    throw new NoAnswerError(request, deadline.aborted ? `no answer within ${deadlineMilliseconds} ms` : reasonOf(error), { cause: error });
  }
}

export class NoAnswerError extends Error {
  readonly code = 'no_answer';
  override readonly name = 'NoAnswerError';

  constructor({ method, url }: Call, reason: string, options?: ErrorOptions) {
    super(`${method} ${url}: ${reason}. Check that the API is up and reachable from here.`, options);
  }
}

async function readCapped(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).byteLength;
    if (size > maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? ((cause as { code?: string }).code ?? cause.message) : String(cause);
}
