/** The cluster's DNS as scenarios break and judge it: ConfigMap kube-system/coredns, key Corefile. */
import { createHash } from 'node:crypto';
import { parseCorefile } from '../../cluster/network/dns/corefile.ts';
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { holds } from './checks.ts';
import { podsOf } from './workloads.ts';

const [name, namespace] = ['coredns', 'kube-system'];

/** As state/ calls it. */
export const corefileObject = `configmaps/${namespace}/${name}`;

export async function readCorefile(world: World): Promise<string> {
  return (await world.cluster.get('configmaps', name, namespace))?.data?.['Corefile'] ?? '';
}

/** Resolves when the DNS answers by it. */
export async function changeCorefile(world: World, change: (text: string) => string): Promise<void> {
  const text = change(await readCorefile(world));
  await world.cluster.edit('configmaps', name, (map) => void (map.data = { ...map.data, Corefile: text }), namespace);
  const digest = createHash('sha512').update(text).digest('hex');
  await world.until('the DNS to load its Corefile', async () => {
    const logs = await Promise.all((await podsOf(world, name, namespace)).map(({ metadata }) => world.cluster.logs(metadata.name, undefined, { tail: 20, namespace })));
    return logs.length > 0 && logs.every((log) => [...log.matchAll(/Running configuration SHA512 = (\w+)/g)].at(-1)?.[1] === digest);
  }, 90);
}

/** Lines of a plugin, indented, after `ready`. */
export const withPlugin = (text: string, lines: readonly string[]): string => text.replace(/^( +)ready\n/m, (line, indent: string) => `${line}${lines.map((added) => `${indent}${added}\n`).join('')}`);

/** It has the plugins it came with, and nothing between the cluster's names and their answers. */
export async function corefileIsPlain(world: World): Promise<Check[]> {
  let plugins: { name: string; arguments: string[] }[] = [];
  try {
    plugins = parseCorefile(await readCorefile(world)).flatMap((block) => block.plugins);
  } catch (error) {
    return [holds('the Corefile', false, String(error))];
  }
  const between = plugins.filter((plugin) => ['template', 'rewrite', 'hosts', 'autopath'].includes(plugin.name)).map((plugin) => `${plugin.name} ${plugin.arguments.join(' ')}`);
  const missing = ['errors', 'health', 'ready', 'kubernetes', 'forward', 'cache', 'loop', 'reload', 'loadbalance'].filter((wanted) => !plugins.some((plugin) => plugin.name === wanted));
  const zones = plugins.find((plugin) => plugin.name === 'kubernetes')?.arguments.join(' ') ?? 'none';
  return [
    holds('nothing changes names of the cluster', between.length === 0, between.join('; ') || 'no template, rewrite or hosts'),
    holds('no plugin is missing', missing.length === 0, missing.join(', ') || 'all there'),
    holds('the zones of the cluster', zones === 'cluster.local in-addr.arpa ip6.arpa', zones),
  ];
}
