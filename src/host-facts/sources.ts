/** Programs with fixed arguments, and files of the kernel: all that is ever read of a host. */
import type { HostRequest } from './request.ts';

export type Source =
  | { program: string; argv: readonly string[]; timeoutMilliseconds?: number; maxBytes?: number }
  | { file: string; maxBytes?: number }
  /** The next ones wait so long. */
  | { waitMilliseconds: number };

const megabyte = 1024 * 1024;

/** Of `logs` and `ping` the names were checked by the schema: none of them begins with a dash. */
export function sourcesOf(request: HostRequest): Source[] {
  switch (request.what) {
    case 'facts': return facts;
    case 'sockets': return sockets;
    case 'network': return network;
    case 'packet-filter': return [{ program: request.family === 'ipv4' ? 'iptables-save' : 'ip6tables-save', argv: ['-c'], maxBytes: 16 * megabyte }, { program: 'nft', argv: ['list', 'ruleset'], maxBytes: 4 * megabyte }];
    case 'ping': return request.path_mtu ? probes(request.to) : [{ program: 'ping', argv: ['-n', '-c', '3', '-i', '1', '-W', '2', '-w', '8', request.to], timeoutMilliseconds: 12_000 }];
    case 'logs': return [{ program: 'journalctl', argv: ['-q', '--no-pager', '-o', 'short-iso', '-n', '5000', `--since=-${request.minutes}min`, `--priority=${request.priority}`, `--unit=${request.unit}`], timeoutMilliseconds: 10_000, maxBytes: 4 * megabyte }];
    case 'certificates':
    case 'deploys': return [];
  }
}

const facts: Source[] = [
  { program: 'df', argv: ['-P', '-T', '-l'] },
  { program: 'df', argv: ['-P', '-T', '-l', '-i'] },
  ...['meminfo', 'loadavg', 'uptime', 'vmstat', 'pressure/cpu', 'pressure/memory', 'pressure/io', 'sys/fs/file-nr'].map((name) => ({ file: `/proc/${name}` })),
  { file: '/sys/devices/system/cpu/online' },
  { program: 'journalctl', argv: ['-q', '-k', '--no-pager', '-o', 'short-iso', '-n', '500', '--since=-24h', '--priority=warning'] },
  { program: 'dmesg', argv: ['--level=emerg,alert,crit,err,warn', '--time-format=iso'] },
  { program: 'systemctl', argv: ['list-units', '--failed', '--no-legend', '--plain', '--no-pager', '--full'] },
  { program: 'timedatectl', argv: ['show'] },
  { program: 'chronyc', argv: ['-n', 'tracking'] },
  { program: 'ps', argv: ['-eo', 'pid,stat,pcpu,rss,comm', '--sort=-rss'] },
];

const counters: Source[] = [{ file: '/proc/net/netstat' }, { file: '/proc/net/snmp' }];

const sockets: Source[] = [
  ...counters,
  { program: 'ss', argv: ['-tanH'], timeoutMilliseconds: 8_000, maxBytes: 8 * megabyte },
  ...['/proc/net/sockstat', '/proc/sys/net/netfilter/nf_conntrack_count', '/proc/sys/net/netfilter/nf_conntrack_max', '/proc/sys/net/ipv4/ip_local_port_range', '/proc/sys/net/core/somaxconn'].map((file) => ({ file })),
  { waitMilliseconds: 1_000 },
  ...counters,
];

/** Where there is no ss. */
export const socketTables: Source[] = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => ({ file, maxBytes: 8 * megabyte }));

const network: Source[] = [
  { program: 'ip', argv: ['-j', '-s', 'addr'] },
  { program: 'ip', argv: ['-j', 'route'] },
  { program: 'ip', argv: ['-j', '-6', 'route'] },
  { program: 'ip', argv: ['-j', 'neigh'] },
  { file: '/proc/net/dev' },
  { file: '/etc/resolv.conf' },
];

/** Of the payload: 28 bytes of headers come on top with IPv4, 48 with IPv6. */
export const payloads = [1472, 1452, 1432, 1422, 1402, 1372, 1322, 1252, 1172, 548];

function probes(to: string): Source[] {
  return payloads.map((size) => ({ program: 'ping', argv: ['-n', '-c', '1', '-W', '1', '-w', '2', '-M', 'do', '-s', String(size), to], timeoutMilliseconds: 4_000 }));
}
