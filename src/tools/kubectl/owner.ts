import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import { customKinds } from '../readings/cluster/custom.ts';
import type { Tool } from '../tool.ts';
import { shownCommand } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { clusterScopedKind, isRefusedClusterKind, kindName } from './kinds.ts';
import { findLook, shownPlace } from './look.ts';
import { objectName } from './names.ts';
import { getObject, listObjects, missingLines } from './objects.ts';
import { ownedLines, ownersOf, stateLines } from './owner-tree.ts';
import type { OwnerReference } from './owner-tree.ts';
import { placeFields } from './place.ts';
import type { Place } from './place.ts';

const ownedKinds = ['replicasets.apps', 'controllerrevisions.apps', 'pods', 'deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch', 'cronjobs.batch', 'services', 'endpointslices.discovery.k8s.io', 'configmaps', 'persistentvolumeclaims', 'ingresses.networking.k8s.io', 'horizontalpodautoscalers.autoscaling', 'poddisruptionbudgets.policy'];
const mostOwners = 8;

export function kubectlOwner(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_owner',
    description: 'Where an object of any kind, custom ones included, belongs: who owns it up to the top (who would undo a change to it), and everything it owns down to the pods, each with its state and conditions.',
    specialists: ['kubernetes'],
    input: z.strictObject({ ...placeFields(clusters), kind: kindName.describe('One kind: pods, certificates.cert-manager.io'), name: objectName.describe('Name of the object') }),
    plan(input) {
      if (input.kind === 'all') return 'kind: give one kind';
      if (clusterScopedKind(input.kind) !== undefined) return `kind: ${input.kind} belongs to the cluster: it is owned by nobody in a namespace`;
      const place = findLook(clusters, input);
      return typeof place === 'string' ? place : { place, kind: input.kind, name: input.name };
    },
    async run({ place, kind, name }, { signal }) {
      const shown = shownPlace(clusters, place);
      const command = `${shownCommand(shown, ['get', kind, name, '-o', 'yaml'])} # with its owners and what it owns`;
      const found = await getObject(client, place, { kind, name }, { signal, listInstead: shownCommand(shown, ['get', kind]) });
      if ('problem' in found) return { command, output: found.problem, failed: true };
      const [above, listed] = await Promise.all([ownersUp(client, place, found.object, signal), listOwned(client, place, signal)]);
      const below = 'problem' in listed ? [`(what it owns could not be read: ${listed.problem})`] : ownedLines(found.object, listed.objects);
      return { command, output: ['Owners, nearest first:', ...(above.length === 0 ? ['  nobody owns it'] : above), 'The object:', ...stateLines(found.object), 'It owns:', ...(below.length === 0 ? ['  nothing that may be read'] : below), ...('problem' in listed ? [] : missingLines(listed.missing))].join('\n') };
    },
  });
}

async function ownersUp(client: Client, place: Place, object: unknown, signal: AbortSignal): Promise<string[]> {
  const lines: string[] = [];
  for (let at = object, step = 0; step < mostOwners; step += 1) {
    const [owner, ...others] = ownersOf(at);
    if (owner === undefined) return lines;
    lines.push(...others.map((one) => `  also ${one.kind} ${one.name}`));
    const kind = kindOf(owner);
    if (kind === undefined) return [...lines, `  ${owner.kind} ${owner.name} (of a kind that is not looked at here)`];
    const found = await getObject(client, place, { kind, name: owner.name }, { signal });
    if ('problem' in found) return [...lines, `  ${owner.kind} ${owner.name} could not be read: ${found.problem.split('\n')[0] ?? ''}`];
    lines.push(...stateLines(found.object).map((line) => `  ${line}`));
    at = found.object;
  }
  return [...lines, '  (the chain goes on)'];
}

/** `replicaset.v1.apps`. Whoever may write objects writes owner references: what is no kind and no name of ours is not asked for. */
function kindOf({ apiVersion, kind, name }: OwnerReference): string | undefined {
  const [, group, version = ''] = /^(?:([a-z0-9][a-z0-9.-]*)\/)?(v[0-9][a-z0-9]*)$/.exec(apiVersion) ?? [];
  const asked = kindName.safeParse(group === undefined ? kind.toLowerCase() : `${kind.toLowerCase()}.${version}.${group}`);
  if (version === '' || !/^[A-Z][A-Za-z0-9]*$/.test(kind) || !asked.success || !objectName.safeParse(name).success) return undefined;
  return clusterScopedKind(asked.data) !== undefined || isRefusedClusterKind(asked.data) ? undefined : asked.data;
}

async function listOwned(client: Client, place: Place, signal: AbortSignal): ReturnType<typeof listObjects> {
  const custom = await customKinds(client, place, signal);
  return listObjects(client, place, [...ownedKinds, ...custom], signal);
}
