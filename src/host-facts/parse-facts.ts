/** What programs and the kernel say of a host -> MachineFacts. Pure; what is not understood is left out. */
import type { Filesystem, MachineFacts, Pressure } from '../rules/machine-readings.ts';
import type { HostAnswer, Section } from './request.ts';
import { textOf } from './request.ts';
import { kernelMessages, memoryKills } from './parse-kernel.ts';

/** `asked` and `answered`: milliseconds since 1970 by our clock; both absent when the host is the one we run on. */
export interface AskedAt {
  asked: number;
  answered: number;
}

export function parseFacts({ at, sections }: HostAnswer, times?: AskedAt): MachineFacts {
  const kernel = kernelMessages(textOf(sections, 'journalctl ') ?? textOf(sections, 'dmesg ') ?? '');
  const kills = numberIn(textOf(sections, '/proc/vmstat'), /^oom_kill (\d+)$/m);
  const [one, five, fifteen] = numbers(textOf(sections, '/proc/loadavg'));
  const [uptime] = numbers(textOf(sections, '/proc/uptime'));
  const [files, , mostFiles] = numbers(textOf(sections, '/proc/sys/fs/file-nr'));
  const memory = parseMemory(textOf(sections, '/proc/meminfo') ?? '');
  const cpus = countIn(textOf(sections, '/sys/devices/system/cpu/online'));
  return {
    readAt: new Date(times?.answered ?? at).toISOString(),
    filesystems: parseFilesystems(sections),
    ...(memory && { memory }),
    ...(one !== undefined && five !== undefined && fifteen !== undefined && { load: { one, five, fifteen } }),
    ...(cpus !== undefined && { cpus }),
    ...(uptime !== undefined && { uptimeSeconds: uptime }),
    pressure: (['cpu', 'memory', 'io'] as const).flatMap((resource) => parsePressure(resource, textOf(sections, `/proc/pressure/${resource}`) ?? '')),
    memoryKills: memoryKills(kernel),
    ...(kills !== undefined && { memoryKillsSinceBoot: kills }),
    kernel,
    ...(files !== undefined && mostFiles !== undefined && { openFiles: { used: files, limit: mostFiles } }),
    clock: parseClock(sections, at, times),
    failedUnits: parseUnits(textOf(sections, 'systemctl ') ?? ''),
    processes: parseProcesses(textOf(sections, 'ps ') ?? ''),
  };
}

/** File systems that are full by their nature, or hold nothing that is kept. */
const notCounted = new Set(['squashfs', 'iso9660', 'devtmpfs', 'efivarfs', 'overlay', 'nsfs', 'erofs']);

export function parseFilesystems(sections: readonly Section[]): Filesystem[] {
  const inodes = new Map(rowsOf(textOf(sections, 'df -P -T -l -i')).map(({ used, mount }) => [mount, used]));
  return rowsOf(textOf(sections, 'df -P -T -l')).flatMap(({ device, type, blocks, available, used, mount }): Filesystem[] => {
    if (notCounted.has(type) || used === null) return [];
    return [{ mount, device, type, bytes: blocks * 1024, availableBytes: available * 1024, used, inodesUsed: inodes.get(mount) ?? null }];
  });
}

function rowsOf(text: string | undefined): { device: string; type: string; blocks: number; available: number; used: number | null; mount: string }[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [, device, type, blocks, available, used, mount] = /^(\S.*?)\s+(\S+)\s+(\d+|-)\s+(?:\d+|-)\s+(-?\d+|-)\s+(?:(\d+)%|-)\s+(\/.*)$/.exec(line) ?? [];
    if (device === undefined || type === undefined || mount === undefined) return [];
    return [{ device, type, blocks: Number(blocks), available: Number(available), used: used === undefined ? null : Number(used), mount }];
  });
}

function parseMemory(text: string): MachineFacts['memory'] {
  const kilobytes = (name: string): number | undefined => numberIn(text, new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'));
  const [total, available] = [kilobytes('MemTotal'), kilobytes('MemAvailable')];
  if (total === undefined || available === undefined) return undefined;
  return { bytes: total * 1024, availableBytes: available * 1024, swapBytes: (kilobytes('SwapTotal') ?? 0) * 1024, swapFreeBytes: (kilobytes('SwapFree') ?? 0) * 1024 };
}

function parsePressure(resource: Pressure['resource'], text: string): Pressure[] {
  const some = numberIn(text, /^some .*\bavg60=([\d.]+)/m);
  return some === undefined ? [] : [{ resource, some, full: numberIn(text, /^full .*\bavg60=([\d.]+)/m) ?? 0 }];
}

/** The host's clock against ours: it read it between the question and the answer. And what its time daemon says. */
function parseClock(sections: readonly Section[], at: number, times: AskedAt | undefined): MachineFacts['clock'] {
  const chrony = textOf(sections, 'chronyc ');
  const system = textOf(sections, 'timedatectl ');
  const leap = /^Leap status\s*:\s*(.+)$/m.exec(chrony ?? '')?.[1];
  const offset = /^System time\s*:\s*(.+)$/m.exec(chrony ?? '')?.[1];
  const synchronised = leap === undefined ? /^NTPSynchronized=(yes|no)$/m.exec(system ?? '')?.[1] : /not synchronised/i.test(leap) ? 'no' : 'yes';
  return {
    ...(times && { ahead: Math.round(at > times.answered ? at - times.answered : Math.min(0, at - times.asked)) }),
    ...(synchronised !== undefined && { synchronised: synchronised === 'yes' }),
    ...(offset !== undefined && { says: `system time ${offset.slice(0, 100)}` }),
  };
}

function parseUnits(text: string): MachineFacts['failedUnits'] {
  return text.split('\n').flatMap((line) => {
    const [, name, description] = /^\s*(?:[●*x]\s+)?(\S+\.(?:service|socket|mount|automount|timer|target|swap|path|slice|scope|device))\s+\S+\s+failed\s+\S+\s+(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, description: (description ?? '').trim() }];
  });
}

function parseProcesses(text: string): MachineFacts['processes'] {
  return text.split('\n').flatMap((line) => {
    const [, pid, state, cpu, kilobytes, name] = /^\s*(\d+)\s+(\S+)\s+([\d.]+)\s+(\d+)\s+(.+?)\s*$/.exec(line) ?? [];
    return pid === undefined || state === undefined || name === undefined ? [] : [{ pid: Number(pid), state, cpu: Number(cpu), bytes: Number(kilobytes) * 1024, name }];
  });
}

/** `0-3,6`: five. */
function countIn(ranges: string | undefined): number | undefined {
  const parts = (ranges ?? '').trim().split(',').map((part) => /^(\d+)(?:-(\d+))?$/.exec(part));
  const counted = parts.reduce((sum, part) => sum + (part ? Number(part[2] ?? part[1]) - Number(part[1]) + 1 : 0), 0);
  return counted > 0 ? counted : undefined;
}

function numbers(text: string | undefined): number[] {
  return (text ?? '').trim().split(/\s+/).map(Number).filter((number) => Number.isFinite(number) && text !== undefined && text.trim() !== '');
}

function numberIn(text: string | undefined, pattern: RegExp): number | undefined {
  const found = pattern.exec(text ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}
