/** One change on its way through the executor: where it stands, how it moves, when it must stop. */
import { throwIfStopped } from '../../incident/stopped.ts';
import type { IncidentEvent, Measured } from '../../incident/events.ts';
import type { Store } from '../../incident/store.ts';
import type { Targets } from '../../config/targets.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ActionKind, KindContext, Programs } from '../actions/kind.ts';
import type { Kinds } from '../actions/kinds.ts';
import { kindOf } from '../actions/kinds.ts';
import type { Change, ChangeState } from '../change.ts';
import type { Policy } from '../policy.ts';

/** What the rules see now. A key is `findingKey()`; an unread entry is a target that could not be read, then optionally `: why`. */
export interface Observation {
  keys: string[];
  unread: string[];
  /** What people want to see before and after: latency, errors, ready pods. */
  numbers?: Measured[];
  /** By service: the worst check's median as a share of the latency budget. */
  lateness?: Record<string, number>;
}

export interface Pace {
  /** Between two looks while verifying. */
  pollMilliseconds: number;
  /** How long something must stay unreadable before that counts. */
  doubtMilliseconds: number;
  /** How long a change waits here for another one on its target; after that the sweep brings it again. */
  lockWaitMilliseconds: number;
  heartbeatMilliseconds: number;
  /** An executor that is silent for longer is dead. */
  leaseSeconds: number;
  /** How long an undo may take to show. */
  undoDeadlineMilliseconds: number;
}

export interface ExecutorParts {
  store: Store;
  targets: Targets;
  policy: Policy;
  /** Re-runs the rules over the real systems: warnings and worse only, since a new key fails a verification. */
  verify(signal: AbortSignal): Promise<Observation>;
  /** Must give every call a job id of its own: the compare-and-set makes it once, a kept job id would make it never. */
  enqueue(changeId: string, step: 'preview' | 'execute'): Promise<void>;
  /** Queues another look at an incident whose problem came back. */
  investigate?: (incidentId: string) => Promise<void>;
  redact(text: string): string;
  log: Logger;
  now?: () => Date;
  /** Resolves early, without an error, when the signal aborts. */
  sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  kinds?: Kinds;
  /** Absolute paths of kubectl and helm; found on PATH when absent. */
  programs?: Programs;
  /** Names this process in change.claimed. */
  identity?: string;
  pace?: Partial<Pace>;
}

export type Tools = Required<Omit<ExecutorParts, 'kinds' | 'pace' | 'programs'>> & { kinds: Kinds; pace: Pace; programs?: Programs | undefined };

export interface Run extends Tools {
  change: Change;
  kind: ActionKind;
  context: KindContext;
  /** Compare-and-set from where it stands, with the event in the same transaction. Throws LostError when somebody else moved it. */
  move(to: ChangeState, event: IncidentEvent, set?: Partial<Change>): Promise<void>;
  note(event: IncidentEvent): Promise<void>;
}

/** How a run ends before its last step. Thrown by the steps, turned into a state by the executor. */
export class Ending extends Error {
  override readonly name = 'Ending';

  constructor(
    readonly to: 'stale' | 'failed' | 'unknown',
    reason: string,
    readonly offerAgain = false,
  ) {
    super(reason);
  }
}

/** Somebody else moved the change: this executor lets go of it at once. */
export class LostError extends Error {
  readonly code = 'lost';
  override readonly name = 'LostError';

  constructor(id: string) {
    super(`Change ${id} was moved by somebody else while this executor had it.`);
  }
}

export function createRun(tools: Tools, change: Change, signal: AbortSignal): Run {
  const context = kindContext(tools, change, signal);
  /** Who was frozen for longer than the lease finds its change given up, and its target perhaps in other hands: no further step then. */
  async function ownCheckpoint(): Promise<void> {
    await context.checkpoint();
    if ((await tools.store.changes.get(change.id))?.state !== run.change.state) throw new LostError(change.id);
  }
  const run: Run = {
    ...tools,
    change,
    kind: kindOf(change.action, tools.kinds),
    context: { ...context, checkpoint: ownCheckpoint },
    async move(to, event, set) {
      const { id, state, digest } = run.change;
      const moved = await tools.store.changes.transition(id, { from: state, to, digest, event, ...(set && { set }) });
      if (!moved) throw new LostError(id);
      // What was confirmed is what runs, is verified and is undone: a row that is altered meanwhile changes nothing here.
      run.change = { ...run.change, ...set, state: to };
    },
    async note(event) {
      await tools.store.timeline.append(change.incidentId, event);
    },
  };
  return run;
}

/** A cause that is gone takes its symptoms with it, a little later: so many soaks they are waited for, and never held against the change. */
export const lingering = 3;

export function kindContext({ store, targets, programs, policy }: Tools, change: Change, signal: AbortSignal): KindContext {
  return {
    targets,
    signal,
    applicationName: `sre-agent ${change.id}`,
    programs,
    changeOf: store.changes.get,
    verification: { soakSeconds: policy.soakSeconds, deadlineSeconds: policy.verificationDeadlineSeconds + lingering * policy.soakSeconds },
    async checkpoint() {
      await throwIfStopped(store, change.incidentId);
      signal.throwIfAborted();
    },
  };
}
