import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { check } from './check.ts';

export interface Request {
  service: string;
  path: string;
  body?: unknown;
  /** What a right answer holds: a 200 with nothing in it is none. */
  expect: RegExp;
}

/** Several requests by fresh clients, one after the other: each must answer 200 with the data, the slowest within `milliseconds`. */
export async function answers(world: Pick<World, 'services'>, request: Request, options: { times?: number; milliseconds?: number } = {}): Promise<Check> {
  const { times = 3, milliseconds = 3000 } = options;
  const name = `${request.service} answers ${request.body === undefined ? 'GET' : 'POST'} ${request.path}`;
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const answer = await ask(world, request);
    if (answer.status !== 200 || !request.expect.test(answer.text)) return check(name, false, `${answer.status} ${answer.text.slice(0, 200)}; expected 200 with ${request.expect.source}`);
    if (answer.milliseconds > milliseconds) return check(name, false, `took ${Math.round(answer.milliseconds)} ms; expected at most ${milliseconds} ms`);
    took.push(Math.round(answer.milliseconds));
  }
  return check(name, true, `${times} times 200, in ${took.join(', ')} ms`);
}

/** Whether one request fails now: what `symptom` waits for. */
export async function fails(world: Pick<World, 'services'>, request: Request): Promise<boolean> {
  const answer = await ask(world, request);
  return answer.status !== 200 || !request.expect.test(answer.text);
}

function ask({ services }: Pick<World, 'services'>, { service, path, body }: Request): ReturnType<World['services']['call']> {
  return services.call(service, path, { ...(body === undefined ? {} : { body }), timeoutMilliseconds: 8000 });
}
