import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import { groupLines } from '../group-lines.ts';
import type { Tool } from '../tool.ts';
import { logsArgv, shownCommand, shownSelector } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { shownPlace, toResult } from './look.ts';
import { duration, labelName, labelSelector, objectName, plainText } from './names.ts';
import { findPlace, placeFields } from './place.ts';
import { quoteForPeople } from './quote.ts';

const maxBytes = 1024 * 1024;
const mostLines = 2_000;
/** Where only some are kept, many more can be looked through. */
const mostSearched = 50_000;

export function kubectlLogs(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_logs',
    description: 'The newest lines of a container\'s log, with times: of one pod by name, of one pod of a workload (kind deployment), or of all pods that a selector matches. `previous` reads the container before its last restart: why it crashed. `contains` looks through many more (50,000) and keeps only the lines with that text. Lines that differ only in numbers, ids or times are shown once, with their count.',
    specialists: ['kubernetes', 'service'],
    input: z.strictObject({
      ...placeFields(clusters),
      kind: z.enum(['pod', 'deployment', 'statefulset', 'daemonset', 'replicaset', 'job']).optional().describe('What `name` names; a pod when left out'),
      name: objectName.optional().describe('Name of the pod or workload'),
      selector: labelSelector.optional().describe('Label selector, instead of a name: app=checkout'),
      container: labelName.optional().describe('Container or init container; needed where a pod has several'),
      tail: z.number().int().min(1).max(mostSearched).optional().describe('Lines to read from the end, of each container; 200 when left out, 2000 at most; with `contains` 50000'),
      previous: z.boolean().optional().describe('The container before its last restart'),
      since: duration.optional().describe('Only lines newer than this: 30s, 10m, 2h'),
      contains: plainText.optional().describe('Keep only lines that hold this text, in any case; plain text, no pattern'),
    }),
    plan(input) {
      if ((input.name === undefined) === (input.selector === undefined)) return 'name: give a name or a selector, one of them';
      if (input.kind !== undefined && input.name === undefined) return 'kind: goes with a name';
      if (input.contains === undefined && (input.tail ?? 0) > mostLines) return `tail: ${mostLines} lines at most, or say with contains which ones`;
      const place = findPlace(clusters, input);
      return typeof place === 'string' ? place : { ...input, place };
    },
    async run({ place, contains, kind = 'pod', name, selector, container, since, previous, tail = contains === undefined ? 200 : mostSearched }, { signal }) {
      const shown = shownPlace(clusters, place);
      const answer = await client(place, (where) => logsArgv(where, { kind, name, selector, container, tail, since, previous }), { maxBytes, signal, listInstead: shownCommand(shown, ['get', `${kind}s`]), ...(contains !== undefined && { keepLine: (line: string) => holds(line, contains) || isGone(line) }) });
      const command = shownCommand(shown, [
        'logs', ...(name === undefined ? [] : [`${kind}/${name}`]), ...shownSelector(selector), ...(container === undefined ? [] : ['-c', container]),
        `--tail=${tail}`, ...(since === undefined ? [] : [`--since=${since}`]), ...(previous === true ? ['--previous'] : []), '--timestamps',
      ]);
      return toResult(contains === undefined ? command : `${command} | grep -iF ${quoteForPeople(contains)}`, answer, (text) => (contains === undefined || isGone(text) ? wholeLog(text) : foundLines(text, { seen: answer.linesSeen ?? 0, cut: answer.truncated, tail })));
    },
  });
}

const holds = (line: string, wanted: string): boolean => line.toLowerCase().includes(wanted.toLowerCase());

/** A node that has removed the old container says so in the log's place, and kubectl calls it a success. */
const isGone = (text: string): boolean => /^unable to retrieve container logs for \S+$/.test(text.trim());

function wholeLog(text: string): string {
  if (text.trim() === '') return '(no log lines)';
  return isGone(text) ? `${text.trim()}\n(The log of that container is gone from the node.)` : groupLines(text);
}

function foundLines(text: string, { seen, cut, tail }: { seen: number; cut: boolean; tail: number }): string {
  if (seen === 0) return '(no log lines)';
  const older = seen < tail ? '' : `; older ones were not looked at: a larger tail${tail < mostSearched ? '' : ' is not offered, so narrow it with since or one pod'}`;
  if (text.trim() === '') return `(none of the ${seen} lines that were read holds this text${older})`;
  const kept = text.trimEnd().split('\n').length;
  return `${groupLines(text.trimEnd())}\n(${cut ? 'more than ' : ''}${kept} of the ${seen} lines that were read${older})`;
}
