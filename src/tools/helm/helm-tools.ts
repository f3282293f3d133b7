/** The read-only looks at Helm releases. Helm keeps them in Secrets: an identity that may not read those gets told so. */
import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import { helmEnvironment } from '../../process/environment.ts';
import { runProcess } from '../../process/run.ts';
import { shownCommand } from '../kubectl/argv.ts';
import type { Where } from '../kubectl/argv.ts';
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

/** For those clusters whose reader may see Secrets, which the self-test lets through with allow_powerful_read alone; none without. */
export function createHelmTools({ clusters: all, binary, run = runProcess, timeoutMilliseconds }: ClusterToolParts): Tool[] {
  const clusters = all.filter(({ allowPowerfulRead }) => allowPowerfulRead === true);
  if (clusters.length === 0) return [];
  const client = createClient({ binary, run, environment: helmEnvironment, timeoutMilliseconds });
  return [helmLook(clusters, client), helmValues(clusters, client)];
}

const views = ['releases', 'status', 'history'] as const;

function helmLook(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'helm_look',
    description: [
      'Helm releases. releases: those of a namespace with revision, status (failed, pending-upgrade), time of the last operation, chart and application version.',
      'status of one: description of the last operation, times, chart, what it made; values, manifest and notes are left out. history of one: the last 20 revisions, when, which chart and application version, whether it went well: what changed just before the trouble?',
    ].join(' '),
    specialists: ['kubernetes'],
    input: z.strictObject({ ...placeFields(clusters), view: z.enum(views), release: releaseName.optional().describe('Name of the release, for status and history') }),
    plan({ view, release, ...at }) {
      const place = findPlace(clusters, at);
      if (typeof place === 'string') return place;
      if (view === 'releases') return release === undefined ? { place, ...listing } : 'release: goes with status and history';
      if (release === undefined) return `release: ${view} needs one; view releases lists them`;
      return view === 'status'
        ? { place, argv: (where: Where) => statusArgv(where, release), shown: ['status', release], render: statusText }
        : { place, argv: (where: Where) => historyArgv(where, release), shown: ['history', release, '--max', '20'], render: historyTable };
    },
    async run({ place, argv, shown, render }, { signal }) {
      return toResult(shownCommand(shownPlace(clusters, place), shown, 'helm'), await client(place, argv, { maxBytes, signal }), render);
    },
  });
}

const listing = { argv: listArgv, shown: ['list', '--deployed', '--failed', '--pending', '--uninstalling'], render: releaseTable };
