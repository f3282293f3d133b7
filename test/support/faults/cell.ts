/** One change of one kind through one fault, on a real system and a real store: how it ended, and how often its command ran. */
import type { ActionKind } from '../../../src/changes/actions/kind.ts';
import { kindOf, kinds } from '../../../src/changes/actions/kinds.ts';
import type { ChangeState } from '../../../src/changes/change.ts';
import { transitions } from '../../../src/changes/change.ts';
import type { ExecutorParts, Observation } from '../../../src/changes/executor.ts';
import { createExecutor } from '../../../src/changes/executor.ts';
import { lockKeyOf } from '../../../src/changes/lock-key.ts';
import { createPolicy, policySchema } from '../../../src/changes/policy.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';
import { until } from '../changes.ts';
import { createTestStore, testAlert, testDraft } from '../store.ts';
import { runAndKill } from './child.ts';
import type { FaultWorld, OpenWorld } from './world.ts';

export const kills = ['claimed', 'before the command', 'after the command', 'verifying', 'undoing'] as const;
export const faults = [
  'none',
  ...kills.map((step) => `killed: ${step}` as const),
  'drift', 'answer lost', 'admission mutates', 'lock held', 'no data', 'delivered twice', 'two executors',
] as const;
export type Fault = (typeof faults)[number];

export interface Outcome {
  state: ChangeState | 'not applicable';
  runs: number;
  /** Why it ended so. */
  reason: string;
}

const people = ['UANA', 'UBEN'];
const finding = 'slow@service/checkout';
const before: Observation = { keys: [finding], unread: [] };

export async function runCell(open: OpenWorld, fault: Fault): Promise<Outcome> {
  const world = await open();
  try {
    const none: Outcome = { state: 'not applicable', runs: 0, reason: '' };
    if (fault === 'answer lost' && !world.loseAnswers) return none;
    if (fault === 'admission mutates' && !world.mutate) return none;
    if (fault === 'lock held' && !world.hold) return none;
    const bench = await createTestStore();
    try {
      return await inStore(world, bench, fault, none);
    } finally {
      await bench.close();
    }
  } finally {
    await world.close();
  }
}

async function inStore(world: FaultWorld, { store, url }: Awaited<ReturnType<typeof createTestStore>>, fault: Fault, none: Outcome): Promise<Outcome> {
  // Nothing holds where nothing is to hold: the deadline is short.
  const patient = fault !== 'no data' && fault !== 'killed: undoing';
  const settings = { approvers: { users: people }, two_person_from: 'never', soak_seconds: 0, verification_deadline_seconds: patient ? (world.seconds ?? 2) : 1 };
  let ran = false;
  let release: (() => Promise<void>) | undefined;
  const taking = world.takesBack === true;
  const kind = taking ? kindOf({ kind: 'change.undo', change: 'C1' }) : kindOf(world.action);
  const armed: ActionKind = {
    ...kind,
    async execute(change, context) {
      ran = true;
      if (fault === 'answer lost') world.loseAnswers?.();
      if (fault === 'admission mutates') world.mutate?.();
      if (fault === 'lock held') release = await world.hold?.();
      return kind.execute(change, context);
    },
  };
  const parts: ExecutorParts = {
    store, targets: world.targets, policy: createPolicy(policySchema.parse(settings)), redact: (text) => text, log: silentLogger, enqueue: () => Promise.resolve(),
    ...(world.programs && { programs: world.programs }),
    kinds: { ...kinds, [kind.kind]: armed },
    verify: () => Promise.resolve(!ran ? (taking ? { keys: [], unread: [] } : before) : fault === 'no data' ? { keys: [], unread: ['database orders: no answer'] } : { keys: [], unread: [] }),
    pace: { pollMilliseconds: 50, doubtMilliseconds: 100, heartbeatMilliseconds: 200, lockWaitMilliseconds: 500, leaseSeconds: 1, undoDeadlineMilliseconds: (world.seconds ?? 2) * 1000 },
  };
  const executor = createExecutor(parts);
  const { signal } = new AbortController();

  const { incident } = await store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Slow' });
  const approve = async (id: string, digest: string) => {
    for (const userId of people) await store.approvals.add({ changeId: id, digest, by: { userId, teamId: 'T1' }, decision: 'approve' });
    await store.changes.transition(id, { from: 'proposed', to: 'approved', digest, event: { type: 'change.approved', changeId: id, digest, by: { userId: 'UANA', teamId: 'T1' }, approvals: 2, needed: 2 } });
  };
  const drafted = async (draft: Parameters<typeof testDraft>[0]) => {
    const { id } = await store.changes.draft(incident.id, testDraft({ findingKeys: [finding], ...draft }), lockKeyOf(world.action));
    await executor.preview(id);
    return { id, change: await store.changes.get(id) };
  };
  const original = taking ? await drafted({ action: world.action }) : undefined;
  if (original) {
    await approve(original.id, original.change?.digest ?? '');
    await executor.execute(original.id, signal);
  }
  ran = false;
  const { id, change } = await drafted(original ? { action: { kind: 'change.undo', change: original.id }, findingKeys: [], undoOf: original.id } : { action: world.action });
  const why = async () => {
    const last = (await store.timeline.read(incident.id)).findLast(({ event }) => 'changeId' in event && event.changeId === id)?.event;
    return last && 'reason' in last && typeof last.reason === 'string' ? last.reason : '';
  };
  if (change?.state !== 'proposed') throw new Error(`${world.action.kind} was not proposed but ${change?.state}: ${await why()}`);
  if (fault === 'killed: undoing' && change.undo.kind !== 'automatic') return none;
  await approve(id, change.digest);

  if (fault === 'drift') await world.move();
  const killed = kills.find((step) => fault === `killed: ${step}`);
  if (killed) {
    const said = await runAndKill({ storeUrl: url, targets: world.targets, ...(world.programs && { programs: world.programs }), changeId: id, pauseAt: killed, policy: settings, finding });
    if (!said.startsWith('paused')) throw new Error(`${world.action.kind} never came to "${killed}": ${(await store.changes.get(id))?.state}, ${await why()}`);
    await executor.execute(id, signal);
    await executor.sweep();
    await until(async () => {
      await executor.recover();
      return isOver((await store.changes.get(id))?.state);
    }, 'what the dead one left has an end');
  }
  if (fault === 'two executors') await Promise.all([executor, createExecutor({ ...parts, identity: 'another' })].map((one) => one.execute(id, signal)));
  else if (fault === 'delivered twice') await Promise.all([executor.execute(id, signal), executor.execute(id, signal)]);
  // Also after the end: a queue may deliver at any time.
  await executor.execute(id, signal);
  await executor.recover();
  await release?.();
  return { state: (await store.changes.get(id))?.state ?? 'unknown', runs: world.runs(change.command), reason: await why() };
}

const isOver = (state: ChangeState | undefined): boolean => state !== undefined && transitions[state].length === 0;
