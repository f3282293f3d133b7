/** What every action kind can do. One folder per kind; test/contracts/action-kind.ts holds them all to it. */
import type { z } from 'zod';
import type { Targets } from '../../config/targets.ts';
import type { RunOptions, RunResult } from '../../process/run.ts';
import type { Action } from '../action.ts';
import type { Change, Facts, Prepared } from '../change.ts';
import type { Assessment } from '../risk-level.ts';

export interface KindContext {
  targets: Targets;
  signal: AbortSignal;
  /** How we introduce ourselves to the target: `sre-agent C12`. */
  applicationName: string;
  /** Absolute paths; found on PATH when absent. */
  programs?: Programs | undefined;
  /** Default runProcess. */
  run?: ((options: RunOptions) => Promise<RunResult>) | undefined;
  /** Another change, for an undo of it. */
  changeOf?: ((id: string) => Promise<Change | undefined>) | undefined;
  /** What is armed on a target must outlast one soak and whatever else a verification may take. Default: 60 s and 480 s. */
  verification?: { soakSeconds: number; deadlineSeconds: number } | undefined;
  /** Throws when the incident was stopped; asked between two steps. */
  checkpoint(): Promise<void>;
}

export interface Programs {
  kubectl?: string | undefined;
  helm?: string | undefined;
}

export type ChangeOf<A extends Action> = Change & { action: A };

export interface Check {
  ok: boolean;
  /** One line each, for people. */
  details: string[];
}

/** Prepared without what policy adds. */
export type Preview = Omit<Prepared, 'verification'> & { checks: string[] };

export interface Ran {
  output: string;
  /** As whom it ran, in the target's own words. */
  identity?: string | undefined;
}

export interface ActionKind<A extends Action = Action> {
  kind: A['kind'];
  schema: z.ZodType<A>;
  lockKey(action: A): string;
  /** How much harm it could do by its own nature; what circumstances add is in ../risk.ts. */
  risk(action: A, facts: Facts): Assessment;
  /** Looks with the executor's credentials, changes nothing. Throws RefusedError when it could not run. */
  prepare(action: A, context: KindContext): Promise<Preview>;
  /** What moved since `change` was prepared; undefined when it may run. */
  drift(change: ChangeOf<A>, fresh: Preview): string | undefined;
  /** Runs exactly `change.command`, with its preconditions in the write itself. Throws ExecutionError. */
  execute(change: ChangeOf<A>, context: KindContext): Promise<Ran & { written?: Record<string, unknown> }>;
  /** Whether the change took, read again from the target over a new connection. Throws when it can't be read. */
  check(change: ChangeOf<A>, context: KindContext): Promise<Check>;
  /**
   * Once, after the whole verification held and before the change is done: makes lasting what the target would otherwise take back by itself.
   * Throws when it can't: then the change is not done, and the executor undoes it.
   */
  confirm?(change: ChangeOf<A>, context: KindContext): Promise<void>;
  /**
   * What the undo would do if it ran now, as a dry run where there is one. Changes nothing; `resolved` is what it would be bound to.
   * Throws UndoRefusedError when there is no undo, or the object is no longer what we wrote.
   */
  previewUndo(change: ChangeOf<A>, context: KindContext): Promise<{ preview: string; resolved: Record<string, unknown> }>;
  /** Runs exactly `change.undo.command`, only if the object is still what we wrote. Throws UndoRefusedError otherwise. */
  undo(change: ChangeOf<A>, context: KindContext): Promise<Ran>;
  /** Whether everything is as it was before. Throws when it can't be read. */
  checkUndone(change: ChangeOf<A>, context: KindContext): Promise<Check>;
}
