/** CPU and memory of the machine, which every node of the playground is. */
import { cpus, freemem, totalmem } from 'node:os';

const shortestWindow = 1_000;

/** Each call measures since the last one that was long enough ago. */
export function machineUsage(): () => { at: string; windowMilliseconds: number; cpuNanocores: number; memoryBytes: number } | undefined {
  let before = busy();
  let known: { at: string; windowMilliseconds: number; cpuNanocores: number; memoryBytes: number } | undefined;
  return () => {
    const now = busy();
    const window = now.at - before.at;
    if (window < shortestWindow) return known;
    known = {
      at: new Date(now.at).toISOString().replace(/\.\d+Z$/, 'Z'), windowMilliseconds: window,
      cpuNanocores: Math.round(((now.milliseconds - before.milliseconds) / window) * 1e9), memoryBytes: totalmem() - freemem(),
    };
    before = now;
    return known;
  };
}

function busy(): { at: number; milliseconds: number } {
  return { at: Date.now(), milliseconds: cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) };
}
