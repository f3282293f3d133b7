/** Every kind that a cluster serves from the start, in the order in which discovery names their groups. */
import type { ResourceDefinition } from '../resource.ts';
import type { Parts } from './build.ts';
import { core } from './core.ts';
import {
  admissionregistration, apiextensions, apiregistration, authentication, authorization, coordination, discoveryGroup, eventsGroup, metrics, networking, rbac,
  scheduling, storage,
} from './platform.ts';
import { apps, autoscaling, batch, policy } from './workloads.ts';

const groups = [
  core, apiregistration, apps, eventsGroup, authentication, authorization, autoscaling, batch, networking, policy, rbac, storage, admissionregistration,
  apiextensions, scheduling, coordination, discoveryGroup, metrics,
];

export function builtInDefinitions(parts: Parts): ResourceDefinition[] {
  return groups.flatMap((group) => group(parts));
}
