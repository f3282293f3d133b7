/** The narrow port on the Claude SDK: the clients of Bedrock, Vertex and Foundry fit it as they are. */
import Anthropic, { APIConnectionError, APIConnectionTimeoutError, APIUserAbortError } from '@anthropic-ai/sdk';
import type { Logger } from '../../telemetry/log.ts';
import { ModelUnavailableError } from '../model-unavailable-error.ts';

export interface ClaudePort {
  beta: { messages: Pick<Anthropic['beta']['messages'], 'create'> };
}

export interface ClientParts {
  apiKey: string;
  baseUrl?: string | undefined;
  /** For one HTTP attempt. Default: two minutes. */
  timeoutMilliseconds?: number;
  log: Logger;
}

export function createClaude({ apiKey, baseUrl, ...parts }: ClientParts): ClaudePort {
  return new Anthropic({ apiKey, baseURL: baseUrl, ...clientOptions(parts) });
}

/** What every client gets. The SDK retries twice, and is the only layer that does. */
export function clientOptions({ timeoutMilliseconds = 120_000, log }: Pick<ClientParts, 'timeoutMilliseconds' | 'log'>) {
  return {
    timeout: timeoutMilliseconds,
    maxRetries: 2,
    openTelemetry: { propagation: false },
    logLevel: 'warn' as const,
    logger: {
      error: (text: string) => log.error(text),
      warn: (text: string) => log.warn(text),
      info: () => undefined,
      debug: () => undefined,
    },
  };
}

/** An SDK error as ours, with what an operator can do about it. Anything else is thrown on as it is. */
export function asModelUnavailable(error: unknown): unknown {
  if (error instanceof APIUserAbortError || !(error instanceof Error)) return error;
  const { name } = error.constructor;
  const named = (type: { name: string }): boolean => name === type.name;
  if (named(APIConnectionTimeoutError)) return new ModelUnavailableError('The model did not answer in time.', { cause: error });
  if (named(APIConnectionError)) return new ModelUnavailableError('The model could not be reached. Check the address of the Messages API (ANTHROPIC_BASE_URL) and the network.', { cause: error });
  const status = statusOf(error);
  return status === undefined ? error : new ModelUnavailableError(words[status] ?? `The model answered with an error (${status}).`, { cause: error });
}

const words: Record<number, string> = {
  401: 'The model refused the key. Check ANTHROPIC_API_KEY, or the credentials of the cloud.',
  403: 'The model is not granted to these credentials. Check the account, and models in sre-agent.yaml.',
  404: 'The model is not known to the API. Check models in sre-agent.yaml.',
  429: 'The model refused more requests: rate or spending limit reached.',
};

/** Overloaded, limited, too slow, unknown or not granted: trouble of one model. A wrong key or a lost network is the same for all of them. */
export function mayAnotherModelDo(error: unknown): boolean {
  if (error instanceof Error && error.constructor.name === APIConnectionTimeoutError.name) return true;
  const status = statusOf(error) ?? 0;
  return status === 403 || status === 404 || status === 408 || status === 429 || status >= 500;
}

/** By shape: a cloud's package may bring its own copy of the SDK, whose classes are others. */
function statusOf(error: unknown): number | undefined {
  const status: unknown = error instanceof Error && 'status' in error && 'headers' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}
