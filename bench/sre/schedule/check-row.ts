/** One line of a file of checks: one scenario's own oracle, with one seed. */
import type { WorldKind } from '../../../playground/scenarios/world.ts';
import type { Step } from '../check.ts';

export interface CheckRow {
  format: 1;
  scenario: string;
  seed: number;
  world: WorldKind;
  /** Every step was as it must be. */
  ok: boolean;
  steps: Step[];
  at: string;
}
