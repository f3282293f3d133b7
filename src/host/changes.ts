/** Changes of this host's packet filter: the way back is guarded first, then the rule is written, and only confirmation makes it lasting. */
import { join } from 'node:path';
import type { ChangeAnswer, ChangeRequest } from '../packet-filter/agent-api.ts';
import type { Lifelines } from '../packet-filter/dangers.ts';
import { refuseDanger } from '../packet-filter/dangers.ts';
import type { Plan } from '../packet-filter/plan.ts';
import { planOf, standing } from '../packet-filter/plan.ts';
import { typed } from '../packet-filter/render.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Iptables } from './iptables.ts';
import { withLock } from './lock.ts';
import type { ChangeRecord, Records } from './records.ts';
import { armingMilliseconds, isOpen } from './records.ts';
import { isDue, rollBack, rulesNow, settle } from './rollback.ts';

export interface HostChanges {
  /** Throws ChangeRefusedError or PlanError: nothing was changed. The same request again is answered with how it stands. */
  apply(request: ChangeRequest, lifelines: Lifelines): Promise<ChangeAnswer>;
  get(id: string): Promise<ChangeAnswer | undefined>;
  /** Throws ChangeRefusedError unless it is applied and not taken back. */
  confirm(id: string): Promise<ChangeAnswer>;
  undo(id: string, command: string): Promise<ChangeAnswer>;
  /** At start: takes back what is overdue, guards what is not, forgets what is long over. */
  recover(): Promise<void>;
  /** Every few seconds: takes back what is overdue, should the process that guards it be gone. */
  sweep(): Promise<void>;
}

export interface ChangesParts {
  stateDirectory: string;
  flock: string;
  iptables: Iptables;
  records: Records;
  /** Resolves once the process that takes it back is up. */
  guard(id: string): Promise<void>;
  log: Pick<Logger, 'info' | 'warn'>;
}

/** Nothing was changed. `status` is that of HTTP. */
export class ChangeRefusedError extends Error {
  readonly code = 'refused';
  override readonly name = 'ChangeRefusedError';

  constructor(
    readonly status: 404 | 409 | 412 | 422,
    message: string,
  ) {
    super(message);
  }
}

const keepMilliseconds = 30 * 24 * 3_600_000;

export function createHostChanges({ stateDirectory, flock, iptables, records, guard, log }: ChangesParts): HostChanges {
  const locked = <T>(work: () => Promise<T>): Promise<T> => withLock(flock, join(stateDirectory, 'changes.lock'), work);

  async function answer(record: ChangeRecord): Promise<ChangeAnswer> {
    const now = await rulesNow(record, iptables);
    return { id: record.request.id, state: record.state, note: record.note, standing: standing(record.request, record, now), before: record.before, after: record.after, now };
  }

  async function existing(id: string): Promise<ChangeRecord> {
    const record = await records.get(id);
    if (!record) throw new ChangeRefusedError(404, `This host knows no change ${id}.`);
    return record;
  }

  async function apply(request: ChangeRequest, lifelines: Lifelines): Promise<ChangeAnswer> {
    const known = await records.get(request.id);
    if (known) {
      if (JSON.stringify(known.request) !== JSON.stringify(request)) throw new ChangeRefusedError(409, `${request.id} was another change.`);
      return answer(known);
    }
    const plan = await planNow(request, lifelines);
    if (request.dry_run) return { id: request.id, state: 'not_applied', note: 'a dry run', standing: 'as before', before: plan.before, after: plan.after, now: plan.before };
    const waiting = (await records.all()).find(isOpen);
    if (waiting) throw new ChangeRefusedError(409, `${waiting.request.id} is not confirmed yet: one change at a time on a host.`);
    const armed = await arm(request, plan);
    return answer(await write(armed));
  }

  async function planNow(request: ChangeRequest, lifelines: Lifelines): Promise<Plan> {
    const table = await iptables.list(request.family);
    if (table.hash !== request.hash) throw new ChangeRefusedError(412, 'The rules are not those that this was worked out on.');
    const plan = planOf(request, table);
    refuseDanger(request, lifelines);
    const [command, undo] = [typed(request.family, plan.command), typed(request.family, plan.undo)];
    if (command !== request.command || undo !== request.undo) throw new ChangeRefusedError(422, `This host would run ${command} and take it back by ${undo}, which is not what was approved.`);
    return plan;
  }

  /** Afterwards the way back is on disk and a process of its own waits to take it. */
  async function arm(request: ChangeRequest, { command, undo, rule, before, after }: Plan): Promise<ChangeRecord> {
    const at = Date.now();
    const record: ChangeRecord = { request, command, undo, rule, before, after, state: 'armed', note: '', deadline: at + armingMilliseconds + request.rollback_seconds * 1_000, at };
    await records.put(record);
    try {
      await guard(request.id);
    } catch (error) {
      await settle(records, record, 'not_applied', messageOf(error));
      throw error;
    }
    return record;
  }

  async function write(armed: ChangeRecord): Promise<ChangeRecord> {
    const { family } = armed.request;
    if (isDue(armed, Date.now())) return settle(records, armed, 'not_applied', 'its deadline had passed before it ran');
    const applying = await settle(records, { ...armed, deadline: Date.now() + armed.request.rollback_seconds * 1_000 }, 'applying', '');
    log.info({ change: applying.request.id, run: typed(family, applying.command) }, 'a rule is written');
    const failure = await iptables.write(family, applying.command).then(() => undefined, messageOf);
    switch (standing(applying.request, applying, await rulesNow(applying, iptables))) {
      case 'in place': return settle(records, applying, 'applied', '');
      case 'as before': return settle(records, applying, 'not_applied', failure ?? 'iptables said nothing and changed nothing');
      // Somebody else wrote in the same moment: what can be taken back is, at once.
      case 'moved': return rollBack({ ...applying, state: 'applied' }, { iptables, records });
    }
  }

  async function undo(id: string, command: string): Promise<ChangeAnswer> {
    const record = await existing(id);
    if (record.state !== 'applied' && record.state !== 'confirmed') return answer(record);
    if (command !== typed(record.request.family, record.undo)) throw new ChangeRefusedError(422, `This host would run ${typed(record.request.family, record.undo)}, which is not what was approved.`);
    const now = standing(record.request, record, await rulesNow(record, iptables));
    if (now === 'moved') throw new ChangeRefusedError(412, `${record.request.chain} is not as this change left it: somebody changed it since. It was left alone.`);
    if (now === 'as before') return answer(await settle(records, record, 'undone', 'it was as before already'));
    log.info({ change: id, run: typed(record.request.family, record.undo) }, 'a change is taken back');
    await iptables.write(record.request.family, record.undo);
    return answer(await settle(records, record, 'undone', 'it was taken back on request'));
  }

  async function recover(): Promise<void> {
    await sweep();
    for (const record of await records.all()) {
      const { id } = record.request;
      if (!isOpen(record)) {
        if (Date.now() - record.at > keepMilliseconds) await records.remove(id);
        continue;
      }
      await guard(id);
      log.info({ change: id }, 'a change that waits for confirmation is guarded again');
    }
  }

  async function sweep(): Promise<void> {
    for (const record of await records.all()) {
      if (!isDue(record, Date.now())) continue;
      const { state, note } = await rollBack(record, { iptables, records });
      log.warn({ change: record.request.id, state, note }, 'an overdue change was settled');
    }
  }

  return {
    apply: (request, lifelines) => locked(() => apply(request, lifelines)),
    async get(id) {
      const record = await records.get(id);
      return record && answer(record);
    },
    confirm: (id) => locked(async () => {
      const record = await existing(id);
      if (record.state === 'confirmed') return answer(record);
      if (record.state !== 'applied' || isDue(record, Date.now())) throw new ChangeRefusedError(409, `${id} can't be confirmed: it is ${record.state.replaceAll('_', ' ')}${record.note === '' ? '' : ` (${record.note})`}.`);
      log.info({ change: id }, 'a change is confirmed and stays');
      return answer(await settle(records, record, 'confirmed', ''));
    }),
    undo: (id, command) => locked(() => undo(id, command)),
    recover: () => locked(recover),
    async sweep() {
      if ((await records.all()).some((record) => isDue(record, Date.now()))) await locked(sweep);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
