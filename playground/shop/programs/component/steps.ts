/** Runs the steps of a plan, one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../common/database.ts';
import { RequestFailure, errorMessage } from '../common/failure.ts';
import type { Log } from '../common/log.ts';
import { logged, type Trace } from '../common/trace.ts';
import type { Upstream } from '../common/upstream.ts';
import type { Cache } from './cache.ts';
import type { Step } from './plan.ts';
import { fill, fillText, type Scope } from './scope.ts';
import type { Tokens } from './tokens.ts';

export interface Means {
  log: Log;
  cache: Cache;
  /** Each throws when the component was not given what it needs. */
  upstream(name: string): Upstream;
  database(): Database;
  tokens(): Tokens;
}

/** The answer: what `answer` says, or every result that was named. Throws RequestFailure. */
export type RunSteps = (steps: readonly Step[], scope: Scope, trace: Trace) => Promise<unknown>;

interface Ended {
  answer: unknown;
}

export function createSteps(means: Means): RunSteps {
  const memory = new Map<string, unknown>();

  const run = async (steps: readonly Step[], scope: Scope, results: Scope, trace: Trace): Promise<Ended | undefined> => {
    for (const step of steps) {
      if ('when' in step) {
        const holds = new RegExp(step.matches).test(String(fillText(step.when, scope)));
        const ended = await run(holds ? step.steps : step.otherwise ?? [], scope, results, trace);
        if (ended) return ended;
      } else if ('wait' in step) await sleep(Number(fill(step.wait, scope)));
      else if ('log' in step) means.log(step.level ?? 'info', String(fillText(step.log, scope)), logged(trace));
      else if ('answer' in step || 'status' in step || 'bytes' in step) return { answer: answer(step, scope) };
      else {
        const result = await work(step as Working, scope, trace);
        if ('as' in step && step.as !== undefined) scope[step.as] = results[step.as] = result;
      }
    }
    return undefined;
  };

  const work = async (step: Working, scope: Scope, trace: Trace): Promise<unknown> => {
    if ('call' in step) return call(step, scope, trace);
    if ('query' in step) return query(step, scope, trace);
    if ('write' in step) return void memory.set(String(fillText(step.write, scope)), fill(step.value, scope));
    if ('read' in step) {
      const key = String(fillText(step.read, scope));
      if (!memory.has(key)) throw new RequestFailure(404, 'NOT_FOUND', `nothing at ${key}`);
      return memory.get(key);
    }
    if ('sign' in step) return means.tokens().sign(fill(step.sign, scope));
    if ('verify' in step) return means.tokens().verify(String(fillText(step.verify, scope)));
    try {
      return JSON.parse(String(fillText(step.decode, scope)));
    } catch (error) {
      throw new RequestFailure(422, 'UNDECODABLE', `not decodable: ${errorMessage(error)}`);
    }
  };

  const call = async (step: Extract<Step, { call: string }>, scope: Scope, trace: Trace): Promise<unknown> => {
    const path = String(fillText(step.path, scope));
    const upstream = means.upstream(step.call);
    const ask = (): Promise<unknown> => (step.body === undefined ? upstream.get(path, trace) : upstream.post(path, fill(step.body, scope), trace));
    try {
      return await (step.cached ? means.cache.through(`${step.call} ${path}`, ask) : ask());
    } catch (error) {
      if (!step.optional) throw error;
      means.log('warn', `going on without ${step.call}`, { ...logged(trace), upstream: step.call, error: errorMessage(error) });
      return {};
    }
  };

  const query = async (step: Extract<Step, { query: string }>, scope: Scope, trace: Trace): Promise<unknown> => {
    const values = (step.values ?? []).map((value) => fill(value, scope));
    const ask = (): Promise<unknown[]> => means.database().query(trace, step.query, values);
    const rows = await (step.cached ? means.cache.through(`${step.query} ${JSON.stringify(values)}`, ask) : ask());
    if (step.one && rows.length === 0) throw new RequestFailure(404, 'NOT_FOUND', 'no such row');
    return step.one ? rows[0] : rows;
  };

  return async (steps, given, trace) => {
    const results: Scope = {};
    const ended = await run(steps, { ...given }, results, trace);
    return ended ? ended.answer : results;
  };
}

type Working = Exclude<Step, { when: string } | { wait: number | string } | { log: string } | { answer?: unknown }>;

function answer(step: Extract<Step, { answer?: unknown }>, scope: Scope): unknown {
  if (step.status !== undefined && step.status >= 400) throw new RequestFailure(step.status, 'REFUSED', String(fillText(step.message ?? 'refused', scope)));
  const body = fill(step.answer ?? {}, scope);
  return step.bytes === undefined ? body : { ...(body as object), padding: '.'.repeat(step.bytes) };
}
