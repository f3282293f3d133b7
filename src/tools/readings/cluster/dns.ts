/** The cluster's own DNS: its pods and, when they are not ready or complain, what they log. Not to be seen is no gap by itself. */
import type { ClusterTarget } from '../../../config/targets.ts';
import type { ClusterReading } from '../../../rules/cluster-readings.ts';
import { logsArgv, shownCommand } from '../../kubectl/argv.ts';
import type { Client } from '../../kubectl/client.ts';
import type { ReaderContext } from '../reader.ts';
import { listKinds } from './ask.ts';
import { ofKind } from './other-objects.ts';
import { podOf } from './pod-objects.ts';
import { podLines, workloadLines } from './workload-lines.ts';
import { workloadsOf } from './workload-objects.ts';

const namespace = 'kube-system';
const selector = 'k8s-app=kube-dns';

/** Undefined when it may not be read, or is not run this way. */
export async function readDns(client: Client, cluster: ClusterTarget, { record, signal }: ReaderContext): Promise<ClusterReading['dns']> {
  const place = { cluster, namespace };
  const { objects, failure } = await listKinds(client, place, ['deployments.apps', 'pods'], signal, selector);
  if (failure !== undefined) return undefined;
  const workload = workloadsOf(objects)[0];
  const pods = ofKind(objects, 'Pod').map(podOf);
  if (workload === undefined) return undefined;
  const evidence = await record('kubernetes', 'kubectl_dns', { command: shownCommand({ context: cluster.context, namespace }, ['get', 'deployments,pods', '-l', selector, '-o', 'json']), output: `${workloadLines([workload])}\n${podLines(pods)}` });
  const first = pods.find((pod) => !pod.ready && pod.containers.some((one) => one.restarts > 0)) ?? pods[0];
  const logs: NonNullable<ClusterReading['dns']>['logs'] = [];
  const container = first?.containers[0]?.name;
  if (first !== undefined && container !== undefined) {
    const answer = await client(place, (where) => logsArgv(where, { kind: 'pod', name: first.name, container, tail: 60 }), { maxBytes: 256 * 1024, signal });
    if (!answer.failed) {
      const log = await record('kubernetes', 'kubectl_container_log', { command: shownCommand({ context: cluster.context, namespace }, ['logs', first.name, '-c', container, '--tail=60', '--timestamps']), output: answer.text.trimEnd() || '(no log lines)' });
      logs.push({ value: { pod: first.name, container, previous: false, lines: answer.text.trimEnd().split('\n').map((line) => line.replace(/^\S+Z /, '')) }, evidence: log });
    }
  }
  return { pods: { value: pods, evidence }, desired: workload.desired, ready: workload.ready, logs };
}
