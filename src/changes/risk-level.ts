import type { RiskLevel } from './change.ts';

export interface Assessment {
  level: RiskLevel;
  reasons: string[];
}

const levels: readonly RiskLevel[] = ['low', 'medium', 'high'];

export function atLeast(level: RiskLevel, least: RiskLevel): RiskLevel {
  return levels.indexOf(level) < levels.indexOf(least) ? least : level;
}

export function oneHigher(level: RiskLevel): RiskLevel {
  return levels[Math.min(levels.indexOf(level) + 1, levels.length - 1)] ?? 'high';
}
