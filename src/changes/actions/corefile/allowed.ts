/** What a new Corefile may say: plugins that answer and forward; whatever else, only if a Corefile that was in place says just the same. */
import { RefusedError } from '../../errors.ts';
import type { Plugin, ServerBlock } from './parse.ts';
import { parseCorefile } from './parse.ts';

const resolvConf = '/etc/resolv.conf';

/** With the options that each may have; those that name files, credentials or other servers are not among them. */
const plugins: Record<string, readonly string[]> = {
  errors: ['consolidate', 'stacktrace'],
  health: ['lameduck'],
  ready: [],
  log: ['class'],
  kubernetes: ['pods', 'fallthrough', 'ttl', 'noendpoints', 'namespaces', 'labels', 'endpoint_pod_names', 'ignore', 'startup_timeout'],
  prometheus: [],
  forward: ['max_concurrent', 'policy', 'health_check', 'expire', 'max_fails', 'except', 'prefer_udp', 'force_tcp', 'next', 'failover'],
  cache: ['success', 'denial', 'prefetch', 'serve_stale', 'servfail', 'disable', 'keepttl'],
  loop: [],
  reload: [],
  loadbalance: [],
  autopath: [],
  bufsize: [],
  minimal: [],
  metadata: [],
  cancel: [],
};

/** What their own arguments may be. */
const argumentsOf: Partial<Record<string, RegExp>> = {
  health: /^(?:localhost)?:\d{1,5}$/,
  ready: /^(?:localhost)?:\d{1,5}$/,
  prometheus: /^(?:localhost)?:\d{1,5}$/,
  autopath: /^(?:@kubernetes|[A-Za-z0-9_.-]+)$/,
};

/** Throws RefusedError. `earlier`: Corefiles that were in place before; what can't be read of them names nothing. */
export function refuseCorefile(wanted: readonly ServerBlock[], present: string, earlier: readonly string[]): void {
  const before = [present, ...earlier].flatMap(readable);
  const upstreams: Trusted[] = [{ upstream: resolvConf, zones: ['.'] }, ...before.flatMap((block) => block.plugins.filter(({ name }) => name === 'forward').flatMap((plugin) => plugin.arguments.slice(1).map((upstream) => ({ upstream, zones: forwardedZones(block, plugin) }))))];
  const there = new Set(before.flatMap(placed));
  for (const block of wanted) {
    for (const plugin of block.plugins) {
      if (plugin.name === 'forward') refuseUpstreams(block, plugin, upstreams);
      if (!there.has(textOf(block, plugin))) refusePlugin(plugin);
    }
  }
  refuseTwice(wanted);
  const roots = wanted.filter(({ keys }) => keys.some((key) => /^(?:dns:\/\/)?\.(?::53)?$/.test(key)));
  if (roots.length === 0) throw new RefusedError('The Corefile answers no longer for every name: the block .:53 is missing.');
  const zones = zonesOf(wanted);
  if (zones.length === 0) throw new RefusedError('The Corefile has no kubernetes plugin with a zone: no Service would have a name any more.');
}

/** Zones of the cluster, without those of addresses: cluster.local. */
export function zonesOf(blocks: readonly ServerBlock[]): string[] {
  return blocks.flatMap(({ plugins: used }) => used.filter(({ name }) => name === 'kubernetes').flatMap((plugin) => plugin.arguments)).filter((zone) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?$/.test(zone) && !/\.arpa\.?$/.test(zone));
}

function refusePlugin({ name, arguments: given, options = [] }: Plugin): void {
  const known = Object.hasOwn(plugins, name) ? plugins[name] : undefined;
  if (known === undefined) throw new RefusedError(`The plugin ${name} is not among those that may be added or changed here (${Object.keys(plugins).join(', ')}): do this one by hand.`);
  const strange = options.map(([option = '']) => option).find((option) => !known.includes(option));
  if (strange !== undefined) throw new RefusedError(`The option ${strange} of ${name} may not be added or changed here: do this one by hand.`);
  const pattern = argumentsOf[name];
  const wrong = pattern === undefined ? undefined : given.find((one) => !pattern.test(one));
  if (wrong !== undefined) throw new RefusedError(`${name} ${wrong} is not an argument that may be added here.`);
}

/** An upstream, and the zones whose names it was asked for. */
interface Trusted {
  upstream: string;
  zones: string[];
}

function refuseUpstreams(block: ServerBlock, plugin: Plugin, trusted: readonly Trusted[]): void {
  const [, ...upstreams] = plugin.arguments;
  if (upstreams.length === 0) throw new RefusedError('forward names no upstream.');
  const known = [...new Set(trusted.map(({ upstream }) => upstream))].join(', ');
  for (const upstream of upstreams) {
    const zones = trusted.filter((one) => one.upstream === upstream).flatMap((one) => one.zones);
    if (zones.length === 0) throw new RefusedError(`forward names ${upstream}, which no Corefile that was in place named: whoever answers there sees and decides the names of the whole cluster. Only ${known} may be used here.`);
    const more = forwardedZones(block, plugin).find((zone) => !zones.some((one) => isWithin(zone, one)));
    if (more !== undefined) throw new RefusedError(`forward would ask ${upstream} for names of ${more}; the Corefiles that were in place asked it for ${[...new Set(zones)].join(', ')} alone: whoever answers there would see and decide more names than before.`);
  }
}

/** The zones of the block, or the narrower one that forward itself names. */
function forwardedZones({ keys }: ServerBlock, { arguments: [from = '.'] }: Plugin): string[] {
  const zones = keys.map(zoneOf);
  const own = zoneOf(from);
  return zones.flatMap((zone) => (isWithin(own, zone) ? [own] : isWithin(zone, own) ? [zone] : []));
}

const isWithin = (zone: string, other: string): boolean => other === '.' || zone === other || zone.endsWith(`.${other}`);

/** `corp.example` of `dns://Corp.example.:53`, and a dot for the root. */
function zoneOf(key: string): string {
  return key.replace(/^dns:\/\//, '').replace(/:\d+$/, '').replace(/(.)\.$/, '$1').toLowerCase();
}

function refuseTwice(blocks: readonly ServerBlock[]): void {
  const seen = new Set<string>();
  for (const key of blocks.flatMap(({ keys }) => keys)) {
    const zone = `${key.replace(/^dns:\/\//, '').replace(/:53$/, '').replace(/(.)\.$/, '$1').toLowerCase()}`;
    if (seen.has(zone)) throw new RefusedError(`The Corefile has two blocks for ${key}: CoreDNS would not start.`);
    seen.add(zone);
  }
}

function readable(text: string): ServerBlock[] {
  try {
    return parseCorefile(text);
  } catch (error) {
    if (error instanceof RefusedError) return [];
    throw error;
  }
}

const textOf = ({ keys }: ServerBlock, plugin: Plugin): string => JSON.stringify([keys, plugin.name, plugin.arguments, plugin.options ?? []]);
const placed = (block: ServerBlock): string[] => block.plugins.map((plugin) => textOf(block, plugin));
