import { z } from 'zod';
import { readRules } from '../../changes/actions/iptables-rule/agent.ts';
import { messageOf, RefusedError } from '../../changes/errors.ts';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { HostTarget } from '../../config/targets.ts';
import { programOf } from '../../packet-filter/render.ts';
import type { Chain } from '../../packet-filter/table.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import type { Tool } from '../tool.ts';

export function hostRules(hosts: readonly HostTarget[]): Tool {
  return defineTool({
    name: 'host_rules',
    description: 'Lists the packet filter of a configured host (iptables, filter table): each chain with its policy, and its rules with their numbers and how many packets each has met. Changes nothing.',
    specialists: ['generic', 'network'],
    input: z.strictObject({
      host: oneOf(hosts.map(({ name }) => name)).describe('Name of the configured host'),
      family: z.enum(['ipv4', 'ipv6']).default('ipv4'),
    }),
    async run({ host: name, family }, { signal }) {
      const command = `${programOf(family)} -t filter -S -v (on ${name})`;
      const host = hosts.find((one) => one.name === name);
      if (!host) return { command, output: `There is no host ${name}.`, failed: true };
      try {
        const { chains } = await readRules(host, { family, token: host.readToken, signal });
        return { command, output: chains.map(show).join('\n') };
      } catch (error) {
        if (error instanceof RefusedError || error instanceof ConfigurationError) return { command, output: messageOf(error), failed: true };
        throw error;
      }
    },
  });
}

function show({ name, policy, rules }: Chain): string {
  const head = `chain ${name}${policy === '-' ? '' : ` (policy ${policy})`}:${rules.length === 0 ? ' no rules' : ''}`;
  return [head, ...rules.map(({ text, packets, bytes }, index) => `  ${index + 1}. ${text} [${packets} packets, ${bytes} bytes]`)].join('\n');
}
