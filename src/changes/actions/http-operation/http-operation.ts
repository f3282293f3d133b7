/** http.operation: an operation on an internal API, as sre-agent.yaml describes it, with its read and its inverse. */
import type { ActionOf } from '../../action.ts';
import { httpOperationSchema } from '../../http-actions.ts';
import type { OperationTarget } from '../../../config/targets.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { Facts } from '../../change.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, Check, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import { plain } from '../words.ts';
import type { Answer } from './call.ts';
import { call, NoAnswerError } from './call.ts';
import { changeCall, refuseParameters, refuseText, render } from './request.ts';
import type { State } from './state.ts';
import { readState } from './state.ts';

type Action = ActionOf<'http.operation'>;
type Parameters = Record<string, string>;

export const httpOperationKind: ActionKind<Action> = {
  kind: 'http.operation',
  schema: httpOperationSchema,
  lockKey: lockKeyOf,
  risk: (_action, facts) => ofOperation(facts),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  async check(change, context): Promise<Check> {
    const operation = operationNamed(change.action, context);
    const { value, pointer } = await readState(operation, change.action.parameters, context);
    if (operation.undo.kind !== 'restore') return { ok: true, details: [`it answers; ${pointer} is ${shown(value)}`] };
    const wanted = change.action.parameters[operation.undo.parameter];
    return { ok: value === wanted, details: [`${pointer} is ${shown(value)}${value === wanted ? '' : `, not ${shown(wanted ?? null)}`}`] };
  },
  undo,
  async checkUndone(change, context): Promise<Check> {
    const { value } = await readState(operationNamed(change.action, context), change.action.parameters, context);
    return { ok: value === change.resolved['value'], details: [`the value is ${shown(value)}`] };
  },
};

async function prepare(action: Action, context: KindContext) {
  const operation = operationNamed(action, context);
  refuseParameters(action, operation);
  if (!operation.writeToken && operation.readToken) throw new RefusedError(`Operation ${operation.name} has a read_token but no write_token in sre-agent.yaml: give it one to let sre-agent run it.`);
  const state = await readState(operation, action.parameters, context).catch((error: unknown) => {
    throw error instanceof RefusedError ? error : new RefusedError(`The state can't be read: ${messageOf(error)}`);
  });
  const undo = undoOf(operation, action, state);
  const wanted = operation.undo.kind === 'restore' ? (action.parameters[operation.undo.parameter] ?? null) : undefined;
  if (wanted !== undefined && wanted === state.value) throw new RefusedError(`It is ${shown(state.value)} already.`);
  return {
    command: [render(changeCall(operation, action.parameters), state.revision)],
    preview: [
      operation.description,
      `${state.pointer} is ${shown(state.value)} now${wanted === undefined ? '' : ` and will be ${shown(wanted)}`}.`,
      ...(state.revision === undefined ? ['The API gives no revision, so a change by somebody else in the same instant would not be noticed.'] : [`The write is refused by the API unless it is still at revision ${state.revision}.`]),
    ].join('\n'),
    // A restart is bound to what would be started (the revision); the state it is in moves by itself.
    resolved: { ...(operation.effect === 'restart' ? {} : { value: state.value }), ...(state.revision !== undefined && { revision: state.revision }) },
    undo,
    checks: [operation.undo.kind === 'restore' ? `reading it again shows ${shown(wanted ?? null)}` : 'it answers'],
    blastRadius: `${action.parameters['service'] ?? operation.name}: ${operation.description}`,
    facts: { online: operation.effect === 'other', reversible: operation.undo.kind !== 'impossible' },
  };
}

function undoOf(operation: OperationTarget, action: Action, state: State): { kind: 'automatic' | 'not_needed' | 'impossible'; command: string[]; description: string } {
  if (operation.undo.kind === 'not_needed') return { kind: 'not_needed', command: [], description: 'It leaves no state behind, so there is nothing to put back.' };
  if (operation.undo.kind === 'impossible') return { kind: 'impossible', command: [], description: 'The API has no way back from this.' };
  if (state.value === null) throw new RefusedError(`There is no value at ${state.pointer} now, so it could not be put back.`);
  if (state.value.includes('***')) throw new RefusedError('The API hides the present value, so it could not be put back: change it by hand.');
  refuseText('The present value', state.value);
  const parameters = restoring(operation.undo.parameter, action, state.value);
  return { kind: 'automatic', command: [render(changeCall(operation, parameters), undefined)], description: `Sets it back to ${shown(state.value)}, unless somebody has changed it since.` };
}

/** The value was there before, so it is put back even where the allowlist would not take it from anybody. */
function restoring(parameter: string, action: Action, value: string): Parameters {
  return { ...action.parameters, [parameter]: value };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const operation = operationNamed(change.action, context);
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
  return { output: after && !answer.lost ? `${answer.status}; ${after.pointer} is ${shown(after.value)}` : `${answer.status} ${plain(answer.text, 2000)}`.trim(), ...(after?.revision !== undefined && { written: { revision: after.revision } }) };
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

async function undo(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string }> {
  const operation = operationNamed(change.action, context);
  if (operation.undo.kind !== 'restore') throw new UndoRefusedError(change.undo.description);
  const before = change.resolved['value'] as string;
  const state = await readState(operation, change.action.parameters, context);
  if (state.value === before) return { output: 'It is as it was before already.' };
  if (state.value !== change.action.parameters[operation.undo.parameter]) throw new UndoRefusedError(`It is ${shown(state.value)} now, which sre-agent did not write: somebody changed it since. It was left alone.`);
  const request = changeCall(operation, restoring(operation.undo.parameter, change.action, before));
  if (render(request, undefined) !== change.undo.command[0]) throw new UndoRefusedError('sre-agent.yaml builds another undo now than the one that was approved; nothing was sent.');
  const answer = await call(request, { token: operation.writeToken, signal: context.signal, headers: { 'idempotency-key': `${change.id}-undo`, ...(state.revision !== undefined && { 'if-match': state.revision }) } });
  if (answer.status < 200 || answer.status > 299) throw new Error(`${request.method} ${request.url} answered ${answer.status}: ${plain(answer.text, 500)}`);
  return { output: `${answer.status} ${plain(answer.text, 2000)}`.trim() };
}

function operationNamed(action: Action, { targets }: KindContext): OperationTarget {
  const operation = targets.operations.find(({ name }) => name === action.operation);
  if (!operation) throw new RefusedError(`There is no operation ${JSON.stringify(action.operation)} under targets.operations in sre-agent.yaml.`);
  return operation;
}

const shown = (value: string | null): string => (value === null ? 'absent' : JSON.stringify(plain(value)));

function ofOperation({ reversible, online }: Facts): Assessment {
  if (!reversible) return { level: 'high', reasons: ['an operation of another system without a way back'] };
  return { level: 'medium', reasons: [online ? 'an operation of another system' : 'its process restarts: requests under way may fail'] };
}
