/** What was read of a host, as people and models read it: each fact one line that can be quoted. Pure. */
import type { CertificateOnDisk, MachineFacts, SocketFacts } from '../rules/machine-readings.ts';
import { groupLines } from '../tools/group-lines.ts';

const mostProcesses = 8;
const mostListeners = 40;
const mostKernelLines = 60;

export function factsText(facts: MachineFacts): string {
  const { memory, load, openFiles, cpus } = facts;
  return [
    ...facts.filesystems.map(({ mount, device, type, bytes, availableBytes, used, inodesUsed }) => `disk ${mount} (${device}, ${type}): ${used} % of ${size(bytes)} used, ${size(availableBytes)} left; inodes ${inodesUsed === null ? 'without a limit' : `${inodesUsed} % used`}`),
    ...(memory ? [`memory: ${size(memory.availableBytes)} of ${size(memory.bytes)} available; swap: ${memory.swapBytes === 0 ? 'none' : `${size(memory.swapBytes - memory.swapFreeBytes)} of ${size(memory.swapBytes)} used`}`] : []),
    ...(load ? [`load: ${load.one} ${load.five} ${load.fifteen}${cpus === undefined ? '' : ` on ${cpus} CPUs`}`] : []),
    ...(facts.uptimeSeconds === undefined ? [] : [`up for ${duration(facts.uptimeSeconds)}`]),
    ...facts.pressure.map(({ resource, some, full }) => `pressure ${resource}, last minute: some work waited ${some} % of the time, all of it ${full} %`),
    ...(openFiles ? [`open files: ${openFiles.used} of ${openFiles.limit}`] : []),
    ...clockLines(facts),
    ...(facts.memoryKillsSinceBoot === undefined ? [] : [`out-of-memory kills since it was started: ${facts.memoryKillsSinceBoot}`]),
    ...facts.failedUnits.map(({ name, description }) => `unit failed: ${name} (${description})`),
    ...processLines(facts),
    ...kernelLines(facts),
  ].join('\n');
}

function clockLines({ clock: { ahead, against, synchronised, says } }: MachineFacts): string[] {
  return [
    ...(ahead === undefined ? [] : [ahead === 0 ? `clock: as ${against ?? 'ours'}` : `clock: at least ${Math.abs(ahead)} ms ${ahead > 0 ? 'ahead of' : 'behind'} ${against ?? 'ours'}`]),
    ...(synchronised === undefined ? [] : [`clock: ${synchronised ? 'synchronised' : 'NOT synchronised'}, says its time daemon${says === undefined ? '' : `; ${says}`}`]),
  ];
}

function processLines({ processes }: MachineFacts): string[] {
  if (processes.length === 0) return [];
  const stuck = processes.filter(({ state }) => state.startsWith('D'));
  const dead = processes.filter(({ state }) => state.startsWith('Z'));
  const show = ({ name, pid, cpu, bytes }: MachineFacts['processes'][number]): string => `${name} (${pid}): ${size(bytes)}, ${cpu} % CPU`;
  return [
    `processes: ${processes.length}; ${stuck.length} wait for a disk or network file system${stuck.length === 0 ? '' : ` (${stuck.slice(0, 5).map(({ name }) => name).join(', ')})`}; ${dead.length} ended and were not collected`,
    `largest: ${processes.toSorted((left, right) => right.bytes - left.bytes).slice(0, mostProcesses).map(show).join('; ')}`,
    `busiest: ${processes.toSorted((left, right) => right.cpu - left.cpu).slice(0, mostProcesses).filter(({ cpu }) => cpu > 0).map(show).join('; ') || 'none'}`,
  ];
}

function kernelLines({ kernel }: MachineFacts): string[] {
  if (kernel.length === 0) return [];
  const lines = kernel.slice(-1_000).map(({ at, text }) => `${at} ${text}`.trim());
  return ['warnings and errors of the kernel:', ...groupLines(lines.join('\n')).split('\n').slice(-mostKernelLines).map((line) => `  ${line}`)];
}

export function socketsText({ states, listeners, peers, ports, ephemeral, conntrack, counters }: SocketFacts): string {
  const waiting = listeners.filter((one) => one.waiting > 0).sort((left, right) => right.waiting - left.waiting);
  return [
    `TCP sockets by state: ${Object.entries(states).map(([state, count]) => `${state} ${count}`).join(', ') || 'none'}`,
    ...waiting.slice(0, mostListeners).map(({ address, port, waiting: queued, limit }) => `listens on ${address}:${port}: ${queued}${limit === undefined ? '' : ` of ${limit}`} connections wait to be accepted${isFull({ waiting: queued, limit }) ? ' (FULL: new ones are dropped)' : ''}`),
    ...(waiting.length > mostListeners ? [`(${waiting.length - mostListeners} more listeners with connections that wait)`] : []),
    ...idleLine(listeners.filter((one) => one.waiting === 0)),
    ...ports.map(({ port, count, states: of }) => `connections to own port ${port}: ${count} (${Object.entries(of).map(([state, number]) => `${state} ${number}`).join(', ')})`),
    ...peers.slice(0, 15).map(({ peer, state, count }) => `peer ${peer}: ${count} ${state}`),
    ...(ephemeral ? [`outgoing ports: ${ephemeral.used} of ${ephemeral.ports} used towards ${ephemeral.peer}`] : []),
    ...(conntrack ? [`connection tracking: ${conntrack.used} of ${conntrack.limit} entries used`] : []),
    ...counters.filter(({ total }) => total > 0).map(({ name, total, perSecond }) => `counter ${name}: ${total} since it was started${perSecond === undefined ? '' : `, ${perSecond} in the last second`}`),
  ].join('\n');
}

/** The kernel holds one more than the limit. */
function isFull({ waiting, limit }: { waiting: number; limit?: number | undefined }): boolean {
  return limit !== undefined && limit > 0 && waiting >= limit;
}

function idleLine(idle: SocketFacts['listeners']): string[] {
  if (idle.length === 0) return [];
  const byPort = new Map<number, string[]>();
  for (const { address, port } of idle) byPort.set(port, [...(byPort.get(port) ?? []), address]);
  const ports = [...byPort].sort(([left], [right]) => left - right).map(([port, addresses]) => (addresses.length > 2 ? `${port} (${addresses.length} addresses)` : addresses.map((address) => `${address}:${port}`).join(', ')));
  return [`listens, and nobody waits: ${ports.slice(0, 100).join(', ')}${ports.length > 100 ? ` and ${ports.length - 100} more ports` : ''}`];
}

/** `now`: ISO 8601. */
export function certificatesText(certificates: readonly CertificateOnDisk[], now: string): string {
  if (certificates.length === 0) return 'No certificate was found.';
  return certificates.map(({ file, subject, issuer, names, notBefore, notAfter }) => {
    const left = Date.parse(notAfter) - Date.parse(now);
    const days = Math.trunc(Math.abs(left) / 86_400_000);
    const state = notBefore > now ? `NOT YET VALID, from ${notBefore}` : left < 0 ? `EXPIRED ${days} days ago` : `${days} days left`;
    return `${file}: expires ${notAfter} (${state}); subject ${subject}; names ${names.join(', ') || 'none'}; issued by ${issuer}`;
  }).join('\n');
}

export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function duration(seconds: number): string {
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
