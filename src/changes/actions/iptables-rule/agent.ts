/** The agent of a host, asked with one of its tokens. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { HostTarget, Secret } from '../../../config/targets.ts';
import type { ChangeAnswer, ChangeRequest } from '../../../packet-filter/agent-api.ts';
import { changeAnswer, refusalAnswer, rulesAnswer } from '../../../packet-filter/agent-api.ts';
import type { Table } from '../../../packet-filter/table.ts';
import { canonicalJson } from '../../canonical-json.ts';
import type { Change } from '../../change.ts';
import { messageOf, RefusedError } from '../../errors.ts';
import { call } from '../http-operation/call.ts';
import type { Answer } from '../http-operation/call.ts';
import type { KindContext } from '../kind.ts';
import { plain } from '../words.ts';

export interface HostAgent {
  /** Throws RefusedError when it can't be read. */
  rules(family: 'ipv4' | 'ipv6'): Promise<Table>;
  /** Undefined when the host knows no such change. Throws when it can't be read. */
  change(id: string): Promise<ChangeAnswer | undefined>;
  /** Throws AgentRefusedError when nothing was changed, NoAnswerError when nobody knows. */
  apply(request: ChangeRequest): Promise<ChangeAnswer>;
  confirm(id: string): Promise<ChangeAnswer>;
  undo(id: string, command: string): Promise<ChangeAnswer>;
}

/** It answered no: nothing was changed. */
export class AgentRefusedError extends Error {
  readonly code = 'agent_refused';
  override readonly name = 'AgentRefusedError';

  constructor(
    message: string,
    /** 5xx: it failed, and may have changed something. */
    readonly failed: boolean,
  ) {
    super(message);
  }
}

/** Guarding, writing and looking again take a moment on a busy host. */
const writeMilliseconds = 90_000;
const rulesBytes = 8 * 1024 * 1024;

/** Throws RefusedError when sre-agent.yaml has no such host, or no right to change it. */
export function agentOf(name: string, { targets, signal }: KindContext): HostAgent {
  const host = targets.hosts.find((each) => each.name === name);
  if (!host) throw new RefusedError(`There is no host ${JSON.stringify(plain(name, 80))} under targets.hosts in sre-agent.yaml.`);
  const { writeToken: token } = host;
  if (host.url === undefined) throw new RefusedError(`${host.name} has no agent (it is the machine that sre-agent runs on), so it can't be changed from here.`);
  if (!token) throw new RefusedError(`targets.hosts has no write_token for ${host.name}, so it can't be changed from here.`);
  const post = async (path: string, body: object): Promise<ChangeAnswer> => {
    const answer = await call({ method: 'POST', url: `${host.url}${path}`, body: JSON.stringify(body) }, { token, signal, deadlineMilliseconds: writeMilliseconds });
    return parse(changeAnswer, answer, host);
  };
  return {
    rules: (family) => readRules(host, { family, token, signal }),
    async change(id) {
      const answer = await call({ method: 'GET', url: `${host.url}/v1/changes/${encodeURIComponent(id)}` }, { token, signal });
      return answer.status === 404 ? undefined : parse(changeAnswer, answer, host);
    },
    apply: (request) => post('/v1/changes', request),
    confirm: (id) => post(`/v1/changes/${encodeURIComponent(id)}/confirm`, {}),
    undo: (id, command) => post(`/v1/changes/${encodeURIComponent(id)}/undo`, { command }),
  };
}

/** Throws RefusedError when they can't be read. */
export async function readRules(host: HostTarget, { family, token, signal }: { family: 'ipv4' | 'ipv6'; token: Secret | undefined; signal: AbortSignal }): Promise<Table> {
  if (host.url === undefined) throw new RefusedError(`${host.name} has no agent, which alone reads its rules: run \`sre-agent host\` on it and name its url.`);
  try {
    const answer = await call({ method: 'GET', url: `${host.url}/v1/rules?table=filter&family=${family}` }, { token, signal, maxBytes: rulesBytes });
    return { family, ...parse(rulesAnswer, answer, host) };
  } catch (error) {
    throw new RefusedError(`The rules of ${host.name} can't be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Another installation may have had a C12 on this host, too. */
export function hostChangeId({ id, digest, createdAt, action, resolved }: Change): string {
  return `${id}-${createHash('sha256').update(canonicalJson([id, digest, createdAt, action, resolved]), 'utf8').digest('hex').slice(0, 20)}`;
}

function parse<T>(schema: z.ZodType<T>, { status, text }: Answer, { name }: HostTarget): T {
  const body = jsonOf(text);
  if (status !== 200) {
    const said = refusalAnswer.safeParse(body);
    throw new AgentRefusedError(`The agent of ${name} answered ${status}: ${plain(said.success ? said.data.message : text, 500)}`, status >= 500);
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Error(`The agent of ${name} gave an answer that is not understood; is it the same version of sre-agent?`);
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
