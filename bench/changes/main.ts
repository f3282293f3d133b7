/**
 * Every kind of change through every fault, on real systems: npm run bench:changes [-- part-of-a-kind's-name ...].
 * Writes docs/changes-under-faults.md when all kinds were asked for. Ends with 1 when a command ran twice.
 */
import { writeFileSync } from 'node:fs';
import { kinds } from '../../src/changes/actions/kinds.ts';
import type { Fault, Outcome } from '../../test/support/faults/cell.ts';
import { faults, runCell } from '../../test/support/faults/cell.ts';
import { openClusterWorlds } from '../../test/support/faults/cluster-worlds.ts';
import { hostWorlds } from '../../test/support/faults/host-worlds.ts';
import { httpWorlds } from '../../test/support/faults/http-worlds.ts';
import { postgresWorlds } from '../../test/support/faults/postgres-worlds.ts';
import type { OpenWorld } from '../../test/support/faults/world.ts';
import { setup } from '../../test/support/postgres-server.ts';
import { tableOf } from './table.ts';

const asked = process.argv.slice(2);
const wanted = (kind: string): boolean => asked.length === 0 || asked.some((word) => kind.includes(word));
const stopServer = await setup({ provide: (name: string, value: string) => { process.env[name === 'postgresUrl' ? 'TEST_POSTGRES_URL' : 'TEST_MIGRATED_DATABASE'] = value; } });
const cluster = Object.keys(kinds).some((kind) => kind.startsWith('kubectl.') && wanted(kind)) ? await openClusterWorlds() : undefined;
const worlds: Record<string, OpenWorld> = { ...httpWorlds, ...hostWorlds, ...postgresWorlds, ...cluster?.worlds };
const results = new Map<string, Map<Fault, Outcome | Error>>();
try {
  for (const kind of Object.keys(kinds).filter(wanted)) {
    const open = worlds[kind];
    if (!open) continue;
    const row = new Map<Fault, Outcome | Error>();
    results.set(kind, row);
    for (const fault of faults.filter((one) => process.env['FAULT'] === undefined || one === process.env['FAULT'])) {
      const outcome = await Promise.race([runCell(open, fault), tooLong()]).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
      row.set(fault, outcome);
      process.stdout.write(`${kind} | ${fault} | ${outcome instanceof Error ? `ERROR ${outcome.message}` : `${outcome.state} ${outcome.runs} | ${outcome.reason}`}\n`);
    }
  }
} finally {
  await cluster?.close();
  await stopServer();
}
function tooLong(): Promise<never> {
  return new Promise((_resolve, reject) => { setTimeout(() => reject(new Error('it took longer than three minutes')), 180_000).unref(); });
}

const { text, twice, errors } = tableOf(Object.keys(kinds).filter(wanted), results);
if (asked.length === 0) writeFileSync(new URL('../../docs/changes-under-faults.md', import.meta.url), text);
else process.stdout.write(text);
process.exit(twice + errors > 0 ? 1 : 0);
