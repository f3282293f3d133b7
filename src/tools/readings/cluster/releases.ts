/** Helm releases and their histories. Helm keeps them in Secrets: an identity that may not read those sees none. */
import { z } from 'zod';
import type { HelmRelease } from '../../../rules/cluster-readings.ts';
import { historyArgv, listArgv } from '../../helm/argv.ts';
import type { Client } from '../../kubectl/client.ts';
import type { Place } from '../../kubectl/place.ts';

export type ReadReleases = (place: Place, signal: AbortSignal) => Promise<{ value: HelmRelease[]; problem?: string }>;

const maxBytes = 2 * 1024 * 1024;
const mostReleases = 6;

export function releaseReader(helm: Client): ReadReleases {
  return async (place, signal) => {
    const answer = await helm(place, listArgv, { maxBytes, signal });
    if (answer.failed) return { value: [], problem: answer.text.trim().split('\n').slice(0, 2).join(' ') };
    const listed = z.array(listedSchema).safeParse(json(answer.text));
    if (!listed.success) return { value: [], problem: 'helm list printed something that could not be read' };
    const value = await Promise.all(listed.data.slice(0, mostReleases).map(async (one): Promise<HelmRelease> => {
      const history = await helm(place, (where) => historyArgv(where, one.name), { maxBytes, signal });
      const entries = history.failed ? undefined : z.array(entrySchema).safeParse(json(history.text));
      return { name: one.name, revision: Number(one.revision) || 0, status: one.status, updated: one.updated, history: entries?.success === true ? entries.data : [] };
    }));
    return { value };
  };
}

const text = z.string().catch('');
const listedSchema = z.object({ name: z.string(), revision: z.union([z.string(), z.number()]), status: text, updated: text });
const entrySchema = z.object({ revision: z.coerce.number(), status: text, updated: text, chart: text, description: text });

function json(printed: string): unknown {
  try {
    return JSON.parse(printed) as unknown;
  } catch {
    return undefined;
  }
}
