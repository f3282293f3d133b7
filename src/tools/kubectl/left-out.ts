/** Fields of a pod's spec that `kubectl describe` does not print, for those objects that set them. */
import { child, items, text } from '../readings/cluster/fields.ts';
import type { Client } from './client.ts';
import { getObject, listObjects } from './objects.ts';
import { objectAsYaml } from './object-yaml.ts';
import type { Place } from './place.ts';
import { titleOf } from './writes.ts';

export interface LeftOutLook {
  client: Client;
  place: Place;
  kind: string;
  name: string | undefined;
  selector: string | undefined;
  signal: AbortSignal;
}

const mostObjects = 10;

/** None for kinds without pods, and where it could not be read: the description stands by itself. */
export async function readLeftOut({ client, place, kind, name, selector, signal }: LeftOutLook): Promise<string[]> {
  if (!withPods.test(kind)) return [];
  const found = name === undefined ? await listObjects(client, place, [kind], signal, selector) : await getObject(client, place, { kind, name }, { signal });
  if ('problem' in found) return [];
  const objects = 'object' in found ? [found.object] : found.objects.slice(0, mostObjects);
  return objects.flatMap((object) => {
    const fields = leftOut(object);
    return fields === undefined ? [] : ['', `Set in the pod spec of ${titleOf(object)}, and not described above:`, ...objectAsYaml(JSON.stringify(fields)).split('\n').map((line) => `  ${line}`)];
  });
}

const withPods = /^(?:po|pods?|deploy|deployments?|rs|replicasets?|sts|statefulsets?|ds|daemonsets?|jobs?|cj|cronjobs?)(?:\.|$)/;

/** Undefined when nothing of it is set. */
export function leftOut(object: unknown): Record<string, unknown> | undefined {
  const kind = text(object, 'kind');
  const spec = kind === 'Pod' ? child(object, 'spec') : kind === 'CronJob' ? child(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec') : child(object, 'spec', 'template', 'spec');
  const pod = chosen(spec, podFields);
  const containers = [...items(spec, 'initContainers'), ...items(spec, 'containers')].flatMap((one) => {
    const fields = chosen(one, containerFields);
    return Object.keys(fields).length === 0 ? [] : [{ name: text(one, 'name'), ...fields }];
  });
  const fields = { ...pod, ...(containers.length === 0 ? {} : { containers }) };
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** With the value that every pod has by default, which says nothing. */
const podFields: Record<string, unknown> = {
  hostAliases: undefined, dnsPolicy: 'ClusterFirst', dnsConfig: undefined, hostNetwork: false, hostPID: false, hostIPC: false, hostname: undefined, subdomain: undefined, setHostnameAsFQDN: false,
  affinity: undefined, securityContext: undefined, schedulerName: 'default-scheduler', runtimeClassName: undefined, terminationGracePeriodSeconds: 30, activeDeadlineSeconds: undefined,
  enableServiceLinks: true, restartPolicy: 'Always', shareProcessNamespace: false, automountServiceAccountToken: true, preemptionPolicy: 'PreemptLowerPriority', overhead: undefined,
};
const containerFields: Record<string, unknown> = { lifecycle: undefined, securityContext: undefined, workingDir: undefined, imagePullPolicy: 'IfNotPresent', stdin: false, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };

function chosen(of: unknown, fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).flatMap(([field, usual]) => {
    const value = child(of, field);
    const isEmpty = value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
    return isEmpty || value === usual ? [] : [[field, value]];
  }));
}
