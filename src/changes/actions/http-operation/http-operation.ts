/** http.operation: an operation on an internal API, as sre-agent.yaml describes it, with its read and its inverse. */
import type { ActionOf } from '../../action.ts';
import { httpOperationSchema } from '../../http-actions.ts';
import type { OperationTarget } from '../../../config/targets.ts';
import { ExecutionError, messageOf, RefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { Facts } from '../../change.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, Check, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import { plain } from '../words.ts';
import type { Answer } from './call.ts';
import { call, NoAnswerError } from './call.ts';
import { changeCall, fillText, readCall, refuseParameters, render } from './request.ts';
import type { State } from './state.ts';
import { readCheck, readState, shown } from './state.ts';
import { operationNamed, previewUndo, undo, undoOf } from './way-back.ts';

type Action = ActionOf<'http.operation'>;

export const httpOperationKind: ActionKind<Action> = {
  kind: 'http.operation',
  schema: httpOperationSchema,
  lockKey: lockKeyOf,
  risk: (_action, facts) => ofOperation(facts),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  async check(change, context): Promise<Check> {
    const operation = operationNamed(change.action.operation, context);
    const [state, own] = [checkState(operation, change, await readState(operation, change.action.parameters, context)), await readCheck(operation, change.action.parameters, context)];
    return { ok: state.ok && own?.ok !== false, details: [...state.details, ...(own ? [own.detail] : [])] };
  },
  previewUndo,
  undo,
  async checkUndone(change, context): Promise<Check> {
    const { value } = await readState(operationNamed(change.action.operation, context), change.action.parameters, context);
    return { ok: value === change.resolved['value'], details: [`the value is ${shown(value)}`] };
  },
};

async function prepare(action: Action, context: KindContext) {
  const operation = operationNamed(action.operation, context);
  refuseParameters(action, operation);
  if (!operation.writeToken && operation.readToken) throw new RefusedError(`Operation ${operation.name} has a read_token but no write_token in sre-agent.yaml: give it one to let sre-agent run it.`);
  const state = await readState(operation, action.parameters, context).catch((error: unknown) => {
    throw error instanceof RefusedError ? error : new RefusedError(`The state can't be read: ${messageOf(error)}`);
  });
  const check = await readCheck(operation, action.parameters, context).catch((error: unknown) => {
    throw new RefusedError(`Its check can't be read, so nobody could say whether it helped: ${messageOf(error)}`);
  });
  const undo = undoOf(operation, action, state, context);
  const wanted = operation.undo.kind === 'restore' ? (action.parameters[operation.undo.parameter] ?? null) : undefined;
  if (wanted !== undefined && wanted === state.value) throw new RefusedError(`It is ${shown(state.value)} already.`);
  return {
    command: [render(changeCall(operation, action.parameters), state.revision)],
    preview: [
      operation.description,
      `${state.pointer} is ${shown(state.value)} now${wanted === undefined ? '' : ` and will be ${shown(wanted)}`}.`,
      ...(check ? [`Now ${check.detail}.`] : []),
      ...(state.revision === undefined ? ['The API gives no revision, so a change by somebody else in the same instant would not be noticed.'] : [`The write is refused by the API unless it is still at revision ${state.revision}.`]),
    ].join('\n'),
    // What leaves no state behind is bound to the revision (of what would be started); the state it is in moves by itself.
    resolved: { ...(operation.effect === 'restart' || operation.undo.kind === 'not_needed' ? {} : { value: state.value }), ...(state.revision !== undefined && { revision: state.revision }) },
    undo,
    checks: [
      wanted !== undefined ? `reading it again shows ${shown(wanted)}` : operation.undo.kind === 'operation' ? `reading it again shows something else than ${shown(state.value)}` : 'it answers',
      ...(operation.check ? [`GET ${readCall(operation.check.url, action.parameters).url} shows ${shown(fillText(operation.check.equals, action.parameters))} at ${operation.check.value === '' ? 'its root' : operation.check.value}`] : []),
    ],
    blastRadius: `${action.parameters['service'] ?? operation.name}: ${operation.description}`,
    facts: { online: operation.effect === 'other', reversible: operation.undo.kind !== 'impossible' },
  };
}

function checkState({ undo: { kind, ...undo } }: OperationTarget, { action, resolved }: ChangeOf<Action>, { pointer, value }: State): Check {
  if (kind === 'operation') return { ok: value !== resolved['value'], details: [`${pointer} is ${shown(value)}${value === resolved['value'] ? ', as before' : ''}`] };
  if (!('parameter' in undo)) return { ok: true, details: [`it answers; ${pointer} is ${shown(value)}`] };
  const wanted = action.parameters[undo.parameter] ?? null;
  return { ok: value === wanted, details: [`${pointer} is ${shown(value)}${value === wanted ? '' : `, not ${shown(wanted)}`}`] };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const operation = operationNamed(change.action.operation, context);
  refuseParameters(change.action, operation);
  const request = changeCall(operation, change.action.parameters);
  const revision = change.resolved['revision'] as string | undefined;
  if (render(request, revision) !== change.command[0]) throw new ExecutionError('sre-agent.yaml builds another request now than the one that was approved; nothing was sent.', 'none');
  let answer: Answer;
  try {
    answer = await call(request, { token: operation.writeToken, signal: context.signal, headers: { 'idempotency-key': change.id, ...(revision !== undefined && { 'if-match': revision }) } });
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw new ExecutionError(messageOf(error), 'none', { cause: error });
    answer = await lostAnswer(change, operation, error, context);
  }
  if (answer.status === 412 || answer.status === 409) throw new ExecutionError(`Nothing was changed: it moved just before the write (${answer.status} ${plain(answer.text, 200)}).`, 'none');
  if (answer.status >= 500) throw new ExecutionError(`${request.method} ${request.url} answered ${answer.status}, so it may or may not have taken: ${plain(answer.text, 500)}`, 'unknown');
  if (answer.status < 200 || answer.status > 299) throw new ExecutionError(`${request.method} ${request.url} answered ${answer.status}: ${plain(answer.text, 500)}`, 'none');
  const after = await readState(operation, change.action.parameters, context).catch(() => undefined);
  return { output: after && !answer.lost ? `${answer.status}; ${after.pointer} is ${shown(after.value)}` : `${answer.status} ${plain(answer.text, 2000)}`.trim(), ...(after && { written: { ...(operation.undo.kind === 'operation' && { value: after.value }), ...(after.revision !== undefined && { revision: after.revision }) } }) };
}

/** The write may have arrived. Only a read that shows the new value counts as yes; anything else is for a person. */
async function lostAnswer(change: ChangeOf<Action>, operation: OperationTarget, error: NoAnswerError, context: KindContext): Promise<Answer> {
  if (operation.undo.kind === 'restore') {
    const state = await readState(operation, change.action.parameters, context).catch(() => undefined);
    if (state?.value === change.action.parameters[operation.undo.parameter]) return { status: 200, etag: null, lost: true, text: `no answer came (${error.message}), but reading it shows the new value` };
  }
  const refused = error.cause instanceof Error && error.cause.cause instanceof Error && (error.cause.cause as { code?: string }).code === 'ECONNREFUSED';
  throw new ExecutionError(error.message, refused ? 'none' : 'unknown', { cause: error });
}

function ofOperation({ reversible, online }: Facts): Assessment {
  if (!reversible) return { level: 'high', reasons: ['an operation of another system without a way back'] };
  return { level: 'medium', reasons: [online ? 'an operation of another system' : 'its process restarts: requests under way may fail'] };
}
