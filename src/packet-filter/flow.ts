/** Which rules a new connection meets on its way through the chains, and what decides on it. Pure. */
import type { Family, Network } from './network.ts';
import { overlaps, parseNetwork } from './network.ts';
import { portRange } from './rule.ts';
import type { Chain, ListedRule } from './table.ts';

/** The first packet of a connection; what is left out may be anything. */
export interface Flow {
  family: Family;
  source?: Network;
  destination?: Network;
  protocol?: 'tcp' | 'udp' | 'icmp' | 'icmpv6';
  destinationPort?: number;
  inInterface?: string;
  outInterface?: string;
}

export interface Step {
  chain: string;
  /** Of the rule in its chain, from 1. */
  number: number;
  rule: ListedRule;
  /** false: whether it matches depends on what the flow leaves out, or on something that can't be told from here. */
  certain: boolean;
}

export interface Walk {
  steps: Step[];
  /** What surely happens at last: the step that decides, or the policy of the first chain. Absent: too many rules. */
  decision?: { target: string; by?: Step };
  /** Ends that come earlier if a rule that may match does. */
  possible: Step[];
}

const mostSteps = 300;
const mostDepth = 12;
const ends = new Set(['ACCEPT', 'DROP', 'REJECT', 'DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'QUEUE', 'NFQUEUE', 'TPROXY']);

export function walkChains(chains: readonly Chain[], first: string, flow: Flow): Walk {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const walk: Walk = { steps: [], possible: [] };
  const decided = follow(first, 0);
  if (walk.steps.length >= mostSteps) return walk;
  return { ...walk, decision: decided ? { target: targetOf(decided.rule).name, by: decided } : { target: byName.get(first)?.policy ?? '-' } };

  /** The step that surely ends it for whoever enters this chain; undefined when it may come back. */
  function follow(name: string, depth: number): Step | undefined {
    for (const [index, rule] of (byName.get(name)?.rules ?? []).entries()) {
      const match = matchOf(rule, flow);
      if (match === 'no') continue;
      if (walk.steps.length >= mostSteps) return undefined;
      const step = { chain: name, number: index + 1, rule, certain: match === 'yes' };
      walk.steps.push(step);
      const { name: target, goes } = targetOf(rule);
      if (target === 'RETURN' && step.certain) return undefined;
      const end = ends.has(target) ? step : byName.has(target) && depth < mostDepth ? follow(target, depth + 1) : undefined;
      if (end && step.certain) return end;
      if (end) walk.possible.push(end);
      if (goes && step.certain) return undefined;
    }
    return undefined;
  }
}

type Match = 'yes' | 'no' | 'maybe';

export function matchOf({ words }: ListedRule, flow: Flow): Match {
  let all: Match = 'yes';
  let not = false;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '-j' || word === '-g') break;
    if (word === '!') {
      not = true;
      continue;
    }
    const values = valuesAt(words, index);
    const one = condition(word, values, flow);
    index += values.length;
    const held = not && one !== 'maybe' ? (one === 'yes' ? 'no' : 'yes') : one;
    not = false;
    if (held === 'no') return 'no';
    if (held === 'maybe') all = 'maybe';
  }
  return all;
}

/** Up to the next option; `!` belongs to that one. */
function valuesAt(words: readonly string[], at: number): string[] {
  if (words[at] === '--comment') return words.slice(at + 1, at + 2);
  const next = words.findIndex((word, index) => index > at && (word === '!' || /^--?[A-Za-z]/.test(word)));
  return words.slice(at + 1, next < 0 ? undefined : next);
}

function condition(option: string, values: readonly string[], flow: Flow): Match {
  const [value = ''] = values;
  switch (option) {
    case '-s': return networkMatch(flow.source, value);
    case '-d': return networkMatch(flow.destination, value);
    case '-p': return protocolMatch(flow.protocol, value);
    case '-i': return interfaceMatch(flow.inInterface, value);
    case '-o': return interfaceMatch(flow.outInterface, value);
    case '--dport':
    case '--dports': return portMatch(flow.destinationPort, value);
    case '--ctstate':
    case '--state': return value.split(',').includes('NEW') ? 'yes' : 'no';
    // The first packet of a connection.
    case '--tcp-flags': return values.join(' ') === 'FIN,SYN,RST,ACK SYN' ? 'yes' : 'maybe';
    case '--syn':
    case '-m':
    case '--comment': return 'yes';
    default: return 'maybe';
  }
}

function networkMatch(of: Network | undefined, text: string): Match {
  const network = parseNetwork(text);
  if (of === undefined || network === undefined) return 'maybe';
  return !overlaps(of, network) ? 'no' : of.prefix >= network.prefix ? 'yes' : 'maybe';
}

const numbers: Record<string, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 'ipv6-icmp': 'icmpv6' };

function protocolMatch(of: string | undefined, text: string): Match {
  if (text === 'all' || text === '0') return 'yes';
  return of === undefined ? 'maybe' : (numbers[text] ?? text) === of ? 'yes' : 'no';
}

function interfaceMatch(of: string | undefined, text: string): Match {
  if (of === undefined) return 'maybe';
  return (text.endsWith('+') ? of.startsWith(text.slice(0, -1)) : of === text) ? 'yes' : 'no';
}

/** Ports, ranges, and lists of both. */
function portMatch(of: number | undefined, text: string): Match {
  if (of === undefined) return 'maybe';
  return text.split(',').some((part) => {
    const [low, high] = portRange(part);
    return of >= low && of <= high;
  }) ? 'yes' : 'no';
}

export function targetOf({ words }: ListedRule): { name: string; goes: boolean } {
  const at = words.findIndex((word, index) => (word === '-j' || word === '-g') && words[index - 1] !== '--comment');
  return { name: at < 0 ? '' : (words[at + 1] ?? ''), goes: words[at] === '-g' };
}
