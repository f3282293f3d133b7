/** Logs, exec and usage of the pods of all nodes. */
import { badRequest, StatusError } from '../api/status.ts';
import { realTiming, sped } from '../options.ts';
import type { ObjectOf } from '../objects/object.ts';
import { exitOf, spawnInRun } from './exec-process.ts';
import type { Kubelet } from './kubelet.ts';
import { writeLog } from './log-reader.ts';
import type { ContainerRecord } from './pod.ts';
import { signalGroup, StartError } from './process.ts';
import type { PodRuntime } from './runtime.ts';
import { machineUsage } from './node-usage.ts';
import type { Usage } from './usage.ts';

/** How often kubelets collect dead containers. */
const garbageMilliseconds = 60_000;

export function createRuntime(kubelets: readonly Kubelet[], usage: Usage): PodRuntime {
  const find = (pod: ObjectOf<'pods'>, container: string, what: string): ContainerRecord | undefined => {
    const kubelet = kubelets.find(({ workers }) => workers.has(pod.metadata.uid));
    if (kubelet?.shared.faults.notReady === true) {
      const { namespace, name } = pod.metadata;
      const { address } = kubelet.shared;
      throw internal(`Get "https://${address}:10250/${what}/${namespace}/${name}/${container}": dial tcp ${address}:10250: connect: connection refused`);
    }
    return kubelet?.workers.get(pod.metadata.uid)?.record.containers.get(container);
  };
  const machine = machineUsage();
  const [kubelet] = kubelets;
  const keptMilliseconds = sped(kubelet?.shared.timing ?? realTiming, garbageMilliseconds);

  return {
    logs: async (pod, container, options, output, signal) => {
      const known = find(pod, container, 'containerLogs');
      const file = logFile(pod, container, known, options.previous);
      if (options.previous && known !== undefined && goneAlready(known, keptMilliseconds)) {
        output.write(`unable to retrieve container logs for ${known.last?.containerID ?? ''}`);
        return;
      }
      if (file === undefined) return;
      const log = options.previous || known?.run?.log.file !== file ? undefined : known.run;
      await writeLog(file, options, output, signal, log);
    },
    exec: async (pod, container, command, streams, signal) => {
      const { phase } = pod.status ?? {};
      if (phase === 'Succeeded' || phase === 'Failed') throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
      const run = find(pod, container, 'exec')?.run;
      if (run === undefined) throw internal(`unable to upgrade connection: container not found ("${container}")`);
      const child = start(() => spawnInRun(run, command, streams.stdin === undefined ? 'ignore' : 'pipe'), run.id);
      const abort = (): void => {
        if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      };
      signal.addEventListener('abort', abort, { once: true });
      child.stdin?.on('error', () => undefined);
      if (child.stdin !== null) streams.stdin?.pipe(child.stdin);
      child.stdout?.pipe(streams.stdout, { end: false });
      child.stderr?.pipe(streams.stderr, { end: false });
      const code = await exitOf(child, 'close');
      signal.removeEventListener('abort', abort);
      return code;
    },
    usage: (pod) => usage.pod(pod.metadata.uid),
    nodeUsage: (node) => (kubelets.some((kubelet) => kubelet.shared.node.name === node) ? machine() : undefined),
  };
}

/** Of two dead containers the older is removed by the next collection. */
const goneAlready = ({ run, state, last }: ContainerRecord, kept: number): boolean =>
  run === undefined && state.terminated !== undefined && last?.finishedAt !== undefined && Date.now() - Date.parse(last.finishedAt) > kept;

/** Undefined: nothing was ever logged. Throws BadRequest while there is nothing to read. */
function logFile(pod: ObjectOf<'pods'>, container: string, known: ContainerRecord | undefined, previous: boolean): string | undefined {
  const { name } = pod.metadata;
  if (previous) {
    if (known === undefined || known.last === undefined) throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
    const id = known.last.containerID?.replace('containerd://', '');
    const entry = known.logs.find((candidate) => candidate.id === id);
    if (entry === undefined) return undefined;
    return entry.file;
  }
  const entry = known?.logs.at(-1);
  if (entry !== undefined && known?.id !== undefined) return entry.file;
  const reason = known?.state.waiting?.reason ?? 'ContainerCreating';
  if (reason === 'ErrImagePull') throw badRequest(`container "${container}" in pod "${name}" is waiting to start: image can't be pulled`);
  if (reason === 'ImagePullBackOff') throw badRequest(`container "${container}" in pod "${name}" is waiting to start: trying and failing to pull image`);
  throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${reason}`);
}

function start<Result>(spawn: () => Result, id: string): Result {
  try {
    return spawn();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    throw internal(`Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: unable to start container process: ${error.message}: unknown`);
  }
}

const internal = (message: string): StatusError => new StatusError({ code: 500, reason: 'InternalError', message, details: { causes: [{ message }] } });
