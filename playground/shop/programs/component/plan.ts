/** What a component does, as its operators write it: routes, and loops that run by themselves. */

/** Every text may hold placeholders; see scope.ts. `as` names the result for later steps and for the answer. */
export type Step =
  /** Another program, behind the variable <NAME>_URL. `cached`: at most once per CACHE_TTL_MS. `optional`: go on without. */
  | { call: string; path: string; body?: unknown; as?: string; cached?: boolean; optional?: boolean }
  /** Rows; `one`: the first, or 404. */
  | { query: string; values?: unknown[]; as?: string; cached?: boolean; one?: boolean }
  | { wait: number | string }
  /** The component's own memory. 404 when nothing was written. */
  | { read: string; as?: string }
  | { write: string; value: unknown }
  /** A token over `sign`, by TOKEN_KEY; `verify` gives back what was signed, or 401. */
  | { sign: unknown; as?: string }
  | { verify: string; as?: string }
  /** JSON in a text, or 422. */
  | { decode: string; as: string }
  | { when: string; matches: string; steps: Step[]; otherwise?: Step[] }
  | { log: string; level?: 'info' | 'warn' | 'error' }
  /** Ends the route. A `status` from 400 on fails with `message`; `bytes` pads the answer. */
  | { answer?: unknown; status?: number; message?: string; bytes?: number };

export interface Plan {
  /** `GET /accounts/:customer`: steps. */
  routes: Record<string, Step[]>;
  /** Takes rows one after the other; one that fails is taken again until `attempts` (0: for ever), then `dead` is run. `$1` is the row's id. */
  consume?: { take: string; steps: Step[]; done: string; dead?: string; attempts?: number; pauseMilliseconds?: number };
  /** Steps as a client, by the clock, however long the last ones take. */
  every?: { milliseconds: number; steps: Step[] }[];
}

const words = new Set(['call', 'query', 'wait', 'read', 'write', 'sign', 'verify', 'decode', 'when', 'log', 'answer', 'status', 'bytes']);

/** Throws an Error naming the route and the step that nobody understands. */
export function readPlan(value: unknown): Plan {
  const { routes, consume, every } = (value ?? {}) as Partial<Plan>;
  if (typeof routes !== 'object') throw new Error('"routes" is missing');
  for (const [name, steps] of Object.entries(routes)) {
    if (!/^(GET|POST|DELETE) \/\S*$/.test(name)) throw new Error(`route ${JSON.stringify(name)}: expected a method and a path`);
    checkSteps(name, steps);
  }
  if (consume) checkSteps('consume', consume.steps);
  for (const loop of every ?? []) checkSteps('every', loop.steps);
  return { routes, ...(consume ? { consume } : {}), ...(every ? { every } : {}) };
}

function checkSteps(where: string, steps: unknown): void {
  if (!Array.isArray(steps)) throw new Error(`${where}: expected a list of steps`);
  for (const step of steps as Partial<Extract<Step, { when: string }>>[]) {
    if (!Object.keys(step).some((word) => words.has(word))) throw new Error(`${where}: no such step: ${JSON.stringify(step)}`);
    if (step.when !== undefined) {
      checkSteps(where, step.steps);
      checkSteps(where, step.otherwise ?? []);
    }
  }
}
