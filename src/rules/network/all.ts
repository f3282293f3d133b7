import type { Rule } from '../rule.ts';
import { corefile } from './corefile.ts';
import { lookupRules } from './lookups.ts';

export const networkRules: readonly Rule[] = [corefile, ...lookupRules];
