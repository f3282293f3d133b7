/** A real system with one change to make on it, and the faults it can have. */
import type { Action } from '../../../src/changes/action.ts';
import type { Programs } from '../../../src/changes/actions/kind.ts';
import type { Targets } from '../../../src/config/targets.ts';

export interface FaultWorld {
  action: Action;
  /** The change under test is the one that takes `action` back; it is done by then. */
  takesBack?: boolean;
  targets: Targets;
  programs?: Programs;
  /** How often the change's command reached the target; its undo is not counted. `command`: as the change shows it. */
  runs(command: readonly string[]): number;
  /** Somebody else changes the object. */
  move(): Promise<void>;
  /** From now on a write is done, and its answer is lost on the way. */
  loseAnswers?(): void;
  /** From now on admission changes something else, too, in every write that is real. */
  mutate?(): void;
  /** Somebody holds a lock that the command needs; the result lets go. */
  hold?(): Promise<() => Promise<void>>;
  /** How long its check may take to hold; default 2. */
  seconds?: number;
  close(): Promise<void>;
}

export type OpenWorld = () => Promise<FaultWorld>;
