import { median } from '../../rules/words.ts';

const spinMilliseconds = 10;
const apartMilliseconds = 250;
const mostSpins = 12;

/**
 * Whether the machine that looks is itself short of CPU: a little work is timed now and then, and the time it took is
 * compared with the CPU time it was given. What we measure of others is stretched in the same way.
 */
export function watchSlowdown(): { stop(): void; value(): number } {
  const ratios: number[] = [];
  const spin = (): void => {
    const before = process.cpuUsage();
    const started = performance.now();
    while (performance.now() - started < spinMilliseconds) Math.sqrt(started);
    const wall = performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    ratios.push(Math.max(1, (wall * 1000) / Math.max(1, user + system)));
    if (ratios.length >= mostSpins) clearInterval(timer);
  };
  const timer = setInterval(spin, apartMilliseconds);
  timer.unref();
  return {
    stop: () => clearInterval(timer),
    value: () => median(ratios) ?? 1,
  };
}
