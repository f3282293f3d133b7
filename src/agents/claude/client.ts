/** The narrow port on the Claude SDK: Bedrock, Vertex and Foundry clients fit it as they are. */
import Anthropic, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError, AuthenticationError, NotFoundError, PermissionDeniedError, RateLimitError } from '@anthropic-ai/sdk';
import type { Logger } from '../../telemetry/log.ts';
import { ModelUnavailableError } from '../model-unavailable-error.ts';

export interface ClaudePort {
  beta: { messages: Pick<Anthropic['beta']['messages'], 'create'> };
}

/** `timeoutMilliseconds` is for one HTTP attempt; the SDK retries twice, and is the only layer that does. */
export function createClaude({ apiKey, baseUrl, timeoutMilliseconds = 120_000, log }: { apiKey: string; baseUrl?: string; timeoutMilliseconds?: number; log: Logger }): ClaudePort {
  return new Anthropic({
    apiKey,
    baseURL: baseUrl,
    timeout: timeoutMilliseconds,
    maxRetries: 2,
    openTelemetry: { propagation: false },
    logLevel: 'warn',
    logger: {
      error: (text: string) => log.error(text),
      warn: (text: string) => log.warn(text),
      info: () => undefined,
      debug: () => undefined,
    },
  });
}

/** An SDK error as ours, with what an operator can do about it. Anything else is thrown on as it is. */
export function asModelUnavailable(error: unknown): unknown {
  if (error instanceof APIConnectionTimeoutError) return new ModelUnavailableError('The model did not answer in time.', { cause: error });
  if (error instanceof APIConnectionError) return new ModelUnavailableError('The model could not be reached. Check ANTHROPIC_BASE_URL and the network.', { cause: error });
  if (error instanceof AuthenticationError) return new ModelUnavailableError('The model refused the key. Check ANTHROPIC_API_KEY.', { cause: error });
  if (error instanceof NotFoundError) return new ModelUnavailableError('The model is not known to the API. Check models in sre-agent.yaml.', { cause: error });
  if (error instanceof RateLimitError) return new ModelUnavailableError('The model refused more requests: rate or spending limit reached.', { cause: error });
  if (error instanceof APIError && !(error instanceof APIUserAbortError)) {
    return new ModelUnavailableError(`The model answered with an error (${String(error.status ?? 'no status')}).`, { cause: error });
  }
  return error;
}

/** Overloaded, limited, unknown or not granted: trouble of one model. A wrong key or a lost network is the same for all of them. */
export function mayAnotherModelDo(error: unknown): boolean {
  if (error instanceof NotFoundError || error instanceof PermissionDeniedError || error instanceof RateLimitError) return true;
  return error instanceof APIError && (error.status ?? 0) >= 500;
}
