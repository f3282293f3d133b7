/** The kernel's log, as journalctl (short-iso) or dmesg (iso) print it. Pure. */
import type { KernelMessage, MemoryKill } from '../rules/machine-readings.ts';

export function kernelMessages(text: string): KernelMessage[] {
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '' || line.startsWith('-- ')) return [];
    const [, stamp, rest = line] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d))\s+(.*)$/.exec(line) ?? [];
    // journalctl: host and `kernel:` come first.
    return [{ at: stamp === undefined ? '' : isoOf(stamp), text: rest.replace(/^\S+ kernel: /, '').trim() }];
  });
}

export function memoryKills(messages: readonly KernelMessage[]): MemoryKill[] {
  return messages.flatMap((message) => {
    const [, group, pid, process] = /^(?:\[[^\]]*\]\s*)?(Memory cgroup out of memory|Out of memory)[^:]*: Kill(?:ed)? process (\d+) \(([^)]*)\)/.exec(message.text) ?? [];
    return pid === undefined ? [] : [{ ...message, pid: Number(pid), process: process ?? '', ofGroup: group === 'Memory cgroup out of memory' }];
  });
}

function isoOf(stamp: string): string {
  const parsed = new Date(stamp.replace(',', '.').replace(/(\.\d{3})\d+/, '$1').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(parsed.getTime()) ? '' : parsed.toISOString();
}
