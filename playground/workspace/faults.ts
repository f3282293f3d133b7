/** Making the next calls of the app fail, for chaos tests. */

export type Fault =
  /** An HTTP answer; with `applied`, after doing what was asked. */
  | { kind: 'respond'; status: number; body: string; headers?: Record<string, string>; applied?: boolean }
  /** No answer: the connection breaks before or after doing what was asked. */
  | { kind: 'drop'; applied: boolean };

export interface Faults {
  /** `method` is a Web API method, `response_url`, or `*` for all of them. */
  failNext(method: string, count: number, fault: Fault): void;
  take(method: string): Fault | undefined;
}

export function createFaults(): Faults {
  const planned: { method: string; left: number; fault: Fault }[] = [];
  return {
    failNext: (method, count, fault) => void planned.push({ method, left: count, fault }),
    take(method) {
      const plan = planned.find((candidate) => candidate.left > 0 && (candidate.method === '*' || candidate.method === method));
      if (plan === undefined) return undefined;
      plan.left -= 1;
      return plan.fault;
    },
  };
}
