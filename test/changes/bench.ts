/** A store, a policy, a directory of people and an executor whose kind and rules a test steers. */
import type { ActionKind, Check } from '../../src/changes/actions/kind.ts';
import type { Kinds } from '../../src/changes/actions/kinds.ts';
import { kindOf, kinds } from '../../src/changes/actions/kinds.ts';
import { undoKind } from '../../src/changes/actions/undo/undo.ts';
import { createApprovals } from '../../src/changes/approvals.ts';
import type { Change } from '../../src/changes/change.ts';
import { createExecutor } from '../../src/changes/executor.ts';
import type { ExecutorParts, Observation } from '../../src/changes/executor.ts';
import { createPolicy, policySchema } from '../../src/changes/policy.ts';
import type { ActorProfile, Decision, Directory } from '../../src/incident/desk.ts';
import type { IncidentEventType } from '../../src/incident/events.ts';
import type { Actor } from '../../src/incident/types.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { targetsWith } from '../support/changes.ts';
import { createTestStore, testAlert, testDraft } from '../support/store.ts';

export const person = (userId: string): Actor => ({ userId, teamId: 'T1' });
export const requester = person('UREQUESTER');
export const ana = person('UANA');
export const ben = person('UBEN');
export const finding = 'slow@service/checkout';
export const findingWords = 'slow on service checkout';

export interface Steer {
  prepare(): void | Promise<void>;
  drift: string | undefined;
  execute(): void | Promise<void>;
  check(): Check | Promise<Check>;
  undo(): void | Promise<void>;
  undone: Check;
  undoKind: 'automatic' | 'not_needed' | 'impossible';
  calls: string[];
  reversible: boolean;
  /** What the rules see: one per look, the last one for ever. */
  observations: (Observation | Error)[];
}

export async function openBench(settings: Record<string, unknown> = {}, parts: Partial<ExecutorParts> = {}) {
  const { store, url, close } = await createTestStore();
  const policy = createPolicy(policySchema.parse({ approvers: { users: [ana.userId], groups: ['SSRE'] }, soak_seconds: 0, verification_deadline_seconds: 1, ...settings }));
  const steer: Steer = {
    prepare: () => undefined, drift: undefined, execute: () => undefined, check: () => ({ ok: true, details: ['it took'] }), undo: () => undefined,
    undone: { ok: true, details: [] }, undoKind: 'automatic', reversible: true, calls: [], observations: [{ keys: [finding], unread: [] }, { keys: [], unread: [] }],
  };
  const queued: string[] = [];
  let based = false;
  const steeredKinds = steered(steer);
  const executorParts: ExecutorParts = {
    store, policy, targets: targetsWith({}), redact: (text) => text.replaceAll('hunter2', '[hidden]'), log: silentLogger,
    async verify() {
      // The baseline takes two looks: both see the first.
      const [ran, prepared] = [['execute', 'undo'], ['prepare', 'previewUndo']].map((calls) => Math.max(...calls.map((call) => steer.calls.lastIndexOf(call)))) as [number, number];
      const looksBefore = ran <= prepared;
      if (!looksBefore && based && steer.observations.length > 1) steer.observations.shift();
      based = looksBefore;
      const [next] = steer.observations;
      if (!looksBefore && steer.observations.length > 1) steer.observations.shift();
      steer.calls.push('verify');
      if (next instanceof Error) throw next;
      return next ?? { keys: [], unread: [] };
    },
    enqueue: (id, step) => { queued.push(`${step} ${id}`); return Promise.resolve(); },
    kinds: steeredKinds,
    pace: { pollMilliseconds: 10, doubtMilliseconds: 20, lockWaitMilliseconds: 200, heartbeatMilliseconds: 50, leaseSeconds: 1, undoDeadlineMilliseconds: 100 },
    ...parts,
  };
  const executor = createExecutor(executorParts);
  const people: Record<string, ActorProfile['kind']> = {};
  const group: { members: string[]; error?: Error } = { members: [ben.userId] };
  const directory: Directory = {
    profile: (actor) => Promise.resolve({ ...actor, displayName: actor.userId, kind: people[actor.userId] ?? 'member' }),
    groupMembers: () => (group.error ? Promise.reject(group.error) : Promise.resolve(group.members)),
  };
  const approvals = createApprovals({ store, policy, directory, enqueue: (id) => { queued.push(`execute ${id}`); return Promise.resolve(); } });

  async function proposed(draft: Parameters<typeof testDraft>[0] = {}, alert: Parameters<typeof testAlert>[0] = {}): Promise<Change> {
    const { incident } = await store.incidents.openOrJoin({ alert: testAlert(alert), channel: 'C1', title: 'Slow', requestedBy: requester });
    const { id } = await store.changes.draft(incident.id, testDraft({ action: { kind: 'http.operation', operation: 'restart', parameters: { service: 'checkout' } }, findingKeys: [finding], ...draft }), 'service/checkout');
    await executor.preview(id);
    return get(id);
  }
  async function get(id: string): Promise<Change> {
    const change = await store.changes.get(id);
    if (!change) throw new Error(`no ${id}`);
    return change;
  }
  const decide = (change: Change, actor: Actor, decision: Decision['decision'] = 'approve', reason?: string) =>
    approvals.decide({ changeId: change.id, digest: change.digest, decision, actor, ...(reason !== undefined && { reason }) });
  async function approved(): Promise<Change> {
    const change = await proposed();
    let result = await decide(change, ana);
    if (result.outcome === 'counted') result = await decide(change, ben);
    if (result.outcome !== 'approved') throw new Error(JSON.stringify(result));
    return get(change.id);
  }
  const events = async (change: Change) => (await store.timeline.read(change.incidentId)).map(({ event }) => event).filter((event) => 'changeId' in event ? event.changeId === change.id : event.type === 'change.proposed' && event.change.id === change.id);
  const types = async (change: Change): Promise<IncidentEventType[]> => (await events(change)).map(({ type }) => type);

  /** The kind that the test steers, to give it more. */
  const kind = () => steeredKinds['http.operation'] as unknown as ActionKind;

  return { kind, store, url, close, policy, steer, queued, parts: executorParts, executor, directory, people, group, approvals, proposed, approved, get, decide, events, types, signal: new AbortController().signal };
}

export type Bench = Awaited<ReturnType<typeof openBench>>;

function steered(steer: Steer): Kinds {
  const real = kinds['http.operation'];
  const kind: ActionKind = {
    kind: 'http.operation', schema: real.schema as ActionKind['schema'], lockKey: () => 'service/checkout', risk: real.risk as ActionKind['risk'],
    async prepare() {
      steer.calls.push('prepare');
      await steer.prepare();
      return {
        command: ['POST /restart'], preview: 'It runs; password hunter2', resolved: { revision: '1' }, undo: { kind: steer.undoKind, command: steer.undoKind === 'automatic' ? ['POST /back'] : [], description: 'Back to before.' },
        checks: ['it took'], blastRadius: 'checkout', facts: { online: true, reversible: steer.reversible && steer.undoKind !== 'impossible' },
      };
    },
    drift: () => steer.drift,
    async execute() {
      steer.calls.push('execute');
      await steer.execute();
      return { output: 'done, hunter2', written: { revision: '2' } };
    },
    async check() {
      steer.calls.push('check');
      return steer.check();
    },
    async undo() {
      steer.calls.push('undo');
      await steer.undo();
      return { output: 'back' };
    },
    async previewUndo() {
      steer.calls.push('previewUndo');
      return { preview: 'It goes back', resolved: { revision: '2' } };
    },
    checkUndone: () => Promise.resolve(steer.undone),
  };
  const all: Kinds = { ...kinds, 'http.operation': kind as unknown as Kinds['http.operation'], 'change.undo': undoKind((action) => kindOf(action, all)) };
  return all;
}
