/** The typed changes of the network. */
import { z } from 'zod';
import { ruleChange } from '../packet-filter/rule.ts';

export const iptablesRuleSchema = z
  .object({
    kind: z.literal('iptables.rule'),
    /** A host in sre-agent.yaml. */
    target: z.string(),
    ...ruleChange,
  })
  .describe('Adds one rule to the packet filter of a host, or removes one, named by its number and its whole content');

export const networkActions = [iptablesRuleSchema] as const;
