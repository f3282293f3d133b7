/** `sre-agent audit`: is the timeline what it was, and all of it as JSON lines. */
import { parseArgs } from 'node:util';
import { exportAudit } from '../audit/export.ts';
import { openExport } from '../audit/export-file.ts';
import { storeSource } from '../audit/source.ts';
import { verifyAudit } from '../audit/verify.ts';
import type { Verdict } from '../audit/verify.ts';
import type { Store } from '../incident/store.ts';
import type { Command, Surroundings } from './command.ts';
import { UsageError } from './command.ts';
import { withStore } from './with-store.ts';

export const auditCommand: Command = {
  name: 'audit',
  summary: 'verifies, anchors and exports the timeline of every incident',
  usage: [
    'audit verify [INC-12] [--anchor DIGEST]     recomputes every chain; exit code 1 when one is broken',
    'audit verify --file FILE [--anchor DIGEST]  the same for an export, without a database',
    'audit export [--incident INC-12] [--since 2026-01-31]',
    'audit anchor                                binds everything now; the gateway posts it',
  ],
  run([word, ...rest], surroundings) {
    if (word === 'verify') return verify(rest, surroundings);
    if (word === 'export') return exportLines(rest, surroundings);
    if (word === 'anchor') return anchor(rest, surroundings);
    throw new UsageError(word === undefined ? 'Say what to do with the audit.' : `sre-agent audit has no ${word}.`);
  },
};

async function verify(words: readonly string[], { variables, print }: Surroundings): Promise<number> {
  const { values, positionals } = parse(words, { anchor: { type: 'string' }, file: { type: 'string' } }, 1);
  const digest = values['anchor']?.trim().toLowerCase();
  if (digest !== undefined && !/^[0-9a-f]{64}$/.test(digest)) throw new UsageError('--anchor takes the whole digest as it was posted: 64 letters and digits.');
  const [incident] = positionals;
  if (values['file'] !== undefined && incident !== undefined) throw new UsageError('With --file everything in it is verified; leave the incident out.');
  const verdict = values['file'] !== undefined ? await verifyAudit(openExport(values['file']), digest) : await withStore(variables, (store) => verifyStore(store, incident, digest));
  for (const line of wordsOf(verdict)) print(line);
  return verdict.problems.length === 0 ? 0 : 1;
}

async function verifyStore(store: Store, incident: string | undefined, digest: string | undefined): Promise<Verdict> {
  const only = incident?.toUpperCase();
  if (only !== undefined && !(await store.audit.incidents()).includes(only)) throw new UsageError(`There is no incident ${only}.`);
  return verifyAudit(storeSource(store, only), digest);
}

async function exportLines(words: readonly string[], { variables, print }: Surroundings): Promise<number> {
  const { values } = parse(words, { incident: { type: 'string' }, since: { type: 'string' } }, 0);
  const since = values['since'] === undefined ? undefined : new Date(values['since']);
  if (since !== undefined && Number.isNaN(since.getTime())) throw new UsageError('--since takes a date or time: 2026-01-31 or 2026-01-31T03:00:00Z.');
  await withStore(variables, async (store) => {
    const incident = values['incident']?.toUpperCase();
    if (incident !== undefined && !(await store.audit.incidents()).includes(incident)) throw new UsageError(`There is no incident ${incident}.`);
    for await (const line of exportAudit(store, { incident, since: since?.toISOString() }, new Date())) print(JSON.stringify(line));
  });
  return 0;
}

async function anchor(words: readonly string[], { variables, print }: Surroundings): Promise<number> {
  parse(words, {}, 0);
  const taken = await withStore(variables, (store) => store.audit.anchor());
  print(`Anchor ${taken?.number ?? '?'} of ${taken?.at ?? '?'}: ${taken?.hash ?? '?'}`);
  print('Keep it where nobody who can write to this database can write; the gateway posts it to channels.audit.');
  return 0;
}

function wordsOf({ problems, incidents, events, anchors }: Verdict): string[] {
  const size = `${incidents.toLocaleString('en-US')} incidents, ${events.toLocaleString('en-US')} events, ${anchors.length.toLocaleString('en-US')} anchors`;
  if (problems.length > 0) return [`Broken: ${problems[0]}`, ...problems.slice(1).map((problem) => `also: ${problem}`), `Looked at ${size}. Compare with an export or a backup made before.`];
  const last = anchors.at(-1);
  return [`Whole: ${size}.`, last ? `Newest anchor: ${last.hash} of ${last.at}` : 'No anchor yet: what is rewritten consistently is found only from the first one on (sre-agent audit anchor).'];
}

function parse(words: readonly string[], options: Record<string, { type: 'string' }>, mostPositionals: number): { values: Record<string, string | undefined>; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: mostPositionals > 0 });
    if (positionals.length > mostPositionals) throw new TypeError(`too many words: ${positionals.join(' ')}`);
    return { values: values as Record<string, string | undefined>, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
