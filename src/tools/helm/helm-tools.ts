/** The read-only looks at Helm releases. Helm keeps them in Secrets: an identity that may not read those gets told so. */
import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import { helmEnvironment } from '../../process/environment.ts';
import { runProcess } from '../../process/run.ts';
import { shownCommand } from '../kubectl/argv.ts';
import { checkedTool } from '../kubectl/checked-tool.ts';
import { createClient } from '../kubectl/client.ts';
import type { Client } from '../kubectl/client.ts';
import type { ClusterToolParts } from '../kubectl/kubectl-tools.ts';
import { shownPlace, toResult } from '../kubectl/look.ts';
import { releaseName } from '../kubectl/names.ts';
import { findPlace, placeFields } from '../kubectl/place.ts';
import type { Tool } from '../tool.ts';
import { historyArgv, listArgv, statusArgv } from './argv.ts';
import { historyTable, releaseTable, statusText } from './tables.ts';
import { helmValues } from './values.ts';

const maxBytes = 8 * 1024 * 1024;

/** None without clusters. */
export function createHelmTools({ clusters, binary, run = runProcess, timeoutMilliseconds }: ClusterToolParts): Tool[] {
  if (clusters.length === 0) return [];
  const client = createClient({ binary, run, environment: helmEnvironment, timeoutMilliseconds });
  return [
    helmList(clusters, client),
    helmValues(clusters, client),
    helmRelease(clusters, client, { name: 'helm_status', verb: 'status', description: 'State of one Helm release: status, description of the last operation, times, chart and version. Values, manifest and notes are left out.', argv: statusArgv, shown: [], render: statusText }),
    helmRelease(clusters, client, { name: 'helm_history', verb: 'history', description: 'The last 20 revisions of one Helm release: when, which chart and application version, whether it went well. What changed just before the trouble?', argv: historyArgv, shown: ['--max', '20'], render: historyTable }),
  ];
}

function helmList(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'helm_list',
    description: 'The Helm releases of a namespace with revision, status (failed, pending-upgrade), time of the last operation, chart and application version.',
    specialists: ['kubernetes'],
    input: z.strictObject(placeFields(clusters)),
    plan(input) {
      const place = findPlace(clusters, input);
      return typeof place === 'string' ? place : { place };
    },
    async run({ place }, { signal }) {
      const answer = await client(place, listArgv, { maxBytes, signal });
      return toResult(shownCommand(shownPlace(clusters, place), ['list', '--deployed', '--failed', '--pending', '--uninstalling'], 'helm'), answer, releaseTable);
    },
  });
}

interface ReleaseTool {
  name: string;
  verb: string;
  description: string;
  argv: typeof statusArgv;
  /** Flags that an engineer would type too. */
  shown: readonly string[];
  render(json: string): string;
}

function helmRelease(clusters: readonly ClusterTarget[], client: Client, { name, verb, description, argv, shown, render }: ReleaseTool): Tool {
  return checkedTool({
    name,
    description,
    specialists: ['kubernetes'],
    input: z.strictObject({ ...placeFields(clusters), release: releaseName.describe('Name of the release') }),
    plan(input) {
      const place = findPlace(clusters, input);
      return typeof place === 'string' ? place : { place, release: input.release };
    },
    async run({ place, release }, { signal }) {
      const answer = await client(place, (where) => argv(where, release), { maxBytes, signal });
      return toResult(shownCommand(shownPlace(clusters, place), [verb, release, ...shown], 'helm'), answer, render);
    },
  });
}
