/** What the reader may do, and which kinds there are. */
import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import type { Tool } from '../tool.ts';
import { flagsOf, shownCommand } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { isRefusedClusterKind } from './kinds.ts';
import { shownPlace, toResult } from './look.ts';
import { plainText } from './names.ts';
import { findPlace, placeFields } from './place.ts';

const maxBytes = 1024 * 1024;
const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;
const subresources = ['log', 'exec', 'status', 'scale', 'eviction'] as const;

export function kubectlCanI(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_can_i',
    description: 'What our own read-only identity may do in a namespace: everything, or one verb on one kind. Tells a thing that is not there from one that may not be seen. It says nothing of other identities.',
    specialists: ['kubernetes'],
    input: z.strictObject({
      ...placeFields(clusters),
      verb: z.enum(verbs).optional().describe('With `kind`: is this allowed? Without both, everything that is allowed is listed'),
      kind: z.string().max(253).regex(/^[a-z][a-z0-9.-]*$/, 'must be one kind as kubectl names it: pods, deployments.apps').optional().describe('One kind: pods, deployments.apps'),
      subresource: z.enum(subresources).optional().describe('Of that kind: log for the logs of pods'),
    }),
    plan({ verb, kind, subresource, ...at }) {
      if ((verb === undefined) !== (kind === undefined)) return 'verb: goes with a kind; leave both out for everything';
      if (subresource !== undefined && kind === undefined) return 'subresource: goes with a verb and a kind';
      const place = findPlace(clusters, at);
      return typeof place === 'string' ? place : { place, verb, kind, subresource };
    },
    async run({ place, verb, kind, subresource }, { signal }) {
      const asked = verb === undefined || kind === undefined ? [] : [verb, kind];
      const flags = [...(subresource === undefined ? [] : [`--subresource=${subresource}`]), ...(asked.length === 0 ? ['--list=true'] : [])];
      const answer = await client(place, (where) => ['auth', 'can-i', ...asked, ...flagsOf(where), ...flags], { maxBytes, signal });
      const command = shownCommand(shownPlace(clusters, place), ['auth', 'can-i', ...(asked.length === 0 ? ['--list'] : asked), ...(subresource === undefined ? [] : [`--subresource=${subresource}`])]);
      // It ends with 1 when the answer is no.
      const no = answer.failed && /^no\b/m.test(answer.text);
      return no ? { command, output: 'no' } : toResult(command, answer, (text) => withoutPaths(text));
    },
  });
}

/** Rows of URLs that are no resources say nothing about a namespace. */
function withoutPaths(text: string): string {
  return text.split('\n').filter((line) => !/^\s+\[\//.test(line)).map((line) => line.trimEnd()).join('\n');
}

export function kubectlApiResources(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_api_resources',
    description: 'The kinds that a cluster has, custom ones included: name to ask for, short names, API version, whether in namespaces, verbs. With `contains`: those with this text in name, kind or group (cert-manager, kafka).',
    specialists: ['kubernetes'],
    input: z.strictObject({ cluster: placeFields(clusters).cluster, contains: plainText.optional().describe('Text in the name, kind or group') }),
    plan({ cluster, contains }) {
      const place = findPlace(clusters, { cluster }, { clusterScoped: true });
      return typeof place === 'string' ? place : { place, contains };
    },
    async run({ place, contains }, { signal }) {
      const answer = await client(place, (where) => ['api-resources', ...flagsOf(where), '--verbs=list', '--output=wide'], { maxBytes, signal });
      return toResult(shownCommand(shownPlace(clusters, place), ['api-resources', '--verbs=list']), answer, (text) => chosenKinds(text, contains));
    },
  });
}

function chosenKinds(text: string, contains: string | undefined): string {
  const all = text.trimEnd().split('\n');
  // Verbs are long and hardly differ.
  const end = all[0]?.indexOf('VERBS') ?? -1;
  const [head = '', ...rows] = all.map((row) => (end > 0 ? row.slice(0, end) : row).trimEnd());
  const kept = rows.filter((row) => !isRefusedClusterKind(row.split(/\s/)[0] ?? '') && (contains === undefined || row.toLowerCase().includes(contains.toLowerCase())));
  return kept.length === 0 ? `(none of the ${rows.length} kinds holds this text in its name, kind or group)` : [head, ...kept].join('\n');
}
