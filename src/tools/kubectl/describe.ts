import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import type { Tool } from '../tool.ts';
import { describeArgv, shownCommand, shownSelector } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { hideSecretVariables } from './describe-text.ts';
import { clusterScopedKind, kindName } from './kinds.ts';
import { readLeftOut } from './left-out.ts';
import { findLook, shownPlace, toResult } from './look.ts';
import { labelSelector, objectName } from './names.ts';
import { placeFields } from './place.ts';

const maxBytes = 1024 * 1024;

export function kubectlDescribe(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_describe',
    description: 'Describes one object, or those a selector matches (give one of the two), for a reader: state, conditions, containers with their last exits, what it refers to, and its recent events, and the fields of a pod\'s spec that kubectl leaves out (hostAliases, dnsConfig, affinity, security). A name that does not exist matches objects whose names begin with it.',
    specialists: ['kubernetes', 'network'],
    input: z.strictObject({
      ...placeFields(clusters),
      kind: kindName.describe('One kind: pods, deployments.apps, nodes'),
      name: objectName.optional().describe('Required unless there is a selector: name of the object, or the beginning of several names'),
      selector: labelSelector.optional().describe('Required unless there is a name: label selector: app=checkout'),
    }),
    plan(input) {
      if (input.kind === 'all') return 'kind: give one kind';
      if (input.name === undefined && input.selector === undefined) return 'name: give a name or a selector; kubectl_get lists what there is';
      if (clusterScopedKind(input.kind) === 'namespaces' && input.name === undefined) return 'name: describe one of the configured namespaces; kubectl_get lists all';
      const place = findLook(clusters, input);
      return typeof place === 'string' ? place : { ...input, place };
    },
    async run({ place, kind, name, selector }, { signal }) {
      const shown = shownPlace(clusters, place);
      const [answer, more] = await Promise.all([client(place, (where) => describeArgv(where, { kind, name, selector }), { maxBytes, signal, listInstead: shownCommand(shown, ['get', kind]) }), readLeftOut({ client, place, kind, name, selector, signal })]);
      const command = shownCommand(shown, ['describe', kind, ...(name === undefined ? [] : [name]), ...shownSelector(selector)]);
      return toResult(command, answer, (text) => [hideSecretVariables(text).trimEnd(), ...more].join('\n'));
    },
  });
}
