/** The server as a whole: transaction ids, prepared transactions, replication, deadlocks, disk, temporary files. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { ServerReading } from '../database-readings.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import { databaseResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { isServiceUnwell } from '../service/health.ts';
import { count, duration, list } from '../words.ts';
import { blockersOf } from './blocking.ts';
import { usesRole } from './clients.ts';
import { coded, isPlain, quotesOf, saidOf, speakers } from './said.ts';

const gigabyte = 1_073_741_824;
const fewTransactionsLeft = { warning: 1_000_000_000, critical: 1_600_000_000 };
const longPreparedSeconds = 300;
const longSyncSeconds = 2;
const longLagSeconds = 60;
const manyTemporaryBytes = 100 * 1_048_576;
const smallMemoryBytes = 4 * 1_048_576;

type Look = (database: DatabaseReading, server: ServerReading, readings: Readings) => FindingBody[];

export const serverState: Rule = {
  id: 'server-state',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => [...(database.server === undefined ? [] : looks.flatMap((look) => look(database, database.server?.value as ServerReading, readings))), ...diskFull(database, readings)]),
};

const looks: readonly Look[] = [oldTransactions, preparedTransactions, synchronousStandby, replicationSlots, standbys, replay, deadlocks, temporaryFiles, waitingForRestart];

function oldTransactions(database: DatabaseReading, { transactionAge, freezeMaximumAge }: ServerReading): FindingBody[] {
  if (transactionAge < fewTransactionsLeft.warning) return [];
  const left = 2_147_483_648 - 3_000_000 - transactionAge;
  return [finding(database, {
    severity: transactionAge >= fewTransactionsLeft.critical ? 'critical' : 'warning',
    mechanism: 'transaction-ids-run-out',
    title: `The oldest transaction id of the server is ${count(transactionAge, 'transaction')} old`,
    explanation: `After ${count(Math.max(0, left), 'more transaction')} the server takes no writes until old rows are frozen. Autovacuum begins at ${freezeMaximumAge}, so something keeps it from finishing: a long or prepared transaction, a replication slot, a standby's feedback, or autovacuum switched off. Remove that first; then VACUUM the oldest tables.`,
    confidence: 0.95,
    quotes: quoteLine(database.server?.evidence, 'oldest transaction id'),
  })];
}

/** One that somebody waits for is described with those who wait. */
function preparedTransactions(database: DatabaseReading, { prepared }: ServerReading): FindingBody[] {
  const old = prepared.filter(({ seconds }) => seconds >= longPreparedSeconds);
  if (old.length === 0 || blockersOf(database.sessions?.value ?? []).some(({ pid }) => pid === 0)) return [];
  return [finding(database, {
    severity: 'warning', resource: `transaction/${database.name}/prepared`, mechanism: 'prepared-transaction-left',
    title: `${count(old.length, 'transaction')} of ${database.name} ${old.length === 1 ? 'has' : 'have'} been prepared for ${duration(Math.max(...old.map(({ seconds }) => seconds)))} and neither committed nor rolled back`,
    explanation: 'It holds its locks and keeps vacuum back without any session, over restarts too. Whether to COMMIT PREPARED or ROLLBACK PREPARED only the log of its coordinator says, so no change is proposed.',
    confidence: 0.9, quotes: quoteLine(database.server?.evidence, 'prepared transaction'),
  })];
}

function synchronousStandby(database: DatabaseReading, { synchronousStandbyNames: names, standbys: all, standby }: ServerReading): FindingBody[] {
  if (standby || names === '' || all.some(({ sync }) => sync === 'sync' || sync === 'quorum')) return [];
  const waiting = (database.sessions?.value ?? []).filter((session) => session.waitEvent === 'SyncRep' && session.stateSeconds >= longSyncSeconds);
  return [finding(database, {
    severity: waiting.length > 0 ? 'critical' : 'warning', resource: `setting/${database.name}/synchronous_standby_names`, mechanism: 'synchronous-standby-missing',
    title: `No standby that is connected is one of synchronous_standby_names (${names})${waiting.length > 0 ? `, and ${count(waiting.length, 'commit')} ${waiting.length === 1 ? 'waits' : 'wait'} for it` : ''}`,
    explanation: `Every commit waits for a standby of that name; reads go on, and no lock is involved. A session whose client is gone waits on. ${all.length > 0 ? `Connected: ${list(all.map(({ name, sync }) => `${name} (${sync})`))}. ` : 'No standby is connected. '}Bring the standby back, or set the name of a live one, as the rule for durability allows; no change is proposed.`,
    confidence: waiting.length > 0 ? 0.95 : 0.8, quotes: [...quoteLine(database.server?.evidence, 'synchronous_standby_names'), ...quoteLine(database.sessions?.evidence, 'SyncRep')],
  })];
}

function replicationSlots(database: DatabaseReading, { slots }: ServerReading): FindingBody[] {
  return slots.filter(({ active }) => !active).map((slot) => {
    const kept = slot.retainedBytes ?? 0;
    const bad = kept >= gigabyte || ['extended', 'unreserved', 'lost'].includes(slot.status ?? '') || (slot.xminAge ?? 0) > 100_000_000;
    return finding(database, {
      severity: bad ? 'warning' : 'info', resource: `slot/${database.name}/${slot.name}`, mechanism: 'replication-slot-inactive',
      title: `Nobody reads from replication slot ${slot.name}, for which ${Math.round(kept / 1_048_576)} MB of WAL are kept`,
      explanation: `WAL is kept until its consumer comes back, without an end, so the disk fills; ${slot.xminAge === null ? '' : 'old rows are kept for it as well; '}files in pg_wal must never be removed by hand. If its consumer is gone for good the slot can be dropped: that can't be undone, so ask its owner; no change is proposed.`,
      confidence: bad ? 0.85 : 0.6, quotes: quoteLine(database.server?.evidence, `replication slot ${slot.name}:`),
    });
  });
}

function standbys(database: DatabaseReading, { standbys: all }: ServerReading): FindingBody[] {
  return all.filter(({ lagSeconds, lagBytes }) => (lagSeconds ?? 0) >= longLagSeconds || (lagBytes ?? 0) >= gigabyte).map((one) => finding(database, {
    severity: 'warning', resource: `standby/${database.name}/${one.name}`, mechanism: 'replication-lag',
    title: `Standby ${one.name} is ${one.lagSeconds === null ? `${Math.round((one.lagBytes ?? 0) / 1_048_576)} MB` : duration(one.lagSeconds)} behind`,
    explanation: `It is ${one.state}. What reads from it sees old data. Look there whether replay is paused, a long query holds it up, or its disk can't keep pace; the primary is well.`,
    confidence: 0.85, quotes: quoteLine(database.server?.evidence, `standby ${one.name}:`),
  }));
}

function replay(database: DatabaseReading, { standby, replayPaused, replayDelaySeconds }: ServerReading): FindingBody[] {
  if (!standby || (!replayPaused && (replayDelaySeconds ?? 0) < longLagSeconds)) return [];
  return [finding(database, {
    severity: replayPaused ? 'critical' : 'warning', resource: databaseResource(database.name), mechanism: replayPaused ? 'replication-replay-paused' : 'replication-lag',
    title: replayPaused ? `Standby ${database.name} has its replay paused: what is read from it is old` : `Standby ${database.name} is ${duration(replayDelaySeconds ?? 0)} behind`,
    explanation: replayPaused ? 'Somebody paused it (pg_wal_replay_pause); it receives WAL and does not apply it. pg_wal_replay_resume() lets it go on. Promoting it would fork the data.' : 'It receives WAL faster than it applies it, or applies none: a long query on it, a slow disk, or nothing new to replay.',
    confidence: replayPaused ? 0.95 : 0.7, quotes: quoteLine(database.server?.evidence, 'standby; replay'),
  })];
}

function deadlocks(database: DatabaseReading, server: ServerReading, readings: Readings): FindingBody[] {
  const said = saidOf(database, readings, new RegExp(`deadlock detected|${coded('40P01')}`, 'i'));
  if (server.deadlocks === 0 && said.length === 0) return [];
  return [finding(database, {
    severity: server.deadlocks > 0 ? 'warning' : 'info', resource: databaseResource(database.name), mechanism: 'deadlocks',
    title: `Transactions of ${database.name} deadlock${server.deadlocks > 0 ? ` (${server.deadlocks} while we looked)` : ''}`,
    explanation: `PostgreSQL breaks each by ending one statement with 40P01${speakers(said).length > 0 ? `, as ${list(speakers(said))} shows` : ''}. Two programs lock the same rows in another order: that is mended there (one order, or a retry), not by a change here.`,
    confidence: 0.8, quotes: [...quoteLine(database.server?.evidence, 'deadlocks'), ...quotesOf(said)],
  })];
}

/** Sorts and joins that do not fit into memory, with a setting that leaves them less than the default. */
function temporaryFiles(database: DatabaseReading, { temporaryBytes }: ServerReading, readings: Readings): FindingBody[] {
  if (temporaryBytes < manyTemporaryBytes) return [];
  const small = (database.overrides?.value ?? []).filter(({ setting, value }) => setting === 'work_mem' && (toBytes(value) ?? smallMemoryBytes) < smallMemoryBytes)[0];
  const written = `${Math.round(temporaryBytes / 1_048_576)} MB of temporary files were written while we looked`;
  if (small === undefined) {
    return [finding(database, { severity: 'info', resource: databaseResource(database.name), mechanism: 'temporary-files', title: written, explanation: 'Sorts, hashes or joins of some statement do not fit into work_mem and go to disk. Look for the statement before giving every session more memory.', confidence: 0.6, quotes: quoteLine(database.server?.evidence, 'temporary files') })];
  }
  const role = small.role ?? undefined;
  const suffers = readings.services.some((service) => service.databases.includes(database.name) && isServiceUnwell(service) && (role === undefined || usesRole(service.name, role, database, readings) === 'yes'));
  return [finding(database, {
    severity: 'warning', resource: `setting/${database.name}/work_mem${role === undefined ? '' : `@${role}`}`, mechanism: 'setting-too-small',
    title: `work_mem is ${small.value} for ${role === undefined ? `the ${small.scope === 'system' ? 'server' : 'database'}` : `role ${role}`}, and ${written}`,
    explanation: `That is less than the default (${small.defaultValue ?? '4096 kB'}), so even small sorts and joins go to disk. ${suffers ? 'Without the setting new sessions have the default, and the server needs the memory for them.' : 'No service that it is for is seen to suffer, so no change is proposed: it may be meant, to spare memory.'}`,
    confidence: 0.8, quotes: [...quoteLine(database.overrides?.evidence, 'work_mem', small.value), ...quoteLine(database.server?.evidence, 'temporary files')],
    ...(suffers && (role === undefined || isPlain(role)) ? { remedy: { kind: 'postgres.alter_setting', target: database.name, scope: small.inDatabase === true ? 'role in database' : small.scope, ...(role === undefined ? {} : { role }), setting: 'work_mem', value: null } satisfies Action } : {}),
  })];
}

function waitingForRestart(database: DatabaseReading, { pendingRestart }: ServerReading): FindingBody[] {
  if (pendingRestart.length === 0) return [];
  return [finding(database, {
    severity: 'info', resource: databaseResource(database.name), mechanism: 'settings-wait-for-restart',
    title: `${list(pendingRestart.slice(0, 5))} ${pendingRestart.length === 1 ? 'was' : 'were'} changed and will count only after a restart`,
    explanation: 'The server works with the values from before. What the files say is not what is in force.', confidence: 0.9, quotes: quoteLine(database.server?.evidence, 'wait for a restart'),
  })];
}

function diskFull(database: DatabaseReading, readings: Readings): FindingBody[] {
  const said = saidOf(database, readings, new RegExp(`could not (?:extend|write(?: to)?|create) (?:temporary )?file [^\\n]{0,200}?No space left on device|${coded('53100')}`, 'i'));
  if (said.length === 0) return [];
  return [finding(database, {
    severity: 'critical', resource: databaseResource(database.name), mechanism: 'disk-full',
    title: `The disk of database ${database.name} is full`,
    explanation: 'Writes fail and reads go on. Find what fills it (pg_wal kept by a slot, temporary files, logs, files that are not the database\'s) and remove that, or grow the volume. Files under pg_wal and base are never removed by hand. No change is proposed.',
    confidence: 0.9, quotes: quotesOf(said),
  })];
}

function finding(database: DatabaseReading, body: Omit<FindingBody, 'resource'> & { resource?: string }): FindingBody {
  return { resource: databaseResource(database.name), ...body };
}

/** pg_settings counts it in kB; people write 64kB or 4MB. */
function toBytes(value: string): number | undefined {
  const match = /^\s*(\d+)\s*(kB|MB|GB)?\s*$/i.exec(value);
  if (match?.[1] === undefined) return undefined;
  return Number(match[1]) * ({ kb: 1024, mb: 1_048_576, gb: gigabyte }[(match[2] ?? 'kB').toLowerCase()] ?? 1024);
}
