/** A process of its own, in a session of its own: waits for one change to be settled and takes it back when nobody does. Started before the change. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createIptables } from './iptables.ts';
import { withLock } from './lock.ts';
import type { ChangeRecord } from './records.ts';
import { armingMilliseconds, isOpen, openRecords } from './records.ts';
import { isDue, rollBack } from './rollback.ts';

const lookMilliseconds = 500;

const [stateDirectory = '', id = '', iptablesProgram = '', ip6tablesProgram = '', flock = ''] = process.argv.slice(2);
const records = openRecords(stateDirectory);
const iptables = createIptables({ programs: { iptables: iptablesProgram, ip6tables: ip6tablesProgram, flock }, stateDirectory });

async function guard(): Promise<void> {
  const record = await records.get(id);
  if (!record) throw new Error(`no record of ${id}`);
  let { deadline } = record;
  let until = latest(record);
  process.stdout.write('armed\n');
  for (;;) {
    const now = await records.get(id).catch(() => record);
    if (!now || !isOpen(now)) return;
    if (now.deadline !== deadline) {
      ({ deadline } = now);
      until = latest(now);
    }
    // Whichever comes first, so that a clock that is set back delays nothing.
    if (isDue(now, Date.now()) || performance.now() >= until) await takeBack().catch(() => undefined);
    await wait(lookMilliseconds);
  }
}

/** By this process's own clock. The other one may have been set back before we looked, or be wrong after a boot: no longer than what was approved. */
function latest({ deadline, state, request }: ChangeRecord): number {
  const longest = request.rollback_seconds * 1_000 + (state === 'armed' ? armingMilliseconds : 0);
  return performance.now() + Math.min(deadline - Date.now(), longest);
}

/** Whatever fails is tried again at the next look, for as long as it takes. */
async function takeBack(): Promise<void> {
  await withLock(flock, join(stateDirectory, 'changes.lock'), async () => {
    const record = await records.get(id);
    if (record && isOpen(record)) await rollBack(record, { iptables, records });
  });
}

await guard();
