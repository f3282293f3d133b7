/** Services whose names callers do not find, though they are there: who says so, in which words. */
import type { Evidence } from '../../incident/types.ts';
import type { KubernetesService, Workload } from '../cluster-readings.ts';
import { hostsInError } from '../hosts.ts';
import { podsOf } from '../kubernetes/pods.ts';
import { servicesOfTemplate } from '../kubernetes/dependencies.ts';
import { workloadResourceOf } from '../kubernetes/scope.ts';
import type { Scope } from '../kubernetes/scope.ts';
import { serviceResource } from '../resources.ts';
import { failed } from '../service/health.ts';

export interface Unfound {
  service: KubernetesService;
  namespace: string;
  /** The resources of who could not find it. */
  callers: string[];
  line: string;
  evidence: Evidence;
}

const notFound = /\bENOTFOUND\b|\bEAI_AGAIN\b|\bNXDOMAIN\b|no such host|name or service not known|temporary failure in name resolution/i;

/** By what logs of pods and failing checks say. */
export function unfoundNames(scopes: readonly Scope[]): Unfound[] {
  return scopes.flatMap((scope) => [...fromLogs(scope), ...fromChecks(scope)].flatMap(({ line, evidence, callers }): Unfound[] => {
    const hosts = notFound.test(line) ? hostsInError(line).map(({ host }) => host) : [];
    return hosts.flatMap((host) => {
      const found = named(host, scope, scopes);
      return found === undefined ? [] : [{ ...found, callers, line: line.trim(), evidence }];
    });
  }));
}

interface Said {
  line: string;
  evidence: Evidence;
  callers: string[];
}

function fromLogs(scope: Scope): Said[] {
  return scope.namespace.logs.flatMap(({ value, evidence }) => {
    const workload = scope.namespace.workloads.value.find((one) => podsOf(one, scope.namespace).some(({ name }) => name === value.pod));
    return workload === undefined ? [] : value.lines.map((line) => ({ line, evidence, callers: resourcesOf(scope, workload) }));
  });
}

function fromChecks({ readings, namespace }: Scope): Said[] {
  const own = new Set(namespace.services.value.map(({ name }) => name));
  return readings.services.filter(({ name }) => own.has(name)).flatMap((service) => service.checks.flatMap(({ value, evidence }) => value.samples.filter(failed).flatMap(({ body }) => (body === undefined ? [] : [{ line: body, evidence, callers: [serviceResource(service.name)] }]))));
}

function resourcesOf(scope: Scope, workload: Workload): string[] {
  return [workloadResourceOf(scope, workload), ...servicesOfTemplate(workload.template, scope).map(({ name }) => serviceResource(name))];
}

/** `cart`, `cart.shop`, `cart.shop.svc.cluster.local`: of a namespace that was read. */
function named(host: string, { namespace }: Scope, scopes: readonly Scope[]): Pick<Unfound, 'service' | 'namespace'> | undefined {
  const [name = '', space = namespace.namespace, kind = 'svc'] = host.toLowerCase().replace(/\.$/, '').split('.');
  const service = kind === 'svc' ? scopes.find((one) => one.namespace.namespace === space)?.namespace.services.value.find((one) => one.name === name && one.type !== 'ExternalName') : undefined;
  return service === undefined ? undefined : { service, namespace: space };
}
