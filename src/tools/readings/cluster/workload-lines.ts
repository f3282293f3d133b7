/** Workloads and pods as lines that an engineer reads and a finding quotes. What is unwell comes first, since long evidence is cut. */
import type { ContainerState, Ended, Pod, Workload, WorkloadRevision } from '../../../rules/cluster-readings.ts';
import { differences } from '../../../rules/kubernetes/differences.ts';

const mostDifferences = 12;

export function workloadLines(workloads: readonly Workload[]): string {
  if (workloads.length === 0) return '(no deployments, statefulsets or daemonsets)';
  const unwell = (one: Workload): boolean => one.available < one.desired || one.updated < one.desired || one.desired === 0;
  return [...workloads].sort((left, right) => Number(unwell(right)) - Number(unwell(left))).map((one) => describe(one, unwell(one))).join('\n');
}

function describe(workload: Workload, unwell: boolean): string {
  const newest = workload.revisions.at(-1);
  const head = `${workload.kind} ${workload.name}: ${workload.available} of ${workload.desired} pods available, ${workload.ready} ready, ${workload.updated} of the newest template${newest === undefined ? '' : `, revision ${newest.revision}${newest.createdAt === undefined ? '' : ` (made ${newest.createdAt})`}`}${workload.release === undefined ? '' : `, Helm release ${workload.release}`}${workload.paused ? ', rollout paused' : ''}`;
  if (!unwell) return [head, ...changed(workload, newest, 1)].join('\n');
  const conditions = workload.conditions.filter((one) => one.message !== '').map((one) => `  ${one.type}=${one.status} ${one.reason}: ${one.message}`);
  const containers = workload.template.containers.map((one) => `  container ${one.name}${one.init ? ' (init)' : ''}: image ${one.image}, memory limit ${one.limits['memory'] ?? '(none)'}${one.probes.map((probe) => `, ${probe.kind} probe ${probe.text}`).join('')}, ports ${one.ports.map((port) => `${port.name === undefined ? '' : `${port.name} `}${port.port}`).join(', ') || '(none)'}`);
  const revisions = workload.revisions.slice(-5).reverse().map((one) => `  revision ${one.revision}: ${one.name}${one.createdAt === undefined ? '' : `, made ${one.createdAt}`}${workload.kind === 'deployment' ? `, ${one.replicas} pods, ${one.available} available` : ''}${one.desired === undefined ? '' : `, wanted ${one.desired}`}`);
  const notes = workload.desired === 0 ? Object.entries(workload.annotations ?? {}).slice(0, 10).map(([key, value]) => `  annotation ${key}: ${value.replace(/\s+/g, ' ').slice(0, 200)}`) : [];
  return [head, ...notes, ...conditions, ...containers, ...revisions, ...changed(workload, newest, 3)].join('\n');
}

/** The newest revision against the ones before it, nearest first. */
function changed(workload: Workload, newest: WorkloadRevision | undefined, most: number): string[] {
  if (newest === undefined) return [];
  return workload.revisions.slice(0, -1).reverse().slice(0, most).flatMap((earlier) => {
    const found = differences(earlier.template, newest.template);
    if (found.length === 0) return [`  revision ${newest.revision} of ${workload.name} asks for the same pods as revision ${earlier.revision}`];
    return found.slice(0, mostDifferences).map((one) => `  changed in revision ${newest.revision} of ${workload.name} since revision ${earlier.revision}: ${one.text}`);
  });
}

export function podLines(pods: readonly Pod[]): string {
  if (pods.length === 0) return '(no pods)';
  const unwell = (pod: Pod): boolean => !pod.ready && pod.phase !== 'Succeeded';
  return [...pods].sort((left, right) => Number(unwell(right)) - Number(unwell(left))).map((pod) => describePod(pod, unwell(pod))).join('\n');
}

function describePod(pod: Pod, unwell: boolean): string {
  const restarts = pod.containers.reduce((sum, one) => sum + one.restarts, 0);
  const head = `pod ${pod.name}: ${pod.phase || 'unknown'}${pod.reason === '' ? '' : ` ${pod.reason}`}, ${pod.ready ? 'ready' : 'not ready'}${pod.deleting ? ', being deleted' : ''}, ${restarts} restarts, node ${pod.node || '(none)'}${pod.owner === undefined ? '' : `, of ${pod.owner.kind} ${pod.owner.name}`}${pod.createdAt === undefined ? '' : `, made ${pod.createdAt}`}`;
  if (!unwell && restarts === 0) return head;
  const conditions = pod.conditions.filter((one) => one.status !== 'True' && one.message !== '').map((one) => `  ${one.type}=${one.status} ${one.reason}: ${one.message.replace(/\s+/g, ' ')}`);
  const message = pod.message === '' ? [] : [`  ${pod.message.replace(/\s+/g, ' ')}`];
  return [head, ...message, ...pod.containers.filter((one) => unwell || one.restarts > 0).map(containerLine), ...conditions].join('\n');
}

/** `container api: waiting CrashLoopBackOff (back-off ...), 4 restarts, last ended with exit code 1 (Error) at ...` */
function containerLine(container: ContainerState): string {
  const { waiting, running, ended, last } = container;
  const state = waiting !== undefined ? `waiting ${waiting.reason}${waiting.message === '' ? '' : ` (${waiting.message.replace(/\s+/g, ' ')})`}`
    : running !== undefined ? `running${running.startedAt === undefined ? '' : ` since ${running.startedAt}`}, ${container.ready ? 'ready' : 'not ready'}`
      : ended !== undefined ? endedText('ended', ended) : 'not started';
  return `  container ${container.name}${container.init ? ' (init)' : ''}: ${state}, ${container.restarts} restarts${last === undefined ? '' : `, ${endedText('last ended', last)}`}, image ${container.image}`;
}

function endedText(word: string, { exitCode, reason, message, finishedAt, signal }: Ended): string {
  return `${word} with exit code ${exitCode}${signal === undefined ? '' : ` on signal ${signal}`} (${reason || 'no reason'})${finishedAt === undefined ? '' : ` at ${finishedAt}`}${message.trim() === '' ? '' : `: ${message.replace(/\s+/g, ' ').slice(0, 300)}`}`;
}
