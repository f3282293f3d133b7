/** `sre-agent policy`: what the policy says, and why. */
import { loadConfiguration } from '../config/load.ts';
import type { Command } from './command.ts';
import { UsageError } from './command.ts';

export const policyCommand: Command = {
  name: 'policy',
  summary: 'checks the policy, and says why it decides as it does',
  usage: ['policy check'],
  async run([word], { variables, print }) {
    if (word !== 'check') throw new UsageError(`sre-agent policy has no ${word ?? 'default'}: say what to do.`);
    const path = variables['CONFIG_FILE'] ?? 'sre-agent.yaml';
    loadConfiguration(path, variables);
    print(`${path}: the policy is well-formed.`);
    return 0;
  },
};
