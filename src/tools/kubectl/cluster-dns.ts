import { z } from 'zod';
import { corednsOf } from '../../config/targets.ts';
import type { ClusterTarget } from '../../config/targets.ts';
import { groupLines } from '../group-lines.ts';
import { text } from '../readings/cluster/fields.ts';
import { serviceLines } from '../readings/cluster/lines.ts';
import { servicesOf } from '../readings/cluster/network-objects.ts';
import { ofKind } from '../readings/cluster/other-objects.ts';
import { podOf } from '../readings/cluster/pod-objects.ts';
import { podLines, workloadLines } from '../readings/cluster/workload-lines.ts';
import { changesOf, workloadsOf } from '../readings/cluster/workload-objects.ts';
import type { Tool } from '../tool.ts';
import { logsArgv, shownCommand } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { endpointsOf, sliceTable } from './endpoint-slices.ts';
import { shownPlace } from './look.ts';
import { getObject, listObjects, missingLines } from './objects.ts';
import { findPlace, placeFields } from './place.ts';
import type { Place } from './place.ts';

/** As kubeadm and nearly every distribution name them, CoreDNS included. */
const service = 'kube-dns';
const selector = 'k8s-app=kube-dns';
const tail = 60;

export function kubectlClusterDns(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_cluster_dns',
    description: 'The cluster\'s own DNS, which lies outside of the namespaces that may be looked into: its Service and endpoints, its workload and pods, its Corefile (rewrites, hosts, forwarders) and the newest log lines. For names that resolve wrongly, slowly or not at all.',
    specialists: ['kubernetes', 'network'],
    input: z.strictObject({ cluster: placeFields(clusters).cluster }),
    plan(input) {
      const place = findPlace(clusters, input, { clusterScoped: true });
      return typeof place === 'string' ? place : { place: { ...place, namespace: corednsOf(place.cluster).namespace } };
    },
    async run({ place }, { signal }) {
      const command = `${shownCommand(shownPlace(clusters, place), ['get', 'services,deployments,pods', '-l', selector, '-o', 'json'])} # with endpoints, Corefile and logs`;
      const [listed, slices, corefile, log] = await Promise.all([
        listObjects(client, place, ['services', 'deployments.apps', 'replicasets.apps', 'daemonsets.apps', 'pods'], signal, selector),
        listObjects(client, place, ['endpointslices.discovery.k8s.io'], signal, `kubernetes.io/service-name=${service}`),
        readCorefile(client, place, signal), readLog(client, place, signal),
      ]);
      if ('problem' in listed && 'problem' in corefile) return { command, output: `${listed.problem}\nWithout these rights, asking the cluster's resolver from outside is what is left: the network specialist does that.`, failed: true };
      const objects = 'problem' in listed ? [] : [...listed.objects, ...('problem' in slices ? [] : slices.objects)];
      const endpoints = endpointsOf(objects);
      return {
        command,
        output: [
          ...('problem' in listed ? [`(Service and pods could not be read: ${listed.problem})`] : [serviceLines(servicesOf(objects, !('problem' in slices))), workloadLines(workloadsOf(objects)), podLines(ofKind(objects, 'Pod').map(podOf)), ...missingLines(listed.missing)]),
          ...(endpoints.length === 0 ? ['(no endpoints were read)'] : [sliceTable(objects)]),
          `Corefile (ConfigMap ${corednsOf(place.cluster).name}${'written' in corefile ? corefile.written : ''}):`, 'problem' in corefile ? `(could not be read: ${corefile.problem})` : corefile.text, `Log, the newest ${tail} lines of each pod:`, log,
        ].join('\n'),
      };
    },
  });
}

async function readCorefile(client: Client, place: Place, signal: AbortSignal): Promise<{ text: string; written: string } | { problem: string }> {
  const found = await getObject(client, place, { kind: 'configmaps', name: corednsOf(place.cluster).name }, { signal });
  if ('problem' in found) return found;
  const write = changesOf(found.object).find((one) => one.fields.some((field) => field.startsWith('data')));
  return { text: text(found.object, 'data', 'Corefile').trimEnd() || '(it has no key Corefile)', written: write === undefined ? '' : `, last written ${write.at} by ${write.manager}` };
}

async function readLog(client: Client, place: Place, signal: AbortSignal): Promise<string> {
  const answer = await client(place, (where) => logsArgv(where, { kind: 'pod', selector, tail }), { maxBytes: 256 * 1024, signal });
  return answer.failed ? `(could not be read: ${answer.text.split('\n')[0] ?? ''})` : groupLines(answer.text.trimEnd()) || '(no log lines)';
}
