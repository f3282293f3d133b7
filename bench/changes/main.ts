/**
 * Kinds of changes through faults, on real systems: npm run bench:changes [-- part-of-a-kind's-name ...], one fault alone with FAULT.
 * Each row goes into docs/changes-under-faults.md as soon as it is measured; the other rows stay. Ends with 1 when a command ran twice.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { kinds } from '../../src/changes/actions/kinds.ts';
import type { Outcome } from '../../test/support/faults/cell.ts';
import { faults, runCell } from '../../test/support/faults/cell.ts';
import { openWorlds } from '../../test/support/faults/worlds.ts';
import { setup } from '../../test/support/postgres-server.ts';
import { cellWords, merge, parseTable, report } from './table.ts';

const file = new URL('../../docs/changes-under-faults.md', import.meta.url);
const all = Object.keys(kinds);
const asked = process.argv.slice(2);
// A kind's whole name means that one alone.
const wanted = all.filter((kind) => asked.length === 0 || asked.some((word) => (all.includes(word) ? kind === word : kind.includes(word))));
const chosen = faults.filter((one) => process.env['FAULT'] === undefined || one === process.env['FAULT']);
if (wanted.length === 0 || chosen.length === 0) throw new Error(`There is no kind or fault of that name. Faults: ${faults.join(', ')}.`);

const stopServer = await setup({ provide: (name: string, value: string) => { process.env[name === 'postgresUrl' ? 'TEST_POSTGRES_URL' : 'TEST_MIGRATED_DATABASE'] = value; } });
const { worlds, close } = await openWorlds(wanted);
let bad = 0;
try {
  for (const kind of wanted) {
    const open = worlds[kind];
    if (!open) continue;
    const row = new Map<(typeof faults)[number], string>();
    for (const fault of chosen) {
      const outcome: Outcome | Error = await Promise.race([runCell(open, fault), tooLong()]).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
      row.set(fault, cellWords(outcome));
      if (outcome instanceof Error || outcome.runs > 1) bad += 1;
      process.stdout.write(`${kind} | ${fault} | ${outcome instanceof Error ? `ERROR ${outcome.message}` : `${outcome.state} ${outcome.runs} | ${outcome.reason}`}\n`);
    }
    // Read right before, so that two runs of different kinds lose nothing of each other.
    writeFileSync(file, report(all, merge(parseTable(readFileSync(file, 'utf8')), kind, row, new Date().toISOString().slice(0, 10))));
  }
} finally {
  await close();
  await stopServer();
}
process.exit(bad > 0 ? 1 : 0);

function tooLong(): Promise<never> {
  return new Promise((_resolve, reject) => { setTimeout(() => reject(new Error('it took longer than three minutes')), 180_000).unref(); });
}
