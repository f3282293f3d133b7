/** Which workloads of the namespace read a ConfigMap or a Secret, and when they notice a change. */
import type { Json, JsonObject } from './json-patch.ts';
import { isObject } from './json-patch.ts';
import type { Kubectl } from './kubectl.ts';
import { ProgramError } from './kubectl.ts';
import { listAt, nameOf } from './objects.ts';

export interface Consumer {
  /** `deployment/checkout` */
  name: string;
  /** Environment variables are read at start; files follow within about a minute, unless a subPath is mounted. */
  atStart: boolean;
}

/** Undefined when the workloads can't be listed. */
export async function consumersOf(kind: 'configmap' | 'secret', name: string, kubectl: Kubectl): Promise<Consumer[] | undefined> {
  try {
    const workloads = (await Promise.all(['deployments', 'statefulsets', 'daemonsets', 'cronjobs'].map((resource) => kubectl.list(resource)))).flat();
    return workloads.flatMap((workload) => {
      const use = useIn(workload, kind, name);
      return use === undefined ? [] : [{ name: `${String(workload['kind']).toLowerCase()}/${nameOf(workload)}`, atStart: use }];
    });
  } catch (error) {
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
}

export function consumerWords(consumers: readonly Consumer[] | undefined): string[] {
  if (consumers === undefined) return ['Who reads it could not be seen.'];
  const [start, files] = [consumers.filter((one) => one.atStart), consumers.filter((one) => !one.atStart)].map((some) => some.map(({ name }) => name).join(', '));
  return [
    ...(consumers.length === 0 ? ['No workload of the namespace refers to it by name.'] : []),
    ...(start === '' ? [] : [`Read at start only, so running pods keep the old value until they are restarted: ${start}.`]),
    ...(files === '' ? [] : [`Mounted as files, which follow within about a minute (not those with a subPath): ${files}.`]),
  ];
}

/** True: as variables. False: as files. Undefined: not at all. */
function useIn(workload: JsonObject, kind: 'configmap' | 'secret', name: string): boolean | undefined {
  const template = workload['kind'] === 'CronJob' ? '/spec/jobTemplate/spec/template/spec' : '/spec/template/spec';
  const containers = [...listAt(workload, `${template}/containers`), ...listAt(workload, `${template}/initContainers`)];
  const reference = kind === 'configmap' ? ['configMapRef', 'configMapKeyRef'] : ['secretRef', 'secretKeyRef'];
  if (containers.some((container) => [container['env'], container['envFrom']].some((part) => refersTo(part, reference, name)))) return true;
  return listAt(workload, `${template}/volumes`).some((volume) => refersTo(volume, [kind === 'configmap' ? 'configMap' : 'secret'], name)) ? false : undefined;
}

function refersTo(value: Json | undefined, keys: readonly string[], name: string): boolean {
  if (Array.isArray(value)) return value.some((item) => refersTo(item, keys, name));
  if (!isObject(value)) return false;
  return Object.entries(value).some(([key, child]) => (keys.includes(key) && isObject(child) && (child['name'] === name || child['secretName'] === name)) || refersTo(child, keys, name));
}
