import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import type { NamespaceReading } from '../../rules/cluster-readings.ts';
import { nameOf, texts } from '../readings/cluster/fields.ts';
import { describeNamespace } from '../readings/cluster/namespace.ts';
import { ofKind } from '../readings/cluster/other-objects.ts';
import type { Tool } from '../tool.ts';
import { shownCommand } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { isLabelSelector } from './label-selector.ts';
import { shownPlace } from './look.ts';
import { objectName } from './names.ts';
import { tracePath } from './network-path.ts';
import { listObjects, missingLines } from './objects.ts';
import type { ObjectsRead } from './objects.ts';
import { findPlace, placeFields } from './place.ts';
import type { Place } from './place.ts';

const kinds = ['services', 'endpointslices.discovery.k8s.io', 'pods', 'deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'daemonsets.apps', 'ingresses.networking.k8s.io', 'networkpolicies.networking.k8s.io', 'configmaps'];

export function kubectlPath(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_path',
    description: 'Follows a request to a Service hop by hop and says where it breaks: Service and its Ingresses, the pods it selects and their state, what the target port means in them and whether their readiness probe asks it, each address of its EndpointSlices (ready, serving, terminating). With `from`, the caller\'s side too: how its environment and ConfigMaps name the Service, hostAliases and DNS settings, and whether NetworkPolicies allow egress, ingress and DNS.',
    specialists: ['kubernetes', 'network', 'service'],
    input: z.strictObject({
      ...placeFields(clusters),
      service: objectName.max(63).describe('Name of the Service that is called'),
      port: z.union([z.number().int().min(1).max(65_535), z.string().max(63).regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a port: number or name')]).optional().describe('Port of the Service, number or name; all of them when left out'),
      from: objectName.optional().describe('Name of the calling Deployment, StatefulSet or DaemonSet'),
    }),
    plan(input) {
      const place = findPlace(clusters, input);
      return typeof place === 'string' ? place : { ...input, place };
    },
    async run({ place, service, port, from }, { signal }) {
      const command = `${shownCommand(shownPlace(clusters, place), ['get', 'services,endpointslices,pods,networkpolicies,ingresses,configmaps', '-o', 'json'])} # path ${from === undefined ? '' : `from ${from} `}to ${service}${port === undefined ? '' : `:${port}`}`;
      const all = await listObjects(client, place, kinds, signal);
      if ('problem' in all) return { command, output: all.problem, failed: true };
      const listed = await withPodsOf(service, all, client, place, signal);
      const traced = tracePath({ reading: await readingOf(place, listed), objects: listed.objects, service, port, from });
      return typeof traced === 'string' ? { command, output: [traced, ...missingLines(listed.missing)].join('\n') } : { command, output: traced.problem, failed: true };
    },
  });
}

/** Where there are too many pods to be listed, those that the Service selects. */
async function withPodsOf(service: string, { objects, missing }: ObjectsRead, client: Client, place: Place, signal: AbortSignal): Promise<ObjectsRead> {
  const selector = Object.entries(texts(ofKind(objects, 'Service').find((one) => nameOf(one) === service), 'spec', 'selector')).map(([key, value]) => `${key}=${value}`).join(',');
  if (!missing.some(({ kind }) => kind === 'pods') || !isLabelSelector(selector)) return { objects, missing };
  const pods = await listObjects(client, place, ['pods'], signal, selector);
  return 'problem' in pods ? { objects, missing } : { objects: [...objects, ...pods.objects], missing: missing.filter(({ kind }) => kind !== 'pods') };
}

/** The namespace as the rules read it. */
export async function readingOf(place: Place, { objects, missing }: ObjectsRead): Promise<NamespaceReading> {
  const unrecorded = { id: '', specialist: 'kubernetes' as const, tool: '', command: '', text: '', hash: '', at: '', failed: false };
  const reading = await describeNamespace({ namespace: place.namespace ?? '', record: async () => unrecorded }, { objects: [...objects], missing }, [], []);
  return { ...reading, missing: missing.map((one) => one.kind) };
}
