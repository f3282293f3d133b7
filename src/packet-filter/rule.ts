/** A rule of a host's packet filter in typed fields: what iptables takes is built from these, and what can't be said in them is left to people. */
import { z } from 'zod';
import { parseNetwork } from './network.ts';

/** As iptables lists them, whatever order they were given in. */
export const connectionStates = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'] as const;

export const rejections = {
  ipv4: ['icmp-port-unreachable', 'icmp-net-unreachable', 'icmp-host-unreachable', 'icmp-proto-unreachable', 'icmp-net-prohibited', 'icmp-host-prohibited', 'icmp-admin-prohibited', 'tcp-reset'],
  ipv6: ['icmp6-port-unreachable', 'icmp6-no-route', 'icmp6-adm-prohibited', 'icmp6-addr-unreachable', 'tcp-reset'],
} as const;

const network = z.string().max(50).refine((text) => (parseNetwork(text)?.prefix ?? 0) > 0, 'an IP address, or a network such as 10.20.0.0/16 without bits beyond its prefix; leave it out for any');
const interfaceName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,13}\+?$/, 'the name of a network interface');
const ports = z.string().refine(isPorts, 'a port such as 5432, or a range such as 8000:8010; leave it out for any');

export const ruleSchema = z.strictObject({
  protocol: z.enum(['tcp', 'udp', 'icmp', 'icmpv6']).optional().describe('left out: all'),
  source: network.optional(),
  destination: network.optional(),
  in_interface: interfaceName.optional(),
  out_interface: interfaceName.optional(),
  source_port: ports.optional(),
  destination_port: ports.optional(),
  state: z.array(z.enum(connectionStates)).min(1).max(connectionStates.length).refine((states) => new Set(states).size === states.length, 'each state once').optional(),
  comment: z.string().regex(/^[A-Za-z0-9_.:/@=+,][A-Za-z0-9_.:/@=+, -]{0,99}(?<! )$/, 'letters, digits and _.:/@=+,- only').optional(),
  reject_with: z.enum([...new Set([...rejections.ipv4, ...rejections.ipv6])]).optional().describe('for REJECT'),
  action: z.enum(['ACCEPT', 'DROP', 'REJECT']),
});
export type Rule = z.infer<typeof ruleSchema>;

/** What is done to one rule of one chain. */
export const ruleChange = {
  family: z.enum(['ipv4', 'ipv6']),
  table: z.literal('filter'),
  operation: z.enum(['insert', 'delete']),
  chain: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,27}$/, 'INPUT, OUTPUT, FORWARD or a chain of the host'),
  position: z.number().int().min(1).max(10_000).describe('insert: the number the rule will have; delete: the number it has'),
  rule: ruleSchema,
};
const changeSchema = z.object(ruleChange);
export type RuleChange = z.infer<typeof changeSchema>;

/** What is wrong with the fields together, one sentence; undefined when iptables can say it. */
export function misfit({ family, chain, rule }: RuleChange): string | undefined {
  for (const field of ['source', 'destination'] as const) {
    const text = rule[field];
    if (text !== undefined && parseNetwork(text)?.family !== family) return `${field} ${text} is no ${family} address.`;
  }
  if ((rule.source_port ?? rule.destination_port) !== undefined && rule.protocol !== 'tcp' && rule.protocol !== 'udp') return 'Ports need the protocol tcp or udp.';
  if (rule.protocol === (family === 'ipv4' ? 'icmpv6' : 'icmp')) return `${rule.protocol} is not a protocol of ${family}.`;
  if (chain === 'INPUT' && rule.out_interface !== undefined) return 'INPUT has no out_interface.';
  if (chain === 'OUTPUT' && rule.in_interface !== undefined) return 'OUTPUT has no in_interface.';
  if (rule.reject_with === undefined) return undefined;
  if (rule.action !== 'REJECT') return 'reject_with is for REJECT only.';
  if (!(rejections[family] as readonly string[]).includes(rule.reject_with)) return `${rule.reject_with} is not of ${family}.`;
  return rule.reject_with === 'tcp-reset' && rule.protocol !== 'tcp' ? 'tcp-reset needs the protocol tcp.' : undefined;
}

/** Both ends of a port or range; any when left out. */
export function portRange(text: string | undefined): [number, number] {
  if (text === undefined) return [0, 65_535];
  const [low = '', high = low] = text.split(':');
  return [Number(low), Number(high)];
}

/** iptables drops a range of everything from its listing, and reads 022 as octal. */
function isPorts(text: string): boolean {
  if (!/^(0|[1-9][0-9]{0,4})(:[1-9][0-9]{0,4})?$/.test(text)) return false;
  const [low, high] = portRange(text);
  return high <= 65_535 && (text.includes(':') ? low < high && !(low === 0 && high === 65_535) : low > 0);
}
