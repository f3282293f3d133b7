/** What the generic and network specialists may look at on configured hosts. Nothing here can change anything. */
import { z } from 'zod';
import { NoAnswerError } from '../../changes/actions/http-operation/call.ts';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { HostTarget, ServiceTarget } from '../../config/targets.ts';
import type { HostAnswer, HostReader } from '../../host-facts/request.ts';
import { hostRequest, HostRefusedError, logPriorities } from '../../host-facts/request.ts';
import { networkText, pingText } from '../../host-facts/show-network.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { groupLines } from '../group-lines.ts';
import type { Tool, ToolResult } from '../tool.ts';
import { HostUnreadableError, readerOf } from './host-reader.ts';
import { lookAtCertificates, lookAtFacts, lookAtSockets, withGaps } from './look.ts';

/** `services`: whose clocks that of the machine that looks is held against. */
export function createHostTools(hosts: readonly HostTarget[], services: readonly ServiceTarget[] = []): Tool[] {
  if (hosts.length === 0) return [];
  const host = oneOf(hosts.map(({ name }) => name)).describe('Name of the configured host');
  const both = ['generic', 'network'] as const;
  return [
    defineTool({
      name: 'host_facts',
      description: 'How a configured host is: disks and inodes, memory and swap, load, pressure (share of time that work waited for CPU, memory or disk), clock, out-of-memory kills, failed systemd units, the largest and busiest processes, warnings and errors of the kernel of the last day.',
      specialists: both,
      input: z.strictObject({ host }),
      run: ({ host: name }, { signal }) => onHost(hosts, name, `df -P -T -l; df -P -T -l -i; cat /proc/{meminfo,loadavg,pressure/*}; journalctl -k --since=-24h --priority=warning; systemctl list-units --failed; ps (on ${name})`, async (reader, local) => ({ output: (await lookAtFacts(reader, { local, services, signal })).text })),
    }),
    defineTool({
      name: 'host_sockets',
      description: 'TCP sockets of a configured host: how many in which state, listen queues and whether one is full, connections by own port and by peer, outgoing ports used, connection tracking against its limit, and counters (listen overflows, retransmits, resets) with how much they grew within a second.',
      specialists: both,
      input: z.strictObject({ host }),
      run: ({ host: name }, { signal }) => onHost(hosts, name, `ss -tan; cat /proc/net/{netstat,snmp} /proc/sys/net/netfilter/nf_conntrack_{count,max} (on ${name})`, async (reader) => ({ output: (await lookAtSockets(reader, signal)).text })),
    }),
    defineTool({
      name: 'host_network',
      description: 'Network of a configured host: interfaces with MTU, errors and drops, routes, neighbours that do not answer, resolv.conf. With ping: pings that address from the host instead (only what its settings allow); with path_mtu, too: which packet sizes get through unfragmented.',
      specialists: both,
      input: z.strictObject({ host, ping: z.string().min(1).max(253).optional().describe('A host name or IP address'), path_mtu: z.boolean().default(false) }),
      run: ({ host: name, ping, path_mtu: pathMtu }, { signal }) => {
        if (ping === undefined) return onHost(hosts, name, `ip -s addr; ip route; ip neigh (on ${name})`, async (reader) => shown(await reader.read({ what: 'network' }, signal)));
        const request = hostRequest.safeParse({ what: 'ping', to: ping, path_mtu: pathMtu });
        if (!request.success) return refused(`ping (on ${name})`, 'ping takes a host name or an IP address');
        return onHost(hosts, name, `ping -n ${pathMtu ? '-c 1 -M do -s SIZE' : '-c 3'} ${ping} (on ${name})`, async (reader) => {
          const { text, failed } = pingText(await reader.read(request.data, signal), pathMtu);
          return { output: text, failed };
        });
      },
    }),
    defineTool({
      name: 'host_logs',
      description: 'The log of one systemd unit of a configured host (only units that its settings allow), the newest lines, alike ones folded with their count.',
      specialists: both,
      input: z.strictObject({
        host,
        unit: z.string().min(1).max(201).describe('Such as nginx.service'),
        minutes: z.number().int().min(1).max(10_080).default(60).describe('How far back'),
        priority: z.enum(logPriorities).default('debug').describe('The least grave that is shown'),
      }),
      run: ({ host: name, unit, minutes, priority }, { signal }) => {
        const request = hostRequest.safeParse({ what: 'logs', unit, minutes, priority });
        if (!request.success) return refused(`journalctl (on ${name})`, 'unit is the whole name of a systemd unit, such as nginx.service');
        return onHost(hosts, name, `journalctl --unit=${unit} --since=-${minutes}min --priority=${priority} (on ${name})`, async (reader) => {
          const answer = await reader.read(request.data, signal);
          const text = groupLines(answer.sections[0]?.text ?? '');
          return { output: withGaps(text === '' ? `No lines of ${unit} in the last ${minutes} minutes.` : text, answer), ...(text === '' && answer.sections[0]?.problem !== undefined && { failed: true }) };
        });
      },
    }),
    defineTool({
      name: 'host_certificates',
      description: 'The certificates in the configured folders of a host, soonest to expire first: file, names, issuer, how many days are left. Keys are never read.',
      specialists: both,
      input: z.strictObject({ host }),
      run: ({ host: name }, { signal }) => onHost(hosts, name, `openssl x509 -noout -subject -ext subjectAltName -dates (on ${name}, each certificate)`, async (reader) => ({ output: (await lookAtCertificates(reader, signal)).text })),
    }),
  ];
}

function shown(answer: HostAnswer): { output: string } {
  return { output: withGaps(networkText(answer), answer) };
}

async function refused(command: string, why: string): Promise<ToolResult> {
  return { command, output: `Refused: ${why}.`, failed: true };
}

/** Trouble with the host is an answer; anything else is thrown. */
export async function onHost(hosts: readonly HostTarget[], name: string, command: string, work: (reader: HostReader, local: boolean) => Promise<Omit<ToolResult, 'command'>>): Promise<ToolResult> {
  const host = hosts.find((one) => one.name === name);
  if (!host) return { command, output: `There is no host ${name}.`, failed: true };
  try {
    return { command, ...(await work(readerOf(host), host.local !== undefined)) };
  } catch (error) {
    if (error instanceof HostRefusedError || error instanceof HostUnreadableError || error instanceof NoAnswerError || error instanceof ConfigurationError) return { command, output: (error as Error).message, failed: true };
    throw error;
  }
}
