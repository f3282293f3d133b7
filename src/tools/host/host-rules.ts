import { z } from 'zod';
import { readRules } from '../../changes/actions/iptables-rule/agent.ts';
import { messageOf, RefusedError } from '../../changes/errors.ts';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { HostTarget } from '../../config/targets.ts';
import { textOf } from '../../host-facts/request.ts';
import type { Flow } from '../../packet-filter/flow.ts';
import { parseNetwork } from '../../packet-filter/network.ts';
import { programOf } from '../../packet-filter/render.ts';
import { ownNftTables, parseSaved } from '../../packet-filter/saved.ts';
import type { SavedTable } from '../../packet-filter/saved.ts';
import type { Chain } from '../../packet-filter/table.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import type { Tool } from '../tool.ts';
import { showFlow } from './flow-text.ts';
import { readerOf } from './host-reader.ts';

const address = z.string().max(50).refine((text) => parseNetwork(text) !== undefined, 'an IP address, or a network such as 10.20.0.0/16');
const interfaceName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}$/, 'the name of a network interface');

const flowInput = z.strictObject({
  direction: z.enum(['in', 'out', 'through']).describe('in: to the host itself; out: from it; through: forwarded by it (pods, containers)'),
  source: address.optional(),
  destination: address.optional(),
  protocol: z.enum(['tcp', 'udp', 'icmp', 'icmpv6']).optional(),
  destination_port: z.number().int().min(1).max(65_535).optional(),
  in_interface: interfaceName.optional(),
  out_interface: interfaceName.optional(),
});

export function hostRules(hosts: readonly HostTarget[]): Tool {
  return defineTool({
    name: 'host_rules',
    description: 'Lists the packet filter of a configured host (iptables, filter table): each chain with its policy, and its rules with their numbers and how many packets each has met. With flow: only the rules that a new connection may meet, in the order that it meets them, what decides on it, and what the nat, mangle and raw tables and nftables say of it. Changes nothing.',
    specialists: ['generic', 'network'],
    input: z.strictObject({
      host: oneOf(hosts.map(({ name }) => name)).describe('Name of the configured host'),
      family: z.enum(['ipv4', 'ipv6']).default('ipv4'),
      flow: flowInput.optional(),
    }),
    async run({ host: name, family, flow }, { signal }) {
      const command = `${programOf(family)} -t filter -S -v${flow === undefined ? '' : `; ${programOf(family)}-save -c; nft list ruleset`} (on ${name})`;
      const host = hosts.find((one) => one.name === name);
      if (!host) return { command, output: `There is no host ${name}.`, failed: true };
      const wrong = [flow?.source, flow?.destination].find((text) => text !== undefined && parseNetwork(text)?.family !== family);
      if (wrong !== undefined) return { command, output: `Refused: ${wrong} is no ${family} address; set family.`, failed: true };
      try {
        const { chains } = await readRules(host, { family, token: host.readToken, signal });
        if (flow === undefined) return { command, output: chains.map(show).join('\n') };
        return { command, output: showFlow(chains, { direction: flow.direction, flow: flowOf(flow, family) }, await otherTables(host, family, signal)) };
      } catch (error) {
        if (error instanceof RefusedError || error instanceof ConfigurationError) return { command, output: messageOf(error), failed: true };
        throw error;
      }
    },
  });
}

function flowOf({ source, destination, protocol, destination_port: port, in_interface: incoming, out_interface: outgoing }: z.output<typeof flowInput>, family: Flow['family']): Flow {
  const [from, to] = [source, destination].map((text) => (text === undefined ? undefined : parseNetwork(text)));
  return {
    family,
    ...(from && { source: from }), ...(to && { destination: to }), ...(protocol && { protocol }), ...(port !== undefined && { destinationPort: port }),
    ...(incoming !== undefined && { inInterface: incoming }), ...(outgoing !== undefined && { outInterface: outgoing }),
  };
}

/** An older agent, or one that may not, has none: that is said, and the filter table stands. */
async function otherTables(host: HostTarget, family: Flow['family'], signal: AbortSignal): Promise<{ tables: SavedTable[]; nft: string; problem?: string }> {
  try {
    const { sections } = await readerOf(host).read({ what: 'packet-filter', family }, signal);
    const saved = sections.find(({ source }) => source.includes('tables-save'));
    return { tables: parseSaved(saved?.text ?? '').filter(({ name }) => name !== 'filter'), nft: ownNftTables(textOf(sections, 'nft ') ?? ''), ...(saved?.problem !== undefined && { problem: saved.problem }) };
  } catch (error) {
    return { tables: [], nft: '', problem: messageOf(error) };
  }
}

function show({ name, policy, rules }: Chain): string {
  const head = `chain ${name}${policy === '-' ? '' : ` (policy ${policy})`}:${rules.length === 0 ? ' no rules' : ''}`;
  return [head, ...rules.map(({ text, packets, bytes }, index) => `  ${index + 1}. ${text} [${packets} packets, ${bytes} bytes]`)].join('\n');
}
