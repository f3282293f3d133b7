import type { Rule } from '../rule.ts';
import { containerConfiguration, containerStart } from './container-configuration.ts';
import { imagePull } from './image-pull.ts';

export const kubernetesRules: readonly Rule[] = [imagePull, containerConfiguration, containerStart];
