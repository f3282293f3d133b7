/** Typed fields -> the words of iptables. No word of theirs begins with a dash: the schema holds that, and a test. */
import type { Family } from './network.ts';
import { parseNetwork } from './network.ts';
import type { Rule } from './rule.ts';
import { connectionStates, rejections } from './rule.ts';

/** Every way iptables may list this rule, ours first: matches keep the order somebody gave them in. */
export function renderings(rule: Rule, family: Family): string[][] {
  const stateMatches = rule.state === undefined ? [[]] : [['-m', 'conntrack', '--ctstate', states(rule.state)], ['-m', 'state', '--state', states(rule.state)]];
  return stateMatches.flatMap((state) => orders([portsOf(rule), state, commentOf(rule)].filter((words) => words.length > 0)).map((matches) => [...addressesOf(rule, family), ...matches.flat(), ...targetOf(rule, family)]));
}

/** As an engineer would type it; quotes where a shell would need them. */
export function typed(family: Family, argv: readonly string[]): string {
  return [programOf(family), ...argv].map((word) => (/^[A-Za-z0-9_.:/@=+,-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}

export function programOf(family: Family): 'iptables' | 'ip6tables' {
  return family === 'ipv4' ? 'iptables' : 'ip6tables';
}

function addressesOf({ source, destination, in_interface: incoming, out_interface: outgoing, protocol }: Rule, family: Family): string[] {
  return [
    ...(source === undefined ? [] : ['-s', canonical(source)]),
    ...(destination === undefined ? [] : ['-d', canonical(destination)]),
    ...(incoming === undefined ? [] : ['-i', incoming]),
    ...(outgoing === undefined ? [] : ['-o', outgoing]),
    ...(protocol === undefined ? [] : ['-p', family === 'ipv6' && protocol === 'icmpv6' ? 'ipv6-icmp' : protocol]),
  ];
}

function portsOf({ protocol, source_port: from, destination_port: to }: Rule): string[] {
  if (protocol === undefined || (from ?? to) === undefined) return [];
  return ['-m', protocol, ...(from === undefined ? [] : ['--sport', from]), ...(to === undefined ? [] : ['--dport', to])];
}

function commentOf({ comment }: Rule): string[] {
  return comment === undefined ? [] : ['-m', 'comment', '--comment', comment];
}

function targetOf({ action, reject_with: rejectWith }: Rule, family: Family): string[] {
  return action === 'REJECT' ? ['-j', action, '--reject-with', rejectWith ?? rejections[family][0]] : ['-j', action];
}

function states(given: readonly string[]): string {
  return connectionStates.filter((state) => given.includes(state)).join(',');
}

function canonical(text: string): string {
  const network = parseNetwork(text);
  if (!network) throw new Error(`not a network: ${text}`);
  return network.canonical;
}

function orders<T>(all: readonly T[]): T[][] {
  if (all.length < 2) return [[...all]];
  return all.flatMap((first, index) => orders(all.toSpliced(index, 1)).map((others) => [first, ...others]));
}
