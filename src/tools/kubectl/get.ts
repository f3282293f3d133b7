import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import type { Tool } from '../tool.ts';
import { listArgv, objectArgv, shownCommand, shownSelector } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { kindName } from './kinds.ts';
import { moreThanTable } from './list-lines.ts';
import { findLook, shownPlace, toResult } from './look.ts';
import { labelSelector, objectName } from './names.ts';
import { objectAsYaml } from './object-yaml.ts';
import { placeFields } from './place.ts';
import { brokenFirst } from './pod-order.ts';

const listBytes = 1024 * 1024;
/** A table is sorted before it is cut. */
const podListBytes = 8 * 1024 * 1024;
const objectBytes = 4 * 1024 * 1024;

const ofPods = /^(?:po|pods?)(?:\.|$)/;

export function kubectlGet(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_get',
    description: [
      'Lists objects of one kind as the wide table that kubectl shows (pods: broken ones first, counted; with the conditions of custom resources, and each address of EndpointSlices with its readiness), or, with a name, one object whole as YAML (spec and status).',
      'Kind as kubectl names it: pods, deployments, replicasets, services, endpointslices, configmaps, resourcequotas, jobs, persistentvolumeclaims, all, custom resources (certificates.cert-manager.io). Of the cluster: nodes, namespaces, persistentvolumes, storageclasses, customresourcedefinitions. Never Secrets.',
    ].join(' '),
    specialists: ['kubernetes', 'network', 'service'],
    input: z.strictObject({
      ...placeFields(clusters),
      kind: kindName.describe('One kind: pods, deployments.apps, all'),
      name: objectName.optional().describe('Name of one object, for all of its fields'),
      selector: labelSelector.optional().describe('Label selector for lists: app=checkout'),
      labels: z.boolean().optional().describe('Show the labels of what is listed'),
    }),
    plan(input) {
      const place = findLook(clusters, input);
      return typeof place === 'string' ? place : { ...input, place };
    },
    async run({ place, kind, name, selector, labels }, { signal }) {
      const shown = shownPlace(clusters, place);
      const list = shownCommand(shown, ['get', kind]);
      if (name === undefined) {
        const [answer, lines] = await Promise.all([client(place, (where) => listArgv(where, { kind, selector, labels }), { maxBytes: ofPods.test(kind) ? podListBytes : listBytes, signal }), moreThanTable({ client, place, kind, selector, signal })]);
        return toResult(shownCommand(shown, ['get', kind, ...shownSelector(selector), ...(labels === true ? ['--show-labels'] : []), '-o', 'wide']), answer, (table) => [ofPods.test(kind) ? brokenFirst(table) : table.trimEnd(), ...lines].join('\n'));
      }
      const answer = await client(place, (where) => objectArgv(where, { kind, name }), { maxBytes: objectBytes, signal, listInstead: list });
      return toResult(shownCommand(shown, ['get', kind, name, '-o', 'yaml']), answer, objectAsYaml);
    },
  });
}
