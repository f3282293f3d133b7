/** A rule: one detector over the readings. Pure: the same readings always give the same findings. */
import type { Targets } from '../config/targets.ts';
import type { FindingBody, SpecialistName } from '../incident/types.ts';
import type { Readings } from './readings.ts';

/** What a rule may know of the configuration: names, dependencies, operations. Never a credential. */
export type RuleTargets = Pick<Targets, 'services' | 'operations'>;

export interface Rule {
  /** kebab-case; shown as the source of its findings. */
  id: string;
  specialist: SpecialistName;
  /** Never throws, whatever the readings hold. */
  detect(readings: Readings, targets: RuleTargets): FindingBody[];
}
