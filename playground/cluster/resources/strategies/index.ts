/** What is particular to each built-in kind. */
import type { Strategy } from '../resource.ts';
import { strategy } from './build.ts';
import { clusterStrategies } from './cluster.ts';
import { configurationStrategies } from './configuration.ts';
import { eventStrategies } from './events.ts';
import { jobStrategies } from './jobs.ts';
import { networkStrategies } from './network.ts';
import { podStrategies } from './pods.ts';
import { policyStrategies } from './policy.ts';
import { rbacStrategies } from './rbac.ts';
import { storageStrategies } from './storage.ts';
import { workloadStrategies } from './workloads.ts';

const strategies: Readonly<Record<string, Strategy>> = {
  ...podStrategies, ...workloadStrategies, ...jobStrategies, ...networkStrategies, ...configurationStrategies,
  ...storageStrategies, ...policyStrategies, ...rbacStrategies, ...clusterStrategies, ...eventStrategies,
};
const plain = strategy({});

/** By `plural.group`. A kind with nothing particular still has its names and labels checked. */
export const strategyOf = (key: string): Strategy => strategies[key] ?? plain;
