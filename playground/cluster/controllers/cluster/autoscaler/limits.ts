/** From what metrics ask for to what may be done now: stabilisation, rates, minimum and maximum. */
import type { HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscalerSpec } from '../../../objects/types.ts';
import { sped, type Timing } from '../../../options.ts';

export interface History {
  /** Milliseconds since the epoch. */
  recommendations: { at: number; replicas: number }[];
  /** Changes that were made: more replicas are positive. */
  changes: { at: number; by: number }[];
}

export interface Limited {
  replicas: number;
  able: { reason: string; message: string };
  limited: { status: string; reason: string; message: string };
}

const defaultUp: HPAScalingRules = { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }] };
const defaultDown: HPAScalingRules = { stabilizationWindowSeconds: 300, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };
const longestWindowSeconds = 3_600;

export const rulesOf = ({ behavior }: HorizontalPodAutoscalerSpec): { up: HPAScalingRules; down: HPAScalingRules } =>
  ({ up: { ...defaultUp, ...behavior?.scaleUp }, down: { ...defaultDown, ...behavior?.scaleDown } });

/** Remembers the recommendation. `now`: milliseconds since the epoch. */
export function limitReplicas(spec: HorizontalPodAutoscalerSpec, history: History, current: number, recommended: number, timing: Timing, now: number): Limited {
  const { up, down } = rulesOf(spec);
  const minimum = spec.minReplicas ?? 1;
  history.recommendations = history.recommendations.filter(({ at }) => now - at <= sped(timing, longestWindowSeconds * 1_000));
  history.changes = history.changes.filter(({ at }) => now - at <= sped(timing, longestWindowSeconds * 1_000));
  if (history.recommendations.length === 0) history.recommendations.push({ at: now, replicas: current });
  history.recommendations.push({ at: now, replicas: recommended });
  const within = (seconds: number): number[] => history.recommendations.filter(({ at }) => now - at <= sped(timing, seconds * 1_000)).map(({ replicas }) => replicas);
  const lowest = Math.min(recommended, ...within(up.stabilizationWindowSeconds ?? 0));
  const highest = Math.max(recommended, ...within(down.stabilizationWindowSeconds ?? 300));
  const stabilized = current < lowest ? lowest : current > highest ? highest : current;
  const able = stabilized === recommended ? { reason: 'ReadyForNewScale', message: 'recommended size matches current size' }
    : stabilized > recommended ? { reason: 'ScaleDownStabilized', message: 'recent recommendations were higher than current one, applying the highest recent recommendation' }
      : { reason: 'ScaleUpStabilized', message: 'recent recommendations were lower than current one, applying the lowest recent recommendation' };

  if (stabilized > current) {
    const rate = Math.max(current, rateLimit(up, 'up', history, current, timing, now));
    const limit = Math.min(rate, spec.maxReplicas);
    if (stabilized > limit) return { able, replicas: limit, limited: rate >= spec.maxReplicas ? tooMany : { status: 'True', reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' } };
  } else if (stabilized < current) {
    const rate = Math.min(current, rateLimit(down, 'down', history, current, timing, now));
    const limit = Math.max(rate, minimum);
    if (stabilized < limit) return { able, replicas: limit, limited: rate <= minimum ? tooFew : { status: 'True', reason: 'ScaleDownLimit', message: 'the desired replica count is decreasing faster than the maximum scale rate' } };
  }
  if (stabilized > spec.maxReplicas) return { able, replicas: spec.maxReplicas, limited: tooMany };
  if (stabilized < minimum) return { able, replicas: minimum, limited: tooFew };
  return { able, replicas: stabilized, limited: { status: 'False', reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' } };
}

const tooMany = { status: 'True', reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' };
const tooFew = { status: 'True', reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' };

function rateLimit({ policies = [], selectPolicy = 'Max' }: HPAScalingRules, direction: 'up' | 'down', history: History, current: number, timing: Timing, now: number): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map((policy) => limitOf(policy, direction, history, current, timing, now));
  if (limits.length === 0) return direction === 'up' ? Infinity : 0;
  const widest = (direction === 'up') === (selectPolicy === 'Max');
  return widest ? Math.max(...limits) : Math.min(...limits);
}

function limitOf({ type, value, periodSeconds }: HPAScalingPolicy, direction: 'up' | 'down', { changes }: History, current: number, timing: Timing, now: number): number {
  const recent = changes.filter(({ at }) => now - at <= sped(timing, periodSeconds * 1_000));
  const added = recent.reduce((sum, { by }) => sum + Math.max(0, by), 0);
  const removed = recent.reduce((sum, { by }) => sum + Math.max(0, -by), 0);
  const start = current - added + removed;
  if (direction === 'up') return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100) - 1e-9);
  return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
}
