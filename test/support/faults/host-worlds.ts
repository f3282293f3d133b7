/** A rule of a packet filter, on a network namespace with real iptables and the agent of the host in it. */
import type { Action } from '../../../src/changes/action.ts';
import { secret, targetsWith } from '../changes.ts';
import { openHostWorld, writeToken } from '../host-world.ts';
import type { OpenWorld } from './world.ts';

const action: Action = { kind: 'iptables.rule', target: 'edge', family: 'ipv4', table: 'filter', operation: 'insert', chain: 'INPUT', position: 2, rule: { protocol: 'tcp', source: '10.20.0.0/16', destination_port: '5432', comment: 'orders database', action: 'ACCEPT' } };

export const hostWorlds: Record<string, OpenWorld> = {
  'iptables.rule': async () => {
    const host = await openHostWorld();
    await host.start();
    await host.iptables('-A', 'INPUT', '-i', 'lo', '-j', 'ACCEPT');
    return {
      action,
      targets: targetsWith({ hosts: [{ name: 'edge', url: host.url, writeToken: secret(writeToken) }] }),
      runs: (command) => Math.max(...command.map((one) => host.logged().split(one).length - 1)),
      move: async () => void (await host.iptables('-A', 'FORWARD', '-s', '10.9.9.9', '-j', 'DROP')),
      seconds: 5,
      close: host.close,
    };
  },
};
