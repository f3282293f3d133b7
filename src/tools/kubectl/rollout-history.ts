import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import { textTable } from '../readings/text-table.ts';
import type { Tool, ToolResult } from '../tool.ts';
import { shownCommand } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { shownPlace } from './look.ts';
import { objectName } from './names.ts';
import { getObject, listObjects, selectorOfWorkload } from './objects.ts';
import { findPlace, placeFields } from './place.ts';
import { revisedWorkloads, revisionChanges } from './revisions.ts';
import type { RevisedWorkload, Revision } from './revisions.ts';

const mostCompared = 4;
const mostShown = 15;

export function kubectlRolloutHistory(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_rollout_history',
    description: 'The revisions of one Deployment, StatefulSet or DaemonSet (when, pods, images, change cause) and every field of the pod template that each changed: environment, image, probes, resources, volumes, hostAliases, dnsConfig, all. With `revision`: what that one changed against the revision before it, or against `compare_with`. What did the last rollout change?',
    specialists: ['kubernetes', 'service'],
    input: z.strictObject({
      ...placeFields(clusters),
      kind: z.enum(['deployment', 'statefulset', 'daemonset']).optional().describe('A deployment when left out'),
      name: objectName.describe('Name of the workload'),
      revision: revisionNumber.optional().describe('Show what this revision changed'),
      compare_with: revisionNumber.optional().describe('The revision it is compared with; the one before it when left out'),
    }),
    plan(input) {
      if (input.compare_with !== undefined && input.revision === undefined) return 'compare_with: goes with a revision';
      const place = findPlace(clusters, input);
      return typeof place === 'string' ? place : { ...input, place, kind: input.kind ?? 'deployment' };
    },
    async run({ place, kind, name, revision, compare_with: other }, { signal }) {
      const shown = shownPlace(clusters, place);
      const command = shownCommand(shown, ['rollout', 'history', `${kind}/${name}`, ...(revision === undefined ? [] : [`--revision=${revision}`])]);
      const failed = (output: string): ToolResult => ({ command, output, failed: true });
      const found = await getObject(client, place, { kind: `${kind}s.apps`, name }, { signal, listInstead: shownCommand(shown, ['get', `${kind}s`]) });
      if ('problem' in found) return failed(found.problem);
      const listed = await listObjects(client, place, [kind === 'deployment' ? 'replicasets.apps' : 'controllerrevisions.apps'], signal, selectorOfWorkload(found.object));
      if ('problem' in listed) return failed(listed.problem);
      const [revised] = revisedWorkloads([found.object, ...listed.objects]);
      if (revised === undefined) return failed('The answer could not be read: it is no workload.');
      if (revision === undefined) return { command, output: history(revised) };
      const compared = comparison(revised, revision, other);
      return typeof compared === 'string' ? failed(compared) : { command, output: compared.join('\n') };
    },
  });
}

const revisionNumber = z.number().int().min(1).max(1_000_000);

/** Newest first: what is in force, then what each of the newest changed. */
export function history({ workload, revisions, pending }: RevisedWorkload): string {
  const newest = revisions.toReversed();
  const head = `${workload.kind} ${workload.name}: ${workload.available} of ${workload.desired} pods available, ${workload.updated} of the newest template${workload.paused ? ', rollout paused' : ''}`;
  if (newest.length === 0) return `${head}\n(no revisions are kept)`;
  const table = textTable(['REVISION', 'NAME', 'MADE', 'PODS', 'IMAGES', 'CHANGE CAUSE'], newest.slice(0, mostShown).map((one) => [one.revision, one.name, one.createdAt, one.pods, one.images.join(', '), `${one.cause}${one.former === '' ? '' : ` (was revision ${one.former}, taken up again by a rollback)`}`]));
  const more = newest.length > mostShown ? [`(${newest.length - mostShown} older ones are not shown)`] : [];
  const changes = newest.slice(0, mostCompared).flatMap((one, index) => {
    const before = newest[index + 1];
    return before === undefined ? [] : changed(before, one);
  });
  const only = newest.length === 1 ? ['(the only revision that is kept: nothing to compare with)'] : [];
  const notYet = pending();
  const waiting = notYet.length === 0 ? [] : [`its template asks for more than revision ${newest[0]?.revision}, and no revision has it yet (${workload.paused ? 'its rollout is paused' : 'its controller has not acted on it'}):`, ...notYet.map((one) => `  ${one}`)];
  return [head, table, ...more, ...waiting, ...changes, ...only].join('\n');
}

/** Lines, or what is wrong. */
export function comparison({ revisions }: RevisedWorkload, revision: number, other: number | undefined): string[] | string {
  const index = revisions.findIndex((one) => one.revision === revision);
  const wanted = revisions[index];
  const kept = `Kept are ${revisions.map((one) => one.revision).join(', ') || 'none'}.`;
  if (wanted === undefined) return `Revision ${revision} is not kept. ${kept}`;
  const before = other === undefined ? revisions[index - 1] : revisions.find((one) => one.revision === other);
  if (before === undefined) return other === undefined ? `No revision before ${revision} is kept. ${kept}` : `Revision ${other} is not kept. ${kept}`;
  return changed(before, wanted);
}

function changed(before: Revision, after: Revision): string[] {
  return [`revision ${after.revision} against revision ${before.revision}:`, ...revisionChanges(before, after).map((one) => `  ${one}`)];
}
