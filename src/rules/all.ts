import { databaseRules } from './database/all.ts';
import { hostRules } from './host/all.ts';
import { kubernetesRules } from './kubernetes/all.ts';
import { networkRules } from './network/all.ts';
import type { Rule } from './rule.ts';
import { serviceRules } from './service/all.ts';

export const allRules: readonly Rule[] = [...databaseRules, ...hostRules, ...kubernetesRules, ...networkRules, ...serviceRules];
