import { z } from 'zod';
import type { Targets } from '../../config/targets.ts';
import { kubectlEnvironment } from '../../process/environment.ts';
import { runProcess } from '../../process/run.ts';
import { hostsInValue } from '../../rules/hosts.ts';
import { defineTool } from '../define-tool.ts';
import { createClient } from '../kubectl/client.ts';
import type { Client, Run } from '../kubectl/client.ts';
import type { Tool } from '../tool.ts';
import type { Call } from './map-text.ts';
import { mapText } from './map-text.ts';
import type { Seen } from './read-calls.ts';
import { fromMetrics, fromNamespace, fromStatus } from './read-calls.ts';

export interface MapParts {
  targets: Targets;
  /** Absolute path; without it clusters are not looked at. */
  kubectl?: string | undefined;
  /** Default runProcess. */
  run?: Run;
}

export function serviceMap({ targets, kubectl, run = runProcess }: MapParts): Tool {
  const client: Client | undefined = kubectl === undefined ? undefined : createClient({ binary: kubectl, run, environment: kubectlEnvironment });
  return defineTool({
    name: 'service_map',
    description: 'Who calls whom: what is declared in the configuration of sre-agent, against what processes are configured to call (environment, ConfigMaps) and what their errors and metrics name, with the differences first. Shows dependencies that nobody declared, and who stands in whose way.',
    specialists: ['service', 'network', 'generic'],
    input: z.strictObject({}),
    async run(_input, { signal }) {
      const seen = await Promise.all(looks(signal).map(({ what, look }) => settled(what, look)));
      signal.throwIfAborted();
      const output = mapText({
        services: targets.services,
        databases: targets.databases.map(({ name, read }) => ({ name, places: placesOf(read) })),
        calls: seen.flatMap(({ calls }) => calls),
        read: new Set(seen.flatMap(({ read }) => read)),
        unread: seen.flatMap(({ unread }) => unread),
      });
      return { command: 'service_map   # sre-agent.yaml, status documents, workloads and their logs, /metrics', output };
    },
  });

  function looks(signal: AbortSignal): { what: string; look: () => Promise<Seen> }[] {
    return [
      ...targets.services.flatMap((service) => (service.status === undefined ? [] : [{ what: `the status document of ${service.name}`, look: () => fromStatus(service, service.status ?? '', signal) }])),
      ...targets.services.map((service) => ({ what: `the metrics of ${service.name}`, look: async (): Promise<Seen> => ({ calls: await fromMetrics(service, signal), read: [], unread: [] }) })),
      ...targets.clusters.flatMap((cluster) => cluster.namespaces.map((namespace) => ({
        what: `namespace ${namespace} of cluster ${cluster.name}`,
        look: async (): Promise<Seen> => (client === undefined ? { calls: [], read: [], unread: [`namespace ${namespace} of cluster ${cluster.name}: there is no kubectl`] } : fromNamespace(client, { cluster, namespace }, targets, signal)),
      }))),
    ];
  }
}

/** One that can't be read is a gap; the others are shown all the same. */
async function settled(what: string, look: () => Promise<Seen>): Promise<Seen> {
  try {
    return await look();
  } catch (error) {
    const calls: Call[] = [];
    return { calls, read: [], unread: [`${what}: ${(error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 200)}`] };
  }
}

function placesOf(secret: { reveal(): string }): { host: string; port?: number }[] {
  try {
    return hostsInValue(secret.reveal());
  } catch {
    return [];
  }
}
