import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import { customKinds } from '../readings/cluster/custom.ts';
import { items } from '../readings/cluster/fields.ts';
import type { Tool } from '../tool.ts';
import { eventsArgv, flagsOf, shownCommand } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { shownPlace } from './look.ts';
import { listObjects, missingLines } from './objects.ts';
import { findPlace, placeFields } from './place.ts';
import type { Place } from './place.ts';
import { driftLines, secretEntries, timeLine } from './time-line.ts';

const kinds = [
  'deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'daemonsets.apps', 'controllerrevisions.apps', 'cronjobs.batch', 'jobs.batch', 'pods', 'services', 'configmaps', 'ingresses.networking.k8s.io',
  'networkpolicies.networking.k8s.io', 'resourcequotas', 'limitranges', 'persistentvolumeclaims', 'horizontalpodautoscalers.autoscaling', 'poddisruptionbudgets.policy',
];
const mostDrift = 25;

export function kubectlChanges(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_changes',
    description: 'What changed in a namespace in the last minutes, newest first, in one time line: new revisions and each field they changed, who wrote which fields of workloads, Services, ConfigMaps, NetworkPolicies, quotas, Ingresses and custom resources and when, conditions that turned, pods made, containers that ended, warnings. Then what differs from what was last applied, with the former value. The first question of most investigations.',
    specialists: ['kubernetes', 'network', 'service'],
    input: z.strictObject({ ...placeFields(clusters), minutes: z.number().int().min(1).max(10_080).optional().describe('How far back; 60 when left out'), name: z.string().max(253).regex(/^[a-z0-9][a-z0-9.-]*$/).optional().describe('Only what is about objects whose name holds this') }),
    plan(input) {
      const place = findPlace(clusters, input);
      return typeof place === 'string' ? place : { place, minutes: input.minutes ?? 60, name: input.name ?? '' };
    },
    async run({ place, minutes, name }, { signal }) {
      const command = `${shownCommand(shownPlace(clusters, place), ['get', 'all,configmaps,networkpolicies,ingresses,resourcequotas,events', '--show-managed-fields', '-o', 'json'])} # changed in the last ${minutes} minutes${name === '' ? '' : `, about ${name}`}`;
      const since = `${new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19)}Z`;
      const [listed, custom, events, secrets] = await Promise.all([listObjects(client, place, kinds, signal), readCustom(client, place, signal), readEvents(client, place, signal), readSecrets(client, place, signal, since)]);
      if ('problem' in listed) return { command, output: listed.problem, failed: true };
      const objects = [...listed.objects, ...custom];
      const changed = timeLine({ objects, events: events ?? [], since, name, more: secrets.entries });
      const drift = driftLines(objects, name);
      return {
        command,
        output: [
          changed.length === 0 ? `(nothing changed since ${since}: no writes, revisions, warnings or restarts)` : `Since ${since}, newest first:`, ...changed,
          ...(drift.length === 0 ? [] : ['Different from what was last applied (was: as applied, is: now):', ...drift.slice(0, mostDrift).map((one) => `  ${one}`), ...(drift.length > mostDrift ? [`  (${drift.length - mostDrift} more)`] : [])]),
          ...missingLines(listed.missing), ...(events === undefined ? ['(events could not be read)'] : []), ...secrets.notes,
        ].join('\n'),
      };
    },
  });
}

async function readCustom(client: Client, place: Place, signal: AbortSignal): Promise<unknown[]> {
  const found = await customKinds(client, place, signal);
  if (found.length === 0) return [];
  const listed = await listObjects(client, place, found, signal);
  return 'problem' in listed ? [] : listed.objects;
}

async function readEvents(client: Client, place: Place, signal: AbortSignal): Promise<unknown[] | undefined> {
  const answer = await client(place, (where) => eventsArgv(where, {}), { maxBytes: 16 * 1024 * 1024, signal });
  if (answer.failed || answer.truncated) return undefined;
  try {
    return items(JSON.parse(answer.text) as unknown, 'items');
  } catch {
    return undefined;
  }
}

/** Names, versions and times alone leave kubectl: contents of Secrets never reach us. */
async function readSecrets(client: Client, place: Place, signal: AbortSignal, since: string): Promise<{ entries: ReturnType<typeof secretEntries>; notes: string[] }> {
  const columns = 'NAME:.metadata.name,VERSION:.metadata.resourceVersion,CREATED:.metadata.creationTimestamp,WRITTEN:.metadata.managedFields[*].time';
  const answer = await client(place, (where) => ['get', 'secrets', ...flagsOf(where), `--output=custom-columns=${columns}`], { maxBytes: 1024 * 1024, signal });
  return answer.failed ? { entries: [], notes: ['(Secrets may not be listed: whether one was changed is not known)'] } : { entries: secretEntries(answer.text, since), notes: [] };
}
