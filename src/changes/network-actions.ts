/** The typed changes of the network. */
import { z } from 'zod';
import { targetNamed } from './action-fields.ts';
import { ruleChange } from '../packet-filter/rule.ts';

export const iptablesRuleSchema = z.object({
  kind: z.literal('iptables.rule').describe('Adds one rule to the packet filter of a host, or removes one, named by its number and its whole content'),
  target: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'the name of a host in sre-agent.yaml').describe('Name of the host'),
  ...ruleChange,
});

export const corefileSchema = z.object({
  kind: z.literal('coredns.corefile').describe('Replaces the Corefile of the cluster\'s CoreDNS, to repair it; upstreams must be ones that it named before, or /etc/resolv.conf'),
  target: targetNamed('cluster').describe('Name of the cluster'),
  value: z.string().min(1).max(20_000).describe('The whole Corefile'),
});

export const networkActions = [iptablesRuleSchema, corefileSchema] as const;
