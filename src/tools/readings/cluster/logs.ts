/** The newest log lines of containers that fail, and of one pod behind each service whose checks fail. */
import type { ContainerState, NamespaceReading, Pod, Workload } from '../../../rules/cluster-readings.ts';
import { operatorsOf, readersOf, writtenLately } from '../../../rules/kubernetes/operators.ts';
import { podsOf } from '../../../rules/kubernetes/pods.ts';
import { mentions } from '../../../rules/service/process.ts';
import { logsArgv, shownCommand } from '../../kubectl/argv.ts';
import type { LogsRead, NamespaceParts } from './namespace.ts';

const mostLogs = 10;
const tail = 60;
const maxBytes = 256 * 1024;

interface Wanted {
  pod: string;
  container: string;
  previous: boolean;
}

export async function readFailingLogs({ client, place, record, signal, unwell, about }: NamespaceParts, reading: NamespaceReading): Promise<LogsRead> {
  const read: LogsRead = { logs: [], unread: [] };
  const take = async (wanted: readonly Wanted[]): Promise<void> => void (await Promise.all(wanted.map(one)));
  const one = async ({ pod, container, previous }: Wanted): Promise<void> => {
    const answer = await client(place, (where) => logsArgv(where, { kind: 'pod', name: pod, container, tail, previous }), { maxBytes, signal });
    // A container that never ran, or whose earlier run the node has removed, has no log: no gap.
    if (answer.failed || answer.text.trim().startsWith('unable to retrieve container logs for ')) {
      if (previous && !/forbidden/i.test(answer.text)) return one({ pod, container, previous: false });
      if (answer.failed && /forbidden|did not answer|timed out|timeout/i.test(answer.text)) read.unread.push({ what: `logs in namespace ${place.namespace} of cluster ${place.cluster.name}`, message: answer.text.trim().split('\n')[0] ?? '' });
      return;
    }
    const text = answer.text.trimEnd();
    const command = shownCommand({ context: place.cluster.context, namespace: place.namespace }, ['logs', pod, '-c', container, `--tail=${tail}`, '--timestamps', ...(previous ? ['--previous'] : [])]);
    const evidence = await record('kubernetes', 'kubectl_container_log', { command, output: text === '' ? '(no log lines)' : text });
    read.logs.push({ value: { pod, container, previous, lines: text.split('\n').map((line) => line.replace(/^\S+Z /, '')) }, evidence });
  };
  const failing = failingContainers(reading);
  await take(failing);
  await take(ofOperators(reading).filter((one) => !failing.some((other) => other.pod === one.pod)));
  const names = await unwell;
  await take([...behind(names, reading), ...asked(about, reading)].filter((one, index, all) => all.findIndex(({ pod }) => pod === one.pod) === index).filter((one) => !read.logs.some(({ value }) => value.pod === one.pod)).slice(0, mostLogs - failing.length));
  read.unread = read.unread.slice(0, 1);
  return read;
}

/** One pod for each owner: replicas fail alike. */
function failingContainers({ pods }: NamespaceReading): Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const pod of pods.value) {
    if (pod.deleting) continue;
    for (const container of pod.containers) {
      const previous = previousRun(container);
      if (previous === undefined) continue;
      const key = `${pod.owner?.name ?? pod.name} ${container.name}`;
      const known = wanted.get(key);
      // A run that has ended says why; one that just began may not have got there yet.
      if (known === undefined || (!known.previous && previous)) wanted.set(key, { pod: pod.name, container: container.name, previous });
    }
  }
  return [...wanted.values()].slice(0, mostLogs);
}

/** Undefined: nothing to ask. Back-off shows the ended run as the current one until the next begins. */
function previousRun({ waiting, running, ended, last, ready, restarts, init }: ContainerState): boolean | undefined {
  if (waiting !== undefined) return restarts > 0 || last !== undefined ? false : undefined;
  if (ended !== undefined) return ended.exitCode === 0 ? undefined : false;
  // One that runs before the others may never end.
  if (running === undefined || (ready && !init)) return undefined;
  return last !== undefined;
}

const mostOperators = 3;

/** Of who looks after custom resources, since what it is refused shows nowhere else; and of who reads what it writes, when somebody changed one lately. */
function ofOperators(reading: NamespaceReading): Wanted[] {
  const scope = { namespace: reading };
  const kinds = new Map(reading.customResources.value.map((one) => [`${one.apiVersion} ${one.kind}`, one]));
  const operators = [...new Set([...kinds.values()].flatMap((one) => operatorsOf(scope, one)))].slice(0, mostOperators);
  const changed = reading.customResources.value.filter((one) => writtenLately(scope, one));
  const readers = operators.filter((one) => changed.some((resource) => operatorsOf(scope, resource).includes(one))).flatMap((one) => readersOf(scope, one)).slice(0, mostOperators);
  return [...new Set([...operators, ...readers])].flatMap((workload) => runningOf(workload, reading));
}

const mostAsked = 3;

/** What a report names by its own name. */
function asked(about: string, reading: NamespaceReading): Wanted[] {
  return reading.workloads.value.filter(({ name }) => mentions(about, name)).slice(0, mostAsked).flatMap((workload) => runningOf(workload, reading));
}

function runningOf(workload: Workload, reading: NamespaceReading): Wanted[] {
  const pod = podsOf(workload, reading).find((one) => one.phase === 'Running');
  const container = pod?.containers.find((one) => !one.init && one.running !== undefined);
  return pod === undefined || container === undefined ? [] : [{ pod: pod.name, container: container.name, previous: false }];
}

/** Of the newest pod that each such service selects. */
function behind(names: readonly string[], { services, pods }: NamespaceReading): Wanted[] {
  return names.flatMap((name) => {
    const selector = Object.entries(services.value.find((one) => one.name === name)?.selector ?? {});
    if (selector.length === 0) return [];
    const matching = pods.value.filter((pod: Pod) => !pod.deleting && pod.phase === 'Running' && selector.every(([key, value]) => pod.labels[key] === value));
    const newest = matching.sort((left, right) => ((left.createdAt ?? '') < (right.createdAt ?? '') ? 1 : -1))[0];
    const container = newest?.containers.find((one) => !one.init && one.running !== undefined);
    return newest === undefined || container === undefined ? [] : [{ pod: newest.name, container: container.name, previous: false }];
  });
}
