/** iptables on this host. Every call is its own lock holder, so that one whose caller died is waited for before anybody looks again. */
import { join } from 'node:path';
import type { Family } from '../packet-filter/network.ts';
import { programOf } from '../packet-filter/render.ts';
import type { Table } from '../packet-filter/table.ts';
import { parseTable } from '../packet-filter/table.ts';
import { minimalEnvironment } from '../process/environment.ts';
import { runProcess } from '../process/run.ts';
import type { HostPrograms } from './environment.ts';

export interface Iptables {
  /** Throws when it can't be read. */
  list(family: Family): Promise<Table>;
  /** `argv` comes from planOf. Throws with what iptables said. */
  write(family: Family, argv: readonly string[]): Promise<void>;
}

const secondsForOne = 20;
/** Said by flock; iptables has no such exit code. */
const busy = 75;

export function createIptables({ programs, stateDirectory }: { programs: HostPrograms; stateDirectory: string }): Iptables {
  const lock = join(stateDirectory, 'iptables.lock');

  async function run(family: Family, argv: readonly string[]): Promise<string> {
    const result = await runProcess({
      file: programs.flock,
      argv: ['--exclusive', '--no-fork', '--timeout', String(secondsForOne), '--conflict-exit-code', String(busy), lock, programs[programOf(family)], ...argv],
      environment: minimalEnvironment(stateDirectory),
      timeoutMilliseconds: 2 * secondsForOne * 1_000,
      maxBytes: 8 * 1024 * 1024,
    });
    if (result.exitCode === busy) throw new Error(`another call of iptables did not end within ${secondsForOne} s`);
    if (result.exitCode !== 0) throw new Error(`${programOf(family)} ended with ${result.exitCode ?? result.signal}: ${result.stderr.trim().slice(0, 500) || 'it said nothing'}`);
    if (result.truncated) throw new Error('the listing of the rules is too long');
    return result.stdout;
  }

  return {
    list: async (family) => parseTable(await run(family, ['-w', '5', '-t', 'filter', '-S', '-v']), family),
    write: async (family, argv) => void (await run(family, argv)),
  };
}
