/** Services that the API server asks before it makes something, and that did not answer. */
import type { KubernetesService } from '../cluster-readings.ts';
import { kubernetesService } from '../resources.ts';
import { workloadsBehind } from './dependencies.ts';
import { resourceOf, scopesOf, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';

/** `failed calling webhook "x": failed to call webhook: Post "https://name.namespace.svc:443/path": no endpoints available ...` */
const failed = /failed (?:calling|to call) webhook[^]*?https?:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b/;

export interface WebhookTrouble {
  /** What to blame: the workload behind it, where that is seen to be unwell; else its Service. */
  blames?: string;
  because: string;
}

export function webhookTrouble(scope: Scope, message: string): WebhookTrouble | undefined {
  const [, name, space] = failed.exec(message) ?? [];
  if (name === undefined || space === undefined) return undefined;
  const because = `the webhook that is asked before pods are made, Service ${name} of namespace ${space}, does not answer`;
  const home = scopesOf(scope.readings, scope.targets).find((one) => one.cluster === scope.cluster && one.namespace.namespace === space);
  const service = home?.namespace.services.value.find((one) => one.name === name);
  if (home === undefined || service === undefined) return { because };
  const behind = workloadsBehind(service, home).find((one) => one.desired === 0 || one.available < one.desired) ?? workloadsBehind(service, home)[0];
  return { because, blames: behind === undefined ? resourceOf(home, kubernetesService, name) : workloadResourceOf(home, behind) };
}

/** Whether the API server was heard to miss it. */
export function isMissedWebhook(service: KubernetesService, { cluster, namespace }: Scope): boolean {
  const address = `//${service.name}.${namespace.namespace}.svc`;
  const says = (message: string): boolean => message.includes(address) && failed.test(message);
  return cluster.namespaces.some((one) => one.workloads.value.some((workload) => workload.conditions.some((condition) => condition.status === 'True' && says(condition.message))) || one.events.value.some((event) => event.reason === 'FailedCreate' && says(event.message)));
}
