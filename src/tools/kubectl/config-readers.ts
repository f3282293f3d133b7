/** Who reads a ConfigMap or Secret, and whether what runs has read what it holds now. Pure. */
import type { Pod, PodTemplate, Workload } from '../../rules/cluster-readings.ts';
import { hasAll } from '../../rules/kubernetes/labels.ts';

export interface ConfigSource {
  kind: 'configmap' | 'secret';
  name: string;
}

/** One line for each workload; `at`: when it was written, RFC 3339. */
export function readersOf(source: ConfigSource, at: string, workloads: readonly Workload[], pods: readonly Pod[]): string[] {
  return workloads.flatMap((workload) => {
    const ways = waysOf(workload.template, source);
    if (ways.length === 0) return [];
    const own = pods.filter((pod) => !pod.deleting && Object.keys(workload.selector).length > 0 && hasAll(pod.labels, workload.selector));
    const older = own.filter((pod) => startOf(pod) !== '' && startOf(pod) < at).length;
    const words = own.length === 0 ? 'it has no pods' : older === 0 ? `its ${count(own.length)} started since and read it as it is now` : `${older === own.length ? `its ${count(own.length)}` : `${older} of its ${own.length} pods`} started before this write${ways.includes('environment') ? ', with what it held then in the environment' : ''}`;
    return [`read by ${workload.kind} ${workload.name} (${ways.join(', ')}): ${words}`];
  });
}

function waysOf(template: PodTemplate, { kind, name }: ConfigSource): string[] {
  const inEnvironment = template.containers.some((one) => one.environmentFrom.some((from) => from.kind === kind && from.name === name) || one.environment.some(({ from }) => from?.kind === kind && from.name === name));
  const mounted = template.volumes.some((one) => one.kind === kind && one.source === name);
  return [...(inEnvironment ? ['environment'] : []), ...(mounted ? ['volume: the file changes under the running pods within about a minute'] : [])];
}

/** Of the container that started first: the environment is read at each start. */
function startOf(pod: Pod): string {
  return pod.containers.flatMap((one) => (one.init || one.running?.startedAt === undefined ? [] : [one.running.startedAt])).toSorted()[0] ?? '';
}

const count = (pods: number): string => (pods === 1 ? 'one pod' : `${pods} pods`);
