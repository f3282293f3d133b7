/** The cluster's own DNS: its pods and, when they are not ready or complain, what they log. Not to be seen is no gap by itself. */
import { corednsOf } from '../../../config/targets.ts';
import type { ClusterTarget } from '../../../config/targets.ts';
import type { ClusterReading } from '../../../rules/cluster-readings.ts';
import { flagsOf, logsArgv, shownCommand } from '../../kubectl/argv.ts';
import type { Where } from '../../kubectl/argv.ts';
import type { Client } from '../../kubectl/client.ts';
import type { ReaderContext } from '../reader.ts';
import { listKinds } from './ask.ts';
import { configMapLines } from './lines.ts';
import { configMapsOf, ofKind } from './other-objects.ts';
import { podOf } from './pod-objects.ts';
import { podLines, workloadLines } from './workload-lines.ts';
import { workloadsOf } from './workload-objects.ts';

const namespace = 'kube-system';
const selector = 'k8s-app=kube-dns';

/** What it is told; undefined where its namespace is read anyway, or it may not be read. */
export async function readCorefile(client: Client, cluster: ClusterTarget, { record, signal }: ReaderContext): Promise<ClusterReading['corefile']> {
  const held = corednsOf(cluster);
  if (cluster.namespaces.includes(held.namespace)) return undefined;
  const argv = (where: Where): string[] => ['get', 'configmap', held.name, ...flagsOf(where), '--show-managed-fields=true', '--ignore-not-found=true', '--output=json'];
  const answer = await client({ cluster, namespace: held.namespace }, argv, { maxBytes: 1024 * 1024, signal });
  const [map] = answer.failed || answer.truncated ? [] : configMapsOf([parsed(answer.text)]);
  if (map?.data['Corefile'] === undefined) return undefined;
  const evidence = await record('kubernetes', 'kubectl_dns', { command: shownCommand({ context: cluster.context, namespace: held.namespace }, ['get', 'configmap', held.name, '-o', 'json']), output: configMapLines([map]) });
  return { value: { namespace: held.namespace, at: new Date().toISOString(), map }, evidence };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

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
