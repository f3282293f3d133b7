/** Whether what a workload calls is itself in trouble: then its own failure is a symptom. */
import { serviceSelects } from './labels.ts';
import { referencesOf } from './dependencies.ts';
import type { Reference } from './dependencies.ts';
import { kubernetesService } from '../resources.ts';
import { resourceOf, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';
import { brokenServices } from './service-endpoints.ts';
import { stoppedWorkloads } from './stopped.ts';

/**
 * The resource of a finding that explains why a call fails. `mentioned` keeps to dependencies that the workload's own
 * log names; without it any will do.
 */
export function upstreamTrouble(scope: Scope, { workload, logs }: Pick<Trouble, 'workload' | 'logs'>): { blames: string; because: string } | undefined {
  const found = referencesOf(workload.template, scope).flatMap((reference) => {
    const cause = causeOf(scope, reference);
    return cause === undefined || cause.blames === workloadResourceOf(scope, workload) ? [] : [{ ...cause, mentioned: isMentioned(reference, logs.flatMap(({ value }) => value.lines)) }];
  });
  return found.find((one) => one.mentioned);
}

function causeOf(scope: Scope, { service }: Reference): { blames: string; because: string } | undefined {
  if (service === undefined) return undefined;
  if (brokenServices(scope).some((one) => one.service === service)) return { blames: resourceOf(scope, kubernetesService, service.name), because: `the Service ${service.name}, which it calls, reaches no pod` };
  const stopped = stoppedWorkloads(scope).find((one) => serviceSelects(service.selector, one.workload.template.labels));
  if (stopped !== undefined) return { blames: workloadResourceOf(scope, stopped.workload), because: `${stopped.workload.name}, which it calls, has no replicas` };
  const behind = scope.namespace.workloads.value.filter((one) => serviceSelects(service.selector, one.template.labels));
  const sick = troublesOf(scope).find((one) => one.short && one.ready === 0 && behind.includes(one.workload));
  return sick === undefined ? undefined : { blames: workloadResourceOf(scope, sick.workload), because: `${sick.workload.name}, which it calls, has no ready pod` };
}

/** By name, or by the address that the cluster gave it. */
function isMentioned({ service, host, setting }: Reference, lines: readonly string[]): boolean {
  const words = [service?.name, host, service?.address === 'None' ? '' : service?.address, setting.variable].filter((word) => word !== undefined && word !== '');
  return lines.some((line) => words.some((word) => new RegExp(`(?<![\\w-])${escape(word ?? '')}(?![\\w-])`).test(line)));
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
