/** Starts a container of a pod when it is due: image, configuration, process, hook; and notes how its process ends. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Container } from '../objects/types.ts';
import { sped } from '../options.ts';
import { backOffRemaining, crashLimits, goDuration, nextBackOff, type BackOffLimits } from './back-off.ts';
import { ConfigError, containerEnvironment } from './environment.ts';
import { runHook } from './hooks.ts';
import { ensureImage } from './image-pull.ts';
import { commandOf, launchContainer } from './launch.ts';
import { podDns, podHosts } from './pod-files.ts';
import { fieldPathOf, type ContainerRecord, type PodRecord, type Run } from './pod.ts';
import { StartError } from './process.ts';
import type { Prober } from './probes/prober.ts';
import { variableSources } from './sources.ts';
import type { Shared } from './shared.ts';
import { terminationMessage } from './termination-message.ts';
import { atSecond } from './times.ts';
import { containerMounts } from './volumes/mounts.ts';

export interface StartHooks {
  /** The process ended and the record says so. */
  ended(): void;
  started(): void;
  prober: Prober;
}

/** The kubelet looks this often at what runs: nothing ends sooner for it. */
const noticedMilliseconds = 1_000;

/** The runtime can't make the container. */
class CreateError extends Error {}

const configRetryMilliseconds = 11_000;
/** The checkout, also when this is compiled into a folder of it: programs and what they import lie there. */
const sourceRoot = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../..' : '../../../..', import.meta.url)).replace(/\/$/, '');
/** How long the end of the last process is shown before the waiting is: until the kubelet looks at every pod again. */
const terminatedShownMilliseconds = 60_000;

/** Milliseconds after which to look again; undefined when there is nothing to wait for. */
export async function startContainer(record: PodRecord, container: Container, known: ContainerRecord, shared: Shared, hooks: StartHooks): Promise<number | undefined> {
  if (known.run !== undefined || !due(record, known)) return undefined;
  const held = hold(record, known, shared);
  if (held !== undefined) return held;
  const { image, retry } = await ensureImage(record, container, known, shared);
  if (image === undefined) return retry;
  if (record.pod.metadata.deletionTimestamp !== undefined || record.failed !== undefined) return undefined;

  const fieldPath = fieldPathOf(known);
  const sources = variableSources(record, shared);
  let launched: Omit<Run, 'finished'>;
  const restarted = known.id !== undefined;
  try {
    const variables = containerEnvironment(container, sources);
    if (commandOf(container, image, variables).length === 0) throw new CreateError(`failed to generate container "${randomBytes(32).toString('hex')}" spec: failed to generate spec: no command specified`);
    const mounts = containerMounts(record, container, variables);
    remember(known);
    if (restarted) known.restarts += 1;
    mkdirSync(record.logDirectory, { recursive: true });
    launched = launchContainer({
      record, container, known, image, variables, mounts,
      dns: podDns(record.pod, shared), hosts: podHosts(record.pod), relocations: shared.settings.relocations, asTheyAre: [shared.settings.directory, shared.settings.relocations, sourceRoot], guardian: shared.guardian, programs: shared.programs,
    });
  } catch (error) {
    if (error instanceof ConfigError || error instanceof CreateError) {
      remember(known);
      known.state = { waiting: { message: error.message, reason: error instanceof CreateError ? 'CreateContainerError' : 'CreateContainerConfigError' } };
      shared.client.event(record.pod, { type: 'Warning', reason: 'Failed', message: `Error: ${error.message}`, fieldPath });
      return sped(shared.timing, configRetryMilliseconds);
    }
    if (!(error instanceof StartError)) throw error;
    return failedStart(record, known, shared, error);
  }
  known.restartNow = false;
  shared.client.event(record.pod, { type: 'Normal', reason: 'Created', message: 'Container created', fieldPath });
  const run: Run = { ...launched, finished: launched.group.exited.then((exit) => finish(container, known, run, exit, hooks, shared)) };
  known.run = run;
  known.state = { running: { startedAt: atSecond(run.startedAt) } };
  known.started = container.startupProbe === undefined && container.lifecycle?.postStart === undefined;
  known.ready = known.started && container.readinessProbe === undefined;
  shared.client.event(record.pod, { type: 'Normal', reason: 'Started', message: 'Container started', fieldPath });
  hooks.started();
  if (container.lifecycle?.postStart !== undefined && !(await afterStart(record, container, known, run, shared))) return undefined;
  if (known.run === run) hooks.prober.start(container, known, run);
  return undefined;
}

export const crashBackOff = (shared: Shared): BackOffLimits => ({ first: sped(shared.timing, crashLimits.first), longest: sped(shared.timing, crashLimits.longest) });

function due(record: PodRecord, known: ContainerRecord): boolean {
  const ended = known.state.terminated;
  if (ended === undefined || known.restartNow || known.kind === 'sidecar') return true;
  const policy = record.pod.spec?.restartPolicy ?? 'Always';
  if (known.kind === 'init') return ended.exitCode !== 0 && policy !== 'Never';
  return policy === 'Always' || (policy === 'OnFailure' && ended.exitCode !== 0);
}

/**
 * Waits out the back-off of what ended: first the end is shown, then CrashLoopBackOff. What the kubelet killed itself for
 * its probe is measured by the process before it: the kubelet starts the next one before it sees this one's end.
 */
function hold(record: PodRecord, known: ContainerRecord, shared: Shared): number | undefined {
  const ended = known.killed ? known.finishedBefore : known.finished;
  if (ended === undefined || known.restartNow) return undefined;
  const limits = crashBackOff(shared);
  const now = Date.now();
  const remaining = backOffRemaining(known.crash, ended, now, limits);
  if (remaining <= 0) {
    if (known.state.terminated !== undefined || known.state.waiting?.reason === 'CrashLoopBackOff') known.crash = nextBackOff(known.crash, ended, limits);
    return undefined;
  }
  const { metadata } = record.pod;
  const text = `restarting failed container=${known.name} pod=${metadata.name}_${metadata.namespace}(${metadata.uid})`;
  const delay = known.crash?.delay ?? limits.first;
  const shown = (known.finished ?? ended) + sped(shared.timing, terminatedShownMilliseconds) - now;
  if (known.noticed !== known.id) {
    known.noticed = known.id;
    shared.client.event(record.pod, {
      type: 'Warning', reason: 'BackOff', fieldPath: fieldPathOf(known),
      message: `Back-off restarting failed container ${known.name} in pod ${metadata.name}_${metadata.namespace}(${metadata.uid})`,
    });
  }
  if (shown > 0) return Math.min(shown, remaining);
  remember(known);
  known.state = { waiting: { message: `back-off ${goDuration(delay * shared.timing.speed)} ${text}`, reason: 'CrashLoopBackOff' } };
  return remaining;
}

function remember(known: ContainerRecord): void {
  if (known.state.terminated !== undefined) known.last = known.state.terminated;
}

function failedStart(record: PodRecord, known: ContainerRecord, shared: Shared, error: StartError): number {
  const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${error.message}: unknown`;
  const fieldPath = fieldPathOf(known);
  shared.client.event(record.pod, { type: 'Normal', reason: 'Created', message: 'Container created', fieldPath });
  shared.client.event(record.pod, { type: 'Warning', reason: 'Failed', message: `Error: ${message}`, fieldPath });
  known.finished = Date.now();
  known.state = {
    terminated: { containerID: `containerd://${known.id ?? ''}`, exitCode: 128, finishedAt: atSecond(known.finished), message, reason: 'StartError', startedAt: '1970-01-01T00:00:00Z' },
  };
  known.ready = known.started = false;
  return 1;
}

async function afterStart(record: PodRecord, container: Container, known: ContainerRecord, run: Run, shared: Shared): Promise<boolean> {
  const failure = await runHook(container.lifecycle?.postStart ?? {}, record, run, shared.locate);
  if (known.run !== run) return false;
  if (failure === undefined) {
    known.started = container.startupProbe === undefined;
    known.ready = known.started && container.readinessProbe === undefined;
    return true;
  }
  shared.client.event(record.pod, { type: 'Warning', reason: 'FailedPostStartHook', message: `PostStartHook failed: ${failure}`, fieldPath: fieldPathOf(known) });
  shared.client.event(record.pod, { type: 'Normal', reason: 'Killing', message: 'FailedPostStartHook', fieldPath: fieldPathOf(known) });
  run.group.kill();
  return false;
}

async function finish(container: Container, known: ContainerRecord, run: Run, { code, at }: { code: number; at: number }, hooks: StartHooks, shared: Shared): Promise<void> {
  hooks.prober.stop(known.name);
  await run.log.finished();
  const unnoticed = run.startedAt + sped(shared.timing, noticedMilliseconds) - Date.now();
  if (unnoticed > 0 && run.stopping === undefined) await sleep(unnoticed);
  const exitCode = run.outOfMemory ? 137 : code;
  const message = terminationMessage(container, run, exitCode);
  if (known.finished !== undefined) known.finishedBefore = known.finished;
  known.finished = at;
  known.killed = run.killedForProbe === true;
  known.state = {
    terminated: {
      containerID: `containerd://${run.id}`, exitCode, finishedAt: atSecond(at), ...(message === '' ? {} : { message }),
      reason: run.outOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error', startedAt: atSecond(run.startedAt),
    },
  };
  known.ready = known.kind === 'init' && exitCode === 0;
  known.started = false;
  if (known.run === run) delete known.run;
  hooks.ended();
}
