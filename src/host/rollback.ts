/** The way back: due at the deadline unless confirmed, and only the exact inverse of what was done. */
import { standing } from '../packet-filter/plan.ts';
import type { Iptables } from './iptables.ts';
import type { ChangeRecord, Records } from './records.ts';
import { isOpen } from './records.ts';

/** Who calls holds the lock of the changes. Returns the record as it is afterwards. Throws when iptables fails: try again. */
export async function rollBack(record: ChangeRecord, { iptables, records }: { iptables: Iptables; records: Records }): Promise<ChangeRecord> {
  const ends = (state: ChangeRecord['state'], note: string): Promise<ChangeRecord> => settle(records, record, state, note);
  // Before iptables is called the record says `applying`: an armed one wrote nothing, so a rule like it is somebody else's.
  if (record.state === 'armed') return ends('not_applied', 'it ended before it ran');
  switch (standing(record.request, record, await rulesNow(record, iptables))) {
    case 'as before':
      return ends(record.state === 'applied' ? 'rolled_back' : 'not_applied', record.state === 'applied' ? 'it was taken back by somebody else before its deadline' : 'it ended before it ran');
    case 'moved':
      return ends('left_alone', `${record.request.chain} is not as this change left it, so nothing was taken back: a person must look`);
    case 'in place':
      await iptables.write(record.request.family, record.undo);
      return standing(record.request, record, await rulesNow(record, iptables)) === 'as before'
        ? ends('rolled_back', 'it was not confirmed in time and was taken back')
        : ends('left_alone', `it was taken back, but ${record.request.chain} is not as it was before: a person must look`);
  }
}

export function isDue(record: ChangeRecord, now: number): boolean {
  return isOpen(record) && now >= record.deadline;
}

export async function settle(records: Records, record: ChangeRecord, state: ChangeRecord['state'], note: string): Promise<ChangeRecord> {
  const settled = { ...record, state, note, at: Date.now() };
  await records.put(settled);
  return settled;
}

export async function rulesNow({ request }: ChangeRecord, iptables: Iptables): Promise<string[]> {
  const table = await iptables.list(request.family);
  return table.chains.find(({ name }) => name === request.chain)?.rules.map(({ text }) => text) ?? [];
}
