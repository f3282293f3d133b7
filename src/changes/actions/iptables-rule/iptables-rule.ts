/** iptables.rule: one rule of a host's packet filter, taken back by the host itself unless the whole verification held. */
import type { ActionOf } from '../../action.ts';
import type { ChangeAnswer, ChangeRequest } from '../../../packet-filter/agent-api.ts';
import type { Plan } from '../../../packet-filter/plan.ts';
import { PlanError, planOf } from '../../../packet-filter/plan.ts';
import { typed } from '../../../packet-filter/render.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { iptablesRuleSchema } from '../../network-actions.ts';
import { NoAnswerError } from '../http-operation/call.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { AgentRefusedError, agentOf, hostChangeId } from './agent.ts';
import { riskOfRule } from './risk.ts';
import { diffOf, duration, rollbackSeconds, whatItDoes } from './words.ts';

type Action = ActionOf<'iptables.rule'>;

export const iptablesRuleKind: ActionKind<Action> = {
  kind: 'iptables.rule',
  schema: iptablesRuleSchema,
  lockKey: lockKeyOf,
  risk: riskOfRule,
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  async check(change, context): Promise<Check> {
    const now = await recordOf(change, context);
    if (!now) return { ok: false, details: [`${change.action.target} knows nothing of this change`] };
    const ok = now.standing === 'in place' && (now.state === 'applied' || now.state === 'confirmed');
    return { ok, details: [ok ? `${change.action.chain} on ${change.action.target} is as this change left it` : stateWords(now, change)] };
  },
  async confirm(change, context) {
    await agentOf(change.action.target, context).confirm(hostChangeId(change));
  },
  async previewUndo(change, context) {
    const now = await recordOf(change, context);
    refuseUndo(now, change);
    if (now.standing === 'as before' || (now.state !== 'applied' && now.state !== 'confirmed')) throw new UndoRefusedError(`There is nothing to take back: ${stateWords(now, change)}.`);
    return {
      preview: [`${change.action.chain} on ${change.action.target} would change so:`, ...diffOf(now.after, now.before)].join('\n'),
      resolved: { state: now.state, rules: now.now },
    };
  },
  undo,
  async checkUndone(change, context): Promise<Check> {
    const now = await recordOf(change, context);
    if (!now) return { ok: false, details: [`${change.action.target} knows nothing of this change`] };
    const ok = now.standing === 'as before' && (now.state === 'undone' || now.state === 'rolled_back' || now.state === 'not_applied');
    return { ok, details: [ok ? `${change.action.chain} on ${change.action.target} is without this change` : stateWords(now, change)] };
  },
};

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const agent = agentOf(action.target, context);
  const table = await agent.rules(action.family);
  const plan = planned(() => planOf(action, table));
  const seconds = rollbackSeconds(context);
  // The host looks itself, too: it knows who is connected to it.
  await agent.apply({ ...requestOf(action, plan, { id: 'preview', hash: table.hash, seconds }), dry_run: true }).catch((error: unknown) => {
    throw new RefusedError(messageOf(error));
  });
  return {
    command: [typed(action.family, plan.command)],
    preview: [
      `${action.chain} of the filter table on ${action.target} (policy ${table.chains.find(({ name }) => name === action.chain)?.policy}):`,
      ...diffOf(plan.before, plan.after),
      ...(plan.counters ? [`The rule has met ${plan.counters.packets.toLocaleString('en-US')} packets, ${plan.counters.bytes.toLocaleString('en-US')} bytes so far.`] : []),
      'The host refuses it unless the table is still exactly the one shown here. The rules are not saved on the host: what it loads when it boots stays as it is.',
    ].join('\n'),
    resolved: { rules: table.hash, rollbackSeconds: seconds },
    undo: {
      kind: 'automatic',
      command: [typed(action.family, plan.undo)],
      description: `${action.operation === 'insert' ? 'Removes the rule' : 'Puts the rule back to its place'}, unless the chain was changed since. And the host does that by itself ${duration(seconds)} after it was written, even when nobody can reach it any more, unless it was verified by then.`,
    },
    checks: [`the host still has the ${action.operation === 'insert' ? 'rule' : 'chain without the rule'}`, 'the host was told in time that it stays'],
    blastRadius: `${action.target}: ${whatItDoes(action)}`,
    facts: { online: true, reversible: true },
  };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action } = change;
  const agent = agentOf(action.target, context);
  const id = hostChangeId(change);
  const request: ChangeRequest = {
    ...fieldsOf(action),
    id,
    hash: change.resolved['rules'] as string,
    command: change.command[0] ?? '',
    undo: change.undo.command[0] ?? '',
    rollback_seconds: change.resolved['rollbackSeconds'] as number,
    dry_run: false,
  };
  const now = await agent.apply(request).catch((error: unknown) => afterTrouble(error, change, context));
  if (now.state !== 'applied' || now.standing !== 'in place') throw new ExecutionError(stateWords(now, change), now.standing === 'as before' ? 'none' : 'unknown');
  return { output: `${change.command[0]}\nwritten; ${action.target} takes it back by itself in ${duration(request.rollback_seconds)} unless it is verified`, written: { hostChange: id } };
}

/** What the host says afterwards settles it; otherwise nobody knows, and the host takes it back by itself. */
async function afterTrouble(failure: unknown, change: ChangeOf<Action>, context: KindContext): Promise<ChangeAnswer> {
  if (failure instanceof AgentRefusedError && !failure.failed) throw new ExecutionError(`Nothing was changed. ${failure.message}`, 'none', { cause: failure });
  if (failure instanceof NoAnswerError && isRefusedConnection(failure)) throw new ExecutionError(`Nothing was changed. ${failure.message}`, 'none', { cause: failure });
  const now = await recordOf(change, context).catch(() => undefined);
  if (now !== undefined && now.state !== 'armed' && now.state !== 'applying') return now;
  throw new ExecutionError(`${messageOf(failure)} If the rule was written, the host takes it back by itself within ${duration(change.resolved['rollbackSeconds'] as number)}.`, 'unknown', { cause: failure });
}

async function undo(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string }> {
  refuseUndo(await recordOf(change, context), change);
  const command = change.undo.command[0] ?? '';
  const now = await agentOf(change.action.target, context).undo(hostChangeId(change), command).catch((error: unknown) => {
    if (error instanceof AgentRefusedError && !error.failed) throw new UndoRefusedError(error.message);
    throw error;
  });
  return { output: `${command}\n${now.note}` };
}

function refuseUndo(now: ChangeAnswer | undefined, change: ChangeOf<Action>): asserts now is ChangeAnswer {
  if (!now) throw new UndoRefusedError(`${change.action.target} knows nothing of this change, so it was left alone.`);
  if (now.standing === 'moved') throw new UndoRefusedError(`${change.action.chain} on ${change.action.target} is not as this change left it: somebody changed it since. It was left alone.`);
}

/** Throws with what the host does when nobody reaches it. */
async function recordOf(change: ChangeOf<Action>, context: KindContext): Promise<ChangeAnswer | undefined> {
  try {
    return await agentOf(change.action.target, context).change(hostChangeId(change));
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    throw new Error(`${error.message} Unless it was confirmed, the host takes the rule back by itself.`, { cause: error });
  }
}

function requestOf(action: Action, plan: Plan, { id, hash, seconds }: { id: string; hash: string; seconds: number }): ChangeRequest {
  return { ...fieldsOf(action), id, hash, command: typed(action.family, plan.command), undo: typed(action.family, plan.undo), rollback_seconds: seconds, dry_run: false };
}

function fieldsOf({ family, table, operation, chain, position, rule }: Action): Pick<Action, 'family' | 'table' | 'operation' | 'chain' | 'position' | 'rule'> {
  return { family, table, operation, chain, position, rule };
}

function stateWords(now: ChangeAnswer, { action }: ChangeOf<Action>): string {
  return `on ${action.target} it is ${now.state.replaceAll('_', ' ')} and ${action.chain} is ${now.standing === 'moved' ? 'neither as before nor as this change left it' : now.standing}${now.note === '' ? '' : ` (${now.note})`}`;
}

function planned<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof PlanError ? new RefusedError(error.message) : error;
  }
}

function isRefusedConnection({ cause }: NoAnswerError): boolean {
  return cause instanceof Error && cause.cause instanceof Error && (cause.cause as { code?: string }).code === 'ECONNREFUSED';
}
