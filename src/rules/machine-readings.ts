/** What is read of a configured host itself: its disks, memory, clock, kernel, sockets and certificates. */
import type { Observed, Unread } from './readings.ts';

export interface Filesystem {
  mount: string;
  device: string;
  type: string;
  bytes: number;
  availableBytes: number;
  /** Per cent, as df says: of what ordinary users may fill. */
  used: number;
  /** Per cent of its inodes; null where it has no fixed number of them. */
  inodesUsed: number | null;
}

/** Shares of time that work stood still for want of it, per cent, over the last minute: /proc/pressure. */
export interface Pressure {
  resource: 'cpu' | 'memory' | 'io';
  /** Some of the work, and all of it at once. */
  some: number;
  full: number;
}

/** Of the kernel's log. */
export interface KernelMessage {
  /** ISO 8601; empty when the log does not say. */
  at: string;
  text: string;
}

export interface MemoryKill extends KernelMessage {
  process: string;
  pid: number;
  /** The limit of its own control group was reached, not that of the host. */
  ofGroup: boolean;
}

export interface MachineFacts {
  /** When it was read, by the clock of who looked: ISO 8601. */
  readAt: string;
  filesystems: Filesystem[];
  memory?: { bytes: number; availableBytes: number; swapBytes: number; swapFreeBytes: number };
  load?: { one: number; five: number; fifteen: number };
  cpus?: number;
  uptimeSeconds?: number;
  pressure: Pressure[];
  /** In the last 24 hours, as far as the log goes; oldest first. */
  memoryKills: MemoryKill[];
  memoryKillsSinceBoot?: number;
  kernel: KernelMessage[];
  openFiles?: { used: number; limit: number };
  /** Milliseconds that its clock is at least ahead (or behind, negative): of ours, or of what `against` says where it is our own. */
  clock: { ahead?: number; against?: string; synchronised?: boolean; says?: string };
  failedUnits: { name: string; description: string }[];
  processes: { pid: number; state: string; cpu: number; bytes: number; name: string }[];
}

export interface ListenQueue {
  address: string;
  port: number;
  waiting: number;
  /** Longest queue; absent where only the kernel's table was read. */
  limit?: number;
}

export interface SocketFacts {
  /** Connections by state: ESTAB, TIME-WAIT and so on. */
  states: Record<string, number>;
  listeners: ListenQueue[];
  /** Connections by peer and state, the most first. */
  peers: { peer: string; state: string; count: number }[];
  /** By own port that somebody listens on. */
  ports: { port: number; count: number; states: Record<string, number> }[];
  /** Towards one peer, against the number of ports there are for them. */
  ephemeral?: { ports: number; peer: string; used: number };
  conntrack?: { used: number; limit: number };
  /** Since it was started, and within the second that was watched. */
  counters: { name: string; total: number; perSecond?: number }[];
}

export interface CertificateOnDisk {
  file: string;
  subject: string;
  issuer: string;
  names: string[];
  /** ISO 8601. */
  notBefore: string;
  notAfter: string;
  /** It may sign others. */
  authority: boolean;
}

export interface MachineReading {
  /** As in sre-agent.yaml. */
  name: string;
  /** Resources that configuration places on it by their address: `service/checkout`, `database/shop`. */
  runs: string[];
  facts?: Observed<MachineFacts>;
  sockets?: Observed<SocketFacts>;
  certificates?: Observed<CertificateOnDisk[]>;
  unread: Unread[];
}
