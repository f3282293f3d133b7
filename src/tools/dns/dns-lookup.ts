import { isIP } from 'node:net';
import { z } from 'zod';
import { defineTool } from '../define-tool.ts';
import type { Tool } from '../tool.ts';
import type { Outcome, Step } from './compare.ts';
import { answersOf, decisive, differences, isPassedOver, meanings, resultOf } from './compare.ts';
import type { QueryType } from './dns-client.ts';
import { ask, queryTypes, reverseName, serverOf } from './dns-client.ts';
import { queryNameProblem } from './query-name.ts';
import { repeated, repetitionLines, telling } from './repeat.ts';
import type { SearchPath } from './search-path.ts';
import { candidates, podSearchPath } from './search-path.ts';
import type { SystemDns } from './system.ts';
import { systemDns } from './system.ts';

const mostRecords = 50;
const mostResolvers = 6;
const systemMilliseconds = 4_000;

const domain = z.string().min(1).max(150);

export interface DnsParts {
  /** `ip` or `ip:port`. */
  resolvers: readonly string[];
  /** Of configuration; asked for by `search_path: configured`. */
  search?: SearchPath | undefined;
  system?: SystemDns;
}

export function dnsLookup({ resolvers, search, system = systemDns }: DnsParts): Tool {
  return defineTool({
    name: 'dns_lookup',
    description: `Looks up one name (A, AAAA, CNAME, SRV, TXT, MX) or address (PTR) with several resolvers side by side (${resolvers.length === 0 ? 'none is configured, so those' : 'the configured ones, and those'} of the machine that looks, and for A and AAAA the way its programs go, hosts file included). Shows for each the answer's code (NXDOMAIN, SERVFAIL, REFUSED, timeout and so on), the records with their TTLs, aliases and the time, and where they differ. By default the name is taken as it is; give namespace to ask as a pod there would (search path, ndots 5). \`times\` asks each resolver as often, one after the other, and counts the answers: for failures that come and go, and names that rotate.`,
    specialists: ['network'],
    input: z.strictObject({
      name: z.string().min(1).max(253).describe('Host name, or an IP address for PTR'),
      type: z.enum(queryTypes).default('A'),
      namespace: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/).optional().describe('Ask as a pod of this Kubernetes namespace would'),
      cluster_domain: domain.default('cluster.local').describe('For namespace'),
      search_path: z.enum(['none', 'configured', 'system']).default('none').describe('Another search path: that of sre-agent.yaml, or that of the machine that looks'),
      search: z.array(domain).max(6).optional().describe('A search path of your own: domains, in order'),
      ndots: z.number().int().min(0).max(15).optional().describe('A name with fewer dots is tried with the search domains first'),
      resolvers: z.enum(['all', 'configured', 'system']).default('all'),
      times: z.number().int().min(1).max(10).default(1).describe('How often each resolver is asked'),
    }),
    async run(input, { signal }) {
      const { name, type } = input;
      const path = { ...(await pathOf(input, search, system)), ...(input.ndots !== undefined && { ndots: input.ndots }) };
      const names = type === 'PTR' ? [reversed(name)] : candidates(name, path);
      const problem = type === 'PTR' ? (isIP(name) === 0 ? 'PTR takes an IP address' : undefined) : [name, ...names].map(queryNameProblem).find((one) => one !== undefined);
      if (problem !== undefined) return { command: `dig ${type}`, output: `Refused: ${problem}.`, failed: true };
      const servers = serversOf(input.resolvers, resolvers, system);
      const [asked, programs] = await Promise.all([
        Promise.all(servers.slice(0, mostResolvers).map(async ({ label, text }): Promise<Outcome[]> => {
          const runs = await repeated(input.times, () => walk(names, type, async (each) => ask(serverOf(text), each, type, { signal })), signal);
          return runs.map((steps) => ({ resolver: label, steps }));
        })),
        (type === 'A' || type === 'AAAA') && input.resolvers !== 'configured' ? waysOfPrograms(name, type, system, signal) : undefined,
      ]);
      const outcomes = asked.flatMap((runs) => telling(runs, type).good ?? runs.slice(0, 1));
      const differing = differences(outcomes, type);
      const searched = path.domains.length === 0 ? [] : [`search path ${path.domains.join(' ')}, ndots ${path.ndots}: asked for ${names.join(', ')} until one was there`];
      const lines = [
        ...searched,
        ...asked.flatMap((runs) => showRuns(runs, name, type)),
        ...(programs === undefined ? [] : [`programs of the machine that looks (hosts file included): ${programs.text}`]),
        ...(programs !== undefined && isOverridden(programs.addresses, outcomes, type) ? ['THESE PROGRAMS GET WHAT NO RESOLVER SAYS: an entry of the hosts file, or a cache, stands before DNS there.'] : []),
        ...(differing.length > 0 ? ['THE RESOLVERS DIFFER:', ...differing.map((line) => `  ${line}`)] : outcomes.length > 1 ? ['All resolvers say the same.'] : []),
      ];
      const found = outcomes.some((outcome) => outcome.steps.some((step) => resultOf(step, type) === 'NOERROR'));
      return { command: commandOf(input, servers.map(({ text }) => text), path), output: lines.join('\n') || 'There is no resolver to ask.', ...(!found && (programs?.addresses.length ?? 0) === 0 && { failed: true }) };
    },
  });
}

interface Input {
  name: string;
  type: QueryType;
  namespace?: string | undefined;
  cluster_domain: string;
  search_path: 'none' | 'configured' | 'system';
  search?: string[] | undefined;
  times: number;
}

async function pathOf({ namespace, cluster_domain: clusterDomain, search_path: which, search }: Input, configured: SearchPath | undefined, system: SystemDns): Promise<SearchPath> {
  if (search !== undefined) return { domains: search, ndots: 1 };
  if (namespace !== undefined) return podSearchPath(namespace, clusterDomain);
  if (which === 'none') return { domains: [], ndots: 1 };
  return which === 'system' ? system.searchPath() : (configured ?? { domains: [], ndots: 1 });
}

/** A wrong one is refused before it is asked about. */
function reversed(address: string): string {
  return isIP(address) === 0 ? '' : reverseName(address);
}

function serversOf(which: 'all' | 'configured' | 'system', configured: readonly string[], system: SystemDns): { label: string; text: string }[] {
  const ours = which === 'system' ? [] : configured.map((text) => ({ label: text, text }));
  const known = new Set(ours.map(({ text }) => JSON.stringify(serverOf(text))));
  const theirs = which === 'configured' ? [] : system.servers().filter((text) => !known.has(JSON.stringify(serverOf(text)))).map((text) => ({ label: `${text} (of the machine that looks)`, text }));
  return [...ours, ...theirs];
}

async function walk(names: readonly string[], type: QueryType, question: (name: string) => Promise<Step['reply']>): Promise<Step[]> {
  const steps: Step[] = [];
  for (const name of names) {
    const step = { name, reply: await question(name) };
    steps.push(step);
    if (!isPassedOver(step, type)) break;
  }
  return steps;
}

/** The counts, then one that failed and one that did not. */
function showRuns(runs: readonly Outcome[], asked: string, type: QueryType): string[] {
  const { good, bad } = telling(runs, type);
  const [head = '', ...lines] = [good, bad].flatMap((one, index) => (one === undefined ? [] : show(one, asked, type).slice(index === 1 && good !== undefined ? 1 : 0)));
  return [head, ...repetitionLines(runs, type), ...lines];
}

function show(outcome: Outcome, asked: string, type: QueryType): string[] {
  const last = decisive(outcome, type);
  const total = outcome.steps.reduce((sum, { reply }) => sum + reply.milliseconds, 0);
  return [
    `${outcome.resolver}:`,
    ...outcome.steps.flatMap((step) => {
      const records = 'failure' in step.reply ? [] : step.reply.records;
      const result = resultOf(step, type);
      const notes = [...(step.reply.overTcp === true ? ['over TCP: the answer did not fit into UDP'] : []), ...('authoritative' in step.reply && step.reply.authoritative ? ['authoritative'] : [])];
      return [
        `  ${type === 'PTR' ? asked : step.name} ${type}: ${result === 'DANGLING' ? 'NOERROR, an alias without an end' : result} after ${step.reply.milliseconds} ms${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`,
        ...records.slice(0, mostRecords).map((record) => `    ${type === 'PTR' ? asked : record.name} ${record.type} ${record.data} (TTL ${record.ttl})`),
        ...(records.length > mostRecords ? [`    (${records.length - mostRecords} more)`] : []),
      ];
    }),
    ...(last === undefined || resultOf(last, type) === 'NOERROR' ? [] : [`  ${meanings[resultOf(last, type)] ?? `The resolver gave no answer (${resultOf(last, type)}).`}`]),
    ...(last !== undefined && outcome.steps.length > 1 ? [`  = ${answersOf(last, type).join(', ') || 'nothing'} after ${outcome.steps.length} questions and ${total} ms`] : []),
  ];
}

/** Somebody answered, and nobody with any of the addresses. */
function isOverridden(addresses: readonly string[], outcomes: readonly Outcome[], type: QueryType): boolean {
  const steps = outcomes.flatMap(({ steps: all }) => all).filter((step) => ['NOERROR', 'NXDOMAIN', 'NODATA', 'DANGLING'].includes(resultOf(step, type)));
  return steps.length > 0 && addresses.length > 0 && !steps.some((step) => answersOf(step, type).some((answer) => addresses.includes(answer)));
}

async function waysOfPrograms(name: string, type: 'A' | 'AAAA', system: SystemDns, signal: AbortSignal): Promise<{ text: string; addresses: string[] }> {
  const started = performance.now();
  const took = (): string => `after ${Math.round(performance.now() - started)} ms`;
  try {
    const addresses = await withDeadline(system.addresses(name, type === 'A' ? 4 : 6), signal);
    return { text: `${addresses.slice(0, mostRecords).map((address) => `${name} ${type} ${address}`).join(', ')} ${took()}`, addresses };
  } catch (error) {
    const code = String((error as { code?: unknown }).code ?? 'UNKNOWN');
    const words: Record<string, string> = { ENOTFOUND: 'not found', EAI_AGAIN: 'no answer from DNS (EAI_AGAIN)', TIMEOUT: 'no answer in time', STOPPED: 'Stopped.' };
    return { text: `${words[code] ?? code} ${took()}`, addresses: [] };
  }
}

/** The system's own lookup can't be cancelled; it is left behind. */
function withDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (code: string): void => reject(Object.assign(new Error(code), { code }));
    const timer = setTimeout(() => fail('TIMEOUT'), systemMilliseconds);
    const abort = (): void => fail('STOPPED');
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
  });
}

function commandOf({ name, type, times }: Input, servers: readonly string[], { domains, ndots }: SearchPath): string {
  const searching = domains.length === 0 || name.endsWith('.') ? '' : ` +search  # search ${domains.join(' ')}; ndots ${ndots}`;
  const question = type === 'PTR' ? `-x ${name}` : `${name} ${type}`;
  const command = [...(servers.length === 0 ? [''] : servers)].slice(0, mostResolvers).map((server) => `dig${server === '' ? '' : ` @${server}`} ${question}${searching}`).join('; ');
  return times === 1 ? command : `${command}${searching === '' ? '  #' : ';'} ${times} times`;
}
