/** Who waits for a table's metadata lock, and for whom. The server shows only that somebody waits, so it is concluded, and left open where it is not certain. */
import type { Process } from './processes.ts';

export const metadataWait = /^Waiting for (?:table|schema|stored \w+|trigger|event) metadata lock/i;

const changesTable = /^\s*(?:alter|drop|truncate|rename|create|optimize|repair|lock|flush)\b/i;

/**
 * The same list; what waits for a metadata lock is blocked by whoever must hold it. The first that waits (a change of the table) waits for
 * the one transaction that was open before; those after it wait for the first. With two such transactions, or a statement that
 * runs for as long, it could be either: then nobody is named.
 */
export function withMetadataWaits(all: readonly Process[], own: number): Process[] {
  const waiting = all.filter((one) => metadataWait.test(one.state)).sort((left, right) => right.seconds - left.seconds || left.id - right.id);
  // Times are in whole seconds: of those that began to wait in the same one, readers wait for the change, not it for them.
  const first = waiting.find((one) => changesTable.test(one.query)) ?? waiting[0];
  if (first === undefined) return [...all];
  const holders = all.filter((one) => one.id !== own && !waiting.includes(one) && sameDatabase(one, first) && ((one.transaction !== null && one.transaction.seconds >= first.seconds) || (one.transaction === null && one.command === 'Query' && one.seconds >= first.seconds)));
  const [holder] = holders;
  return all.map((one) => {
    if (!waiting.includes(one) || one.blockedBy.length > 0) return one;
    if (one !== first) return { ...one, blockedBy: [first.id] };
    return holders.length === 1 && holder !== undefined && holder.transaction !== null ? { ...one, blockedBy: [holder.id] } : one;
  });
}

function sameDatabase(left: Process, right: Process): boolean {
  return left.database === null || right.database === null || left.database.toLowerCase() === right.database.toLowerCase();
}
