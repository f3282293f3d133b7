/** A configured host, read through its agent, or here when it is the machine that we run on. */
import { call } from '../../changes/actions/http-operation/call.ts';
import type { HostTarget } from '../../config/targets.ts';
import { createHostReader } from '../../host-facts/read-host.ts';
import type { HostAnswer, HostReader, HostRequest } from '../../host-facts/request.ts';
import { hostAnswer, HostRefusedError } from '../../host-facts/request.ts';
import { refusalAnswer } from '../../packet-filter/agent-api.ts';

const mostBytes = 24 * 1024 * 1024;
const deadlineMilliseconds = 45_000;

/** It did not answer, or not in words that are understood. The message says what to do. */
export class HostUnreadableError extends Error {
  readonly code = 'host_unreadable';
  override readonly name = 'HostUnreadableError';
}

/** `read` throws HostUnreadableError, HostRefusedError, NoAnswerError or ConfigurationError. */
export function readerOf(host: HostTarget): HostReader {
  if (host.local) return createHostReader(host.local);
  return { read: (request, signal) => askAgent(host, request, signal) };
}

async function askAgent({ name, url, readToken: token }: HostTarget, request: HostRequest, signal: AbortSignal): Promise<HostAnswer> {
  const query = new URLSearchParams(Object.entries(request).map(([key, value]): [string, string] => [key, String(value)]));
  const { status, text } = await call({ method: 'GET', url: `${url}/v1/read?${query.toString()}` }, { token, signal, deadlineMilliseconds, maxBytes: mostBytes });
  const body = jsonOf(text);
  if (status !== 200) {
    const said = refusalAnswer.safeParse(body);
    const words = said.success ? said.data.message.replace(/\s+/g, ' ').slice(0, 500) : 'no reason was given';
    if (status === 403 && said.success && said.data.error === 'not_allowed') throw new HostRefusedError(words);
    throw new HostUnreadableError(`The agent of ${name} answered ${status}: ${words}${status === 404 ? ' (an older version of sre-agent has only host_rules)' : ''}`);
  }
  const parsed = hostAnswer.safeParse(body);
  if (!parsed.success) throw new HostUnreadableError(`The agent of ${name} gave an answer that is not understood; is it the same version of sre-agent?`);
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
