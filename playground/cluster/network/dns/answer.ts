/** One question through the plugins of its server block. */
import type { CorefilePlugin, ServerBlock } from './corefile.ts';
import { zoneOf } from './corefile.ts';
import type { DnsRecord, Zone } from './records.ts';

export interface Question {
  name: string;
  type: string;
}

export interface Answer {
  rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
  records: DnsRecord[];
  /** Seconds. */
  ttl: number;
  /** The zone whose SOA says so, for a name or type that is not there. */
  authority?: string;
}

export interface AnswerParts {
  zone(name: string): Zone;
  /** Asks another server; throws when it does not answer. */
  forward(target: string, question: Question): Promise<Answer>;
  error(line: string): void;
  /** How many aliases led here. */
  aliases?: number;
}

export async function answerQuestion(blocks: readonly ServerBlock[], question: Question, parts: AnswerParts): Promise<Answer> {
  const name = zoneOf(question.name);
  const block = blocks
    .flatMap((candidate) => candidate.zones.map((zone) => ({ candidate, zone })))
    .filter(({ zone }) => isInside(name, zone))
    .toSorted((left, right) => right.zone.length - left.zone.length)[0]?.candidate;
  if (block === undefined) return { rcode: 'REFUSED', records: [], ttl: 0 };
  const asked = rewritten(block.plugins, name);
  const answer = await withTargets(await throughPlugins(block, { name: asked, type: question.type }, parts), question.type, blocks, parts);
  return asked === name ? answer : { ...answer, records: answer.records.map((record) => (record.name === asked ? { ...record, name } : record)) };
}

/** A name that stands for another one comes with that one's records, if there are any. */
async function withTargets(answer: Answer, type: string, blocks: readonly ServerBlock[], parts: AnswerParts): Promise<Answer> {
  const alias = answer.records.find((record) => record.type === 'CNAME');
  if (alias === undefined || type === 'CNAME' || answer.records.length > 1) return answer;
  if ((parts.aliases ?? 0) >= 8) return answer;
  const target = await answerQuestion(blocks, { name: alias.data, type }, { ...parts, aliases: (parts.aliases ?? 0) + 1 });
  return target.rcode === 'NOERROR' ? { ...answer, records: [alias, ...target.records] } : answer;
}

/** The order is CoreDNS' own, not the file's. */
async function throughPlugins(block: ServerBlock, question: Question, parts: AnswerParts): Promise<Answer> {
  for (const name of ['template', 'hosts', 'kubernetes', 'forward'] as const) {
    for (const plugin of block.plugins.filter((candidate) => candidate.name === name)) {
      const answer = name === 'forward' ? await fromForward(plugin, question, parts) : { template: fromTemplate, hosts: fromHosts, kubernetes: fromKubernetes }[name](plugin, question, parts);
      if (answer !== undefined) return answer;
    }
  }
  return { rcode: 'REFUSED', records: [], ttl: 0 };
}

function fromKubernetes(plugin: CorefilePlugin, { name, type }: Question, parts: AnswerParts): Answer | undefined {
  const zone = (plugin.arguments.length === 0 ? [''] : plugin.arguments.map(zoneOf)).find((candidate) => isInside(name, candidate));
  if (zone === undefined) return undefined;
  const ttl = Number(option(plugin, 'ttl')?.[0] ?? 5);
  const limited = option(plugin, 'namespaces');
  const own = plugin.arguments.map(zoneOf).find((candidate) => !candidate.endsWith('.arpa')) ?? 'cluster.local';
  const records = limited !== undefined && !limited.some((namespace) => name.includes(`.${namespace}.`)) ? undefined : parts.zone(own).find(name, type);
  if (records === undefined) {
    const through = option(plugin, 'fallthrough');
    if (through !== undefined && (through.length === 0 || through.some((candidate) => isInside(name, zoneOf(candidate))))) return undefined;
    return { rcode: 'NXDOMAIN', records: [], ttl, authority: zone };
  }
  return { rcode: 'NOERROR', records, ttl, ...(records.length === 0 ? { authority: zone } : {}) };
}

function fromHosts(plugin: CorefilePlugin, { name, type }: Question): Answer | undefined {
  const lines = plugin.options.filter(([address = '']) => /^\d+(\.\d+){3}$/.test(address));
  const addresses = lines.filter(([, ...names]) => names.map(zoneOf).includes(name)).map(([address = '']) => address);
  if (addresses.length === 0) return option(plugin, 'fallthrough') === undefined ? { rcode: 'NXDOMAIN', records: [], ttl: 3600, authority: '' } : undefined;
  return { rcode: 'NOERROR', ttl: Number(option(plugin, 'ttl')?.[0] ?? 3600), records: type === 'A' ? addresses.map((data) => ({ type: 'A', name, data })) : [] };
}

function fromTemplate(plugin: CorefilePlugin, { name, type }: Question): Answer | undefined {
  const [, wantedType = 'ANY', ...zones] = plugin.arguments;
  if (wantedType !== 'ANY' && wantedType !== type) return undefined;
  if (zones.length > 0 && !zones.some((zone) => isInside(name, zoneOf(zone)))) return undefined;
  const matches = option(plugin, 'match');
  if (matches !== undefined && !matches.some((pattern) => matchesPattern(pattern, `${name}.`))) return undefined;
  const address = /\sA\s+(\d+(?:\.\d+){3})$/.exec(option(plugin, 'answer')?.join(' ') ?? '')?.[1];
  if (address !== undefined) return { rcode: 'NOERROR', ttl: 60, records: [{ type: 'A', name, data: address }] };
  const rcode = option(plugin, 'rcode')?.[0];
  return rcode === 'NXDOMAIN' || rcode === 'SERVFAIL' || rcode === 'REFUSED' ? { rcode, records: [], ttl: 60 } : undefined;
}

async function fromForward(plugin: CorefilePlugin, question: Question, parts: AnswerParts): Promise<Answer | undefined> {
  const [zone = '.', ...targets] = plugin.arguments;
  if (!isInside(question.name, zoneOf(zone))) return undefined;
  let last = 'no upstream';
  for (const target of targets) {
    // A playground has no outside: what the machine's own resolver would be asked is not there.
    if (target === '/etc/resolv.conf') return { rcode: 'NXDOMAIN', records: [], ttl: 30, authority: '' };
    try {
      return await parts.forward(target, question);
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
  }
  parts.error(`[ERROR] plugin/errors: 2 ${question.name}. ${question.type}: ${last}`);
  return { rcode: 'SERVFAIL', records: [], ttl: 0 };
}

function rewritten(plugins: readonly CorefilePlugin[], name: string): string {
  for (const { arguments: given } of plugins.filter((plugin) => plugin.name === 'rewrite')) {
    const words = given.filter((word) => word !== 'stop' && word !== 'continue');
    if (words[0] !== 'name') continue;
    const kind = ['exact', 'prefix', 'suffix', 'substring', 'regex'].includes(words[1] ?? '') ? words[1] : 'exact';
    const [from = '', to = ''] = kind === words[1] ? words.slice(2) : words.slice(1);
    const plain = zoneOf(from);
    if (kind === 'exact' && name === plain) return zoneOf(to);
    if (kind === 'prefix' && name.startsWith(plain)) return zoneOf(to) + name.slice(plain.length);
    if (kind === 'suffix' && name.endsWith(plain)) return name.slice(0, name.length - plain.length) + zoneOf(to);
    if (kind === 'substring' && name.includes(plain)) return name.replaceAll(plain, zoneOf(to));
    if (kind === 'regex' && matchesPattern(from, name)) return name.replace(new RegExp(from), zoneOf(to).replaceAll(/\{(\d)\}/g, '$$$1'));
  }
  return name;
}

function matchesPattern(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return false;
  }
}

const isInside = (name: string, zone: string): boolean => zone === '' || name === zone || name.endsWith(`.${zone}`);

const option = (plugin: CorefilePlugin, name: string): string[] | undefined => plugin.options.find(([first]) => first === name)?.slice(1);
