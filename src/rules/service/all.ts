import type { Rule } from '../rule.ts';
import { failingChecks, slowChecks } from './checks.ts';
import { misconfiguration } from './misconfiguration.ts';
import { processDown } from './process.ts';

export const serviceRules: readonly Rule[] = [processDown, misconfiguration, failingChecks, slowChecks];
