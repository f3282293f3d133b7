/** `sre-agent host`: the agent that runs on a host whose packet filter may be changed. */
import { readHostEnvironment } from '../host/environment.ts';
import { startHostAgent } from '../host/host.ts';
import type { Command } from './command.ts';
import { UsageError } from './command.ts';

export const hostCommand: Command = {
  name: 'host',
  summary: 'runs the agent of a Linux host, through which its packet filter may be changed',
  usage: ['host'],
  async run(words, { variables }) {
    if (words.length > 0) throw new UsageError('sre-agent host takes no words: it is set up by HOST_AGENT_* in its environment.');
    const agent = await startHostAgent(readHostEnvironment(variables));
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    });
    await agent.close();
    return 0;
  },
};
