/** Which worlds there are, and what one can not offer on this machine. */
import path from 'node:path';
import { kubeToolsFolder } from '../../../playground/kube-tools.ts';
import type { Scenario } from '../../../playground/scenarios/scenario.ts';
import type { WorldKind } from '../../../playground/scenarios/world.ts';
import type { RunningWorld, WorldSettings } from '../../../playground/scenarios/worlds/running-world.ts';
import { findMariadb } from '../../../playground/shop/server-images/find-mariadb.ts';
import { BinaryNotFoundError, findBinary } from '../../../src/process/find-binary.ts';
import type { Job } from '../job.ts';

export async function openWorldOf(kind: WorldKind, settings: WorldSettings): Promise<RunningWorld> {
  // By its address: an adapter brings much along, and only one is used.
  const file = new URL(`../../../playground/scenarios/worlds/${kind}/open${path.extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  const { openWorld } = (await import(file.href)) as { openWorld(settings: WorldSettings): Promise<RunningWorld> };
  return openWorld(settings);
}

export function settingsOf(job: Pick<Job, 'seed' | 'latency' | 'kubeconfig' | 'registry'>, { id, needs = [] }: Pick<Scenario, 'id' | 'needs'>, directory: string, log: (line: string) => void): WorldSettings {
  const { kubeconfig, registry } = job;
  return { seed: `${id}:${job.seed}`, directory, log, latency: job.latency, needs, ...(kubeconfig !== undefined && { kubeconfig }), ...(registry !== undefined && { registry }) };
}

/** Why a scenario can not be played here; undefined when it can. */
export function whatIsMissing(scenario: Pick<Scenario, 'needs'>, world: WorldKind): string | undefined {
  for (const need of scenario.needs ?? []) {
    if ((need === 'nodes' || need === 'playground') && world !== 'playground') return `it needs ${need === 'nodes' ? 'nodes that can be made ill, and only the playground has them' : 'the playground'}`;
    if (need === 'mariadb' && world === 'playground' && !findMariadb()) return 'it needs MariaDB: mariadbd and mariadb-install-db on PATH';
    if (need === 'helm' && !hasHelm()) return 'it needs helm on PATH (npm run kube-tools fetches it)';
  }
  return undefined;
}

function hasHelm(): boolean {
  return [undefined, kubeToolsFolder].some((folder) => {
    try {
      findBinary('helm', folder === undefined ? {} : { path: folder });
      return true;
    } catch (error) {
      if (error instanceof BinaryNotFoundError) return false;
      throw error;
    }
  });
}
