/** A request with what its right answer holds, sent several times. */
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { answers, holds } from './checks.ts';

export interface Request {
  service: string;
  path: string;
  body?: unknown;
  /** A 200 without it is no answer. */
  has: RegExp;
}

type Services = Pick<World, 'services'>;

/** By fresh clients, one after the other; each must bring the data, the slowest within `milliseconds`. */
export async function works(world: World, request: Request, { times = 3, milliseconds = 3000 } = {}): Promise<Check> {
  const name = `${request.service} answers ${request.body === undefined ? 'GET' : 'POST'} ${request.path}`;
  const started = performance.now();
  let slowest = 0;
  for (let time = 0; time < times; time += 1) {
    const before = performance.now();
    const once = await answers(world, request.service, request.path, request.has, { ...(request.body === undefined ? {} : { body: request.body }), timeoutMilliseconds: 8000 });
    if (!once.ok) return { ...once, name };
    slowest = Math.max(slowest, performance.now() - before);
  }
  return holds(name, slowest <= milliseconds, `${times} times in ${Math.round(performance.now() - started)} ms, the slowest in ${Math.round(slowest)} of at most ${milliseconds} ms`);
}

/** Whether one such request fails now: what a `symptom` waits for. */
export async function fails({ services }: Services, { service, path, body, has }: Request): Promise<boolean> {
  const { status, text } = await services.call(service, path, { ...(body === undefined ? {} : { body }), timeoutMilliseconds: 8000 });
  return status !== 200 || !has.test(text);
}
