import { z } from 'zod';
import { isSet } from '../../config/secret.ts';
import type { ClusterTarget } from '../../config/targets.ts';
import { items, nameOf } from '../readings/cluster/fields.ts';
import type { Tool, ToolResult } from '../tool.ts';
import { shownCommand } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import type { Exec } from './exec.ts';
import { shownPlace } from './look.ts';
import { labelName, objectName } from './names.ts';
import { getObject, listObjects } from './objects.ts';
import { findPlace, placeFields } from './place.ts';
import { hostProblem, reachOf, serviceOf } from './probe-hosts.ts';
import { attemptsOf } from './probe-menu.ts';
import type { Probe } from './probe-menu.ts';
import { probeText } from './probe-text.ts';

export interface ProbeParts {
  clusters: readonly ClusterTarget[];
  client: Client;
  exec: Exec;
  /** `host:port` of configured targets. */
  endpoints: readonly string[];
}

interface Plan {
  place: { cluster: ClusterTarget; namespace: string };
  pod: string;
  container: string | undefined;
  probe: Probe;
}

/** Undefined where no cluster has an identity for it, or this process none of theirs. */
export function kubectlProbe({ clusters: all, client, exec, endpoints }: ProbeParts): Tool | undefined {
  const clusters = all.filter(({ probes }) => isSet(probes));
  if (clusters.length === 0) return undefined;
  const input = z.strictObject({
    ...placeFields(clusters),
    pod: objectName.describe('Name of a running pod'),
    container: labelName.optional().describe('The first one when left out'),
    probe: z.enum(['http', 'dns', 'tcp', 'resolv_conf', 'environment_names']),
    host: z.string().min(1).max(253).optional().describe('For http, dns and tcp: a Service (checkout, checkout.shop.svc), a pod\'s address, localhost, or a host that the pod\'s own definition or the configuration names; dns takes any name'),
    port: z.number().int().min(1).max(65_535).optional().describe('For http and tcp; http without it takes 80, or 443 with https'),
    path: z.string().max(200).optional().describe('For http: /healthz; / when left out'),
    method: z.enum(['GET', 'HEAD']).optional().describe('For http; GET when left out'),
    scheme: z.enum(['http', 'https']).optional().describe('For http; http when left out'),
  });
  return checkedTool({
    name: 'kubectl_probe',
    description: 'Looks out from inside a running container, with the programs that its image has: http (one GET or HEAD, redirects not followed), dns (a name through the pod\'s own resolver and search path), tcp (can it connect?), resolv_conf, environment_names (of its variables, never their values). What a client there sees: its DNS, network policies, sidecar and variables. Take a pod of the caller, not of the called.',
    specialists: ['kubernetes', 'service', 'network'],
    input,
    plan(given): Plan | string {
      const place = findPlace(clusters, given);
      if (typeof place === 'string') return place;
      const probe = probeOf(given);
      return typeof probe === 'string' ? probe : { place: { cluster: place.cluster, namespace: place.namespace ?? '' }, pod: given.pod, container: given.container, probe };
    },
    run: (plan, { signal }) => probeFrom(plan, { clusters: all, client, exec, endpoints }, signal),
  });
}

type Given = { probe: Probe['probe']; host?: string | undefined; port?: number | undefined; path?: string | undefined; method?: 'GET' | 'HEAD' | undefined; scheme?: 'http' | 'https' | undefined };

function probeOf({ probe, host, port, path, method, scheme = 'http' }: Given): Probe | string {
  if (probe === 'resolv_conf' || probe === 'environment_names') return host === undefined && port === undefined && path === undefined ? { probe } : `host: goes with http, dns and tcp, not with ${probe}`;
  if (host === undefined) return `host: ${probe} needs one`;
  const problem = hostProblem(host);
  if (problem !== undefined) return `host: ${problem}`;
  if (probe !== 'http' && (path ?? method) !== undefined) return 'path: goes with http';
  if (probe === 'dns') return port === undefined ? { probe, host } : 'port: dns takes none';
  if (probe === 'tcp') return port === undefined ? 'port: tcp needs one' : { probe, host, port };
  return pathProblem(path ?? '/') ?? { probe, scheme, method: method ?? 'GET', host, port: port ?? (scheme === 'https' ? 443 : 80), path: path ?? '/' };
}

/** GETs that do something, or hand over memory and settings, are known by their names. */
function pathProblem(path: string): string | undefined {
  if (!/^\/[A-Za-z0-9._~/-]*$/.test(path) || path.includes('..')) return 'path: letters, digits, dots, dashes and slashes, beginning with /; no query';
  const word = path.toLowerCase().split(/[/._~-]/).find((part) => refusedWords.has(part));
  return word === undefined ? undefined : `path: "${word}" in it may do more than answer; take a health or status path`;
}

const refusedWords = new Set(['quitquitquit', 'abortabortabort', 'shutdown', 'restart', 'reload', 'exit', 'stop', 'kill', 'delete', 'remove', 'drain', 'reset', 'flush', 'logout', 'heapdump', 'threaddump', 'dump', 'env', 'configprops', 'environ', 'pprof', 'credentials', 'secrets', 'tokens']);

async function probeFrom({ place, pod, container: wanted, probe }: Plan, { clusters, client, exec, endpoints }: ProbeParts, signal: AbortSignal): Promise<ToolResult> {
  const shown = shownPlace(clusters, place);
  const show = (container: string | undefined, words: readonly string[]): string => shownCommand(shown, ['exec', pod, ...(container === undefined ? [] : ['-c', container]), '--', ...words]);
  const failed = (command: string, output: string): ToolResult => ({ command, output, failed: true });
  const first = attemptsOf(probe)[0]?.argv ?? [];
  const read = await getObject(client, place, { kind: 'pods', name: pod }, { signal, listInstead: shownCommand(shown, ['get', 'pods']) });
  if ('problem' in read) return failed(show(wanted, first), read.problem);
  const containers = items(read.object, 'spec', 'containers').map(nameOfContainer);
  const container = wanted ?? containers[0] ?? '';
  if (!containers.includes(container)) return failed(show(wanted, first), `Refused, nothing was run.\ncontainer: name one of ${containers.join(', ')}`);
  if ('host' in probe) {
    const problem = await outOfReach(probe, read.object, { place, client, endpoints }, signal);
    if (problem !== undefined) return failed(show(container, first), `Refused, nothing was run.\n${problem}`);
  }
  const missing: string[] = [];
  for (const attempt of attemptsOf(probe)) {
    const ended = await exec({ ...place, pod, container }, attempt.argv, signal);
    const command = show(container, attempt.argv.map((word) => (word.includes('\n') ? '...' : word)));
    if (ended.kind === 'failed') return failed(command, ended.why);
    if (ended.kind === 'ran') return { command, output: probeText(probe, attempt, ended) };
    missing.push(attempt.argv[0]);
  }
  return failed(show(container, first), `The image of ${container} has none of the programs for this (${[...new Set(missing)].join(', ')}). ${instead[probe.probe]}`);
}

const nameOfContainer = (one: unknown): string => nameOf({ metadata: one });

async function outOfReach(probe: Extract<Probe, { host: string }>, pod: unknown, { place, client, endpoints }: Pick<Plan, 'place'> & Pick<ProbeParts, 'client' | 'endpoints'>, signal: AbortSignal): Promise<string | undefined> {
  if (probe.probe === 'dns') return undefined;
  const { cluster, namespace } = place;
  const named = serviceOf(probe.host, namespace);
  if (named !== undefined && !cluster.namespaces.includes(named.namespace)) return `host: only Services of the namespaces ${cluster.namespaces.join(', ')} are probed`;
  const elsewhere = named !== undefined && named.namespace !== namespace;
  const listed = await Promise.all([listObjects(client, place, elsewhere ? ['pods'] : ['pods', 'services'], signal), ...(elsewhere ? [listObjects(client, { cluster, namespace: named.namespace }, ['services'], signal)] : [])]);
  const reach = reachOf(probe.host, named, { pod, objects: listed.flatMap((one) => ('objects' in one ? one.objects : [])), endpoints });
  if (reach === undefined) return `host: there is no Service ${probe.host} here, no pod has this address, and neither the pod's definition nor the configuration names this host. Write a Service as name or name.namespace.svc; the probe dns takes any name`;
  return reach === 'outside' && probe.probe === 'http' && probe.path !== '/' ? 'path: hosts outside of the cluster are asked for / alone' : undefined;
}

/** Names no tool: which of them there are depends on who asks. */
const instead: Record<Probe['probe'], string> = {
  http: 'Ask for it from another pod of the same namespace, look at what the caller\'s log says, or probe it from here where it is a configured service.',
  dns: 'Look at the pod\'s dnsPolicy, dnsConfig and hostAliases, look the name up with the pod\'s search path from here, or ask from another pod of the same namespace.',
  tcp: 'The probe http to the same port tells refused from dropped, too; or ask from another pod of the same namespace.',
  resolv_conf: 'The pod\'s dnsPolicy and dnsConfig say what it holds.',
  environment_names: 'The pod\'s own definition names its variables, and the ConfigMaps and Secrets that others come from.',
};
