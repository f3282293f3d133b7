import type { World } from '../../workspace/page-api.ts';
import type { Fault } from './fault.ts';

/** One change after the other; resolves when it is in place or gone. The function throws UnknownFaultError. */
export function createFaultSwitch(faults: readonly Fault[], refresh: () => Promise<World>): (id: string, active: boolean) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (id, active) => {
    const fault = faults.find((candidate) => candidate.id === id);
    if (!fault) return Promise.reject(new UnknownFaultError(id, faults.map((candidate) => candidate.id)));
    const earlier = last;
    const change = (async () => {
      await earlier;
      await (active ? fault.inject() : fault.clear());
      await refresh();
    })();
    last = change.catch(() => undefined);
    return change;
  };
}

export class UnknownFaultError extends Error {
  readonly code = 'UNKNOWN_FAULT';
  constructor(id: string, known: readonly string[]) {
    super(`no fault ${JSON.stringify(id)}: choose one of ${known.join(', ')}`);
  }
}
