import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import { bytesOf } from '../../rules/kubernetes/quantities.ts';
import { items, nameOf, text, texts } from '../readings/cluster/fields.ts';
import { textTable } from '../readings/text-table.ts';
import type { Tool } from '../tool.ts';
import { flagsOf, shownCommand, shownSelector } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { shownPlace, toResult } from './look.ts';
import { labelSelector } from './names.ts';
import { listObjects } from './objects.ts';
import { findPlace, placeFields } from './place.ts';

const maxBytes = 1024 * 1024;

export function kubectlTop(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_top',
    description: 'CPU and memory that containers use now, beside their requests and limits and in percent of the limit, fullest first; or what nodes use. Says so where the cluster measures nothing.',
    specialists: ['kubernetes', 'service'],
    input: z.strictObject({
      ...placeFields(clusters),
      of: z.enum(['pods', 'nodes']).optional().describe('pods when left out'),
      selector: labelSelector.optional().describe('Label selector for pods: app=checkout'),
    }),
    plan({ of = 'pods', selector, ...at }) {
      if (of === 'nodes' && selector !== undefined) return 'selector: goes with pods';
      const place = findPlace(clusters, at, { clusterScoped: of === 'nodes' });
      return typeof place === 'string' ? place : { place, of, selector };
    },
    async run({ place, of, selector }, { signal }) {
      const shown = shownPlace(clusters, place);
      const choice = selector === undefined ? [] : [`--selector=${selector}`];
      const command = shownCommand(shown, ['top', of, ...shownSelector(selector), ...(of === 'pods' ? ['--containers'] : [])]);
      const [answer, pods] = await Promise.all([
        client(place, (where) => ['top', of, ...flagsOf(where), ...choice, ...(of === 'pods' ? ['--containers=true'] : [])], { maxBytes, signal }),
        of === 'nodes' ? { objects: [], missing: [] } : listObjects(client, place, ['pods'], signal, selector),
      ]);
      return toResult(command, answer, (printed) => (of === 'nodes' ? printed : usageTable(printed, 'problem' in pods ? [] : pods.objects)));
    },
  });
}

/** `POD NAME CPU(cores) MEMORY(bytes)` with what the containers asked for. */
export function usageTable(printed: string, pods: readonly unknown[]): string {
  const [head = '', ...lines] = printed.trimEnd().split('\n');
  if (!/^POD\s+NAME\s/.test(head)) return printed;
  const byName = new Map(pods.map((one) => [nameOf(one), one]));
  const rows = lines.map((line) => {
    const [pod = '', name = '', cpu = '', memory = ''] = line.trim().split(/\s+/);
    const container = items(byName.get(pod), 'spec', 'containers').find((one) => text(one, 'name') === name);
    const [requests, limits] = [texts(container, 'resources', 'requests'), texts(container, 'resources', 'limits')];
    const share = (used: string, limit: string | undefined): number | undefined => {
      const [part, whole] = [bytesOf(used), bytesOf(limit ?? '')];
      return part === undefined || whole === undefined || whole === 0 ? undefined : Math.round((part / whole) * 100);
    };
    const shares = [share(cpu, limits['cpu']), share(memory, limits['memory'])];
    return { fullest: Math.max(...shares.map((one) => one ?? -1)), cells: [pod, name, cpu, requests['cpu'], limits['cpu'], percent(shares[0]), memory, requests['memory'], limits['memory'], percent(shares[1])] };
  });
  return textTable(['POD', 'CONTAINER', 'CPU', 'REQUEST', 'LIMIT', '% OF LIMIT', 'MEMORY', 'REQUEST', 'LIMIT', '% OF LIMIT'], rows.toSorted((left, right) => right.fullest - left.fullest).map((row) => row.cells));
}

const percent = (share: number | undefined): string => (share === undefined ? '(no limit)' : `${share}%`);
