/** The way back of an operation: the value that was read before, or the operation that sre-agent.yaml names as its inverse. */
import type { ActionOf } from '../../action.ts';
import type { OperationTarget } from '../../../config/targets.ts';
import type { Prepared } from '../../change.ts';
import { RefusedError, UndoRefusedError } from '../../errors.ts';
import type { ChangeOf, KindContext } from '../kind.ts';
import { plain } from '../words.ts';
import { call } from './call.ts';
import type { Call } from './request.ts';
import { changeCall, refuseParameters, refuseText, render } from './request.ts';
import type { State } from './state.ts';
import { readState, shown } from './state.ts';

type Action = ActionOf<'http.operation'>;
type Change = ChangeOf<Action>;

/** Throws RefusedError when it could not be put back although it should. */
export function undoOf(operation: OperationTarget, action: Action, state: State, context: KindContext): Prepared['undo'] {
  switch (operation.undo.kind) {
    case 'not_needed': return { kind: 'not_needed', command: [], description: 'It leaves no state behind, so there is nothing to put back.' };
    case 'impossible': return { kind: 'impossible', command: [], description: 'The API has no way back from this.' };
    case 'operation': {
      const { request } = wayBack(operation, action, state.value, context);
      return { kind: 'automatic', command: [render(request, undefined)], description: `Runs ${operation.undo.operation}, its inverse, so that it is ${shown(state.value)} again; unless somebody has changed it since.` };
    }
    case 'restore': {
      if (state.value === null) throw new RefusedError(`There is no value at ${state.pointer} now, so it could not be put back.`);
      if (state.value.includes('***')) throw new RefusedError('The API hides the present value, so it could not be put back: change it by hand.');
      refuseText('The present value', state.value);
      const { request } = wayBack(operation, action, state.value, context);
      return { kind: 'automatic', command: [render(request, undefined)], description: `Sets it back to ${shown(state.value)}, unless somebody has changed it since.` };
    }
  }
}

export async function previewUndo(change: Change, context: KindContext): Promise<{ preview: string; resolved: Record<string, unknown> }> {
  const { state, operation, before } = await stateToUndo(change, context);
  if (state.value === before) throw new UndoRefusedError('It is as it was before already.');
  const { request } = approvedWayBack(operation, change, before, context);
  return {
    preview: `${state.pointer} is ${shown(state.value)} now, as this change left it, and will be ${shown(before)} again.\n${render(request, state.revision)}`,
    resolved: { value: state.value, ...(state.revision !== undefined && { revision: state.revision }) },
  };
}

export async function undo(change: Change, context: KindContext): Promise<{ output: string }> {
  const { state, operation, before } = await stateToUndo(change, context);
  if (state.value === before) return { output: 'It is as it was before already.' };
  const { request, by } = approvedWayBack(operation, change, before, context);
  // The revision is of what was read; another operation may write another thing.
  const guarded = state.revision !== undefined && (by === operation || by.read.url === operation.read.url);
  const answer = await call(request, { token: by.writeToken, signal: context.signal, headers: { 'idempotency-key': `${change.id}-undo`, ...(guarded && { 'if-match': state.revision ?? '' }) } });
  if (answer.status === 412 || answer.status === 409) throw new UndoRefusedError(`It moved just before the undo (${answer.status} ${plain(answer.text, 200)}). It was left alone.`);
  if (answer.status < 200 || answer.status > 299) throw new Error(`${request.method} ${request.url} answered ${answer.status}: ${plain(answer.text, 500)}`);
  return { output: `${answer.status} ${plain(answer.text, 2000)}`.trim() };
}

export function operationNamed(name: string, { targets }: Pick<KindContext, 'targets'>): OperationTarget {
  const operation = targets.operations.find((each) => each.name === name);
  if (!operation) throw new RefusedError(`There is no operation ${JSON.stringify(name)} under targets.operations in sre-agent.yaml.`);
  return operation;
}

/** Throws UndoRefusedError unless the state is what the change left, or what was there before it. */
async function stateToUndo(change: Change, context: KindContext): Promise<{ state: State; operation: OperationTarget; before: string | null }> {
  const operation = operationNamed(change.action.operation, context);
  if (change.undo.kind !== 'automatic' || (operation.undo.kind !== 'restore' && operation.undo.kind !== 'operation')) throw new UndoRefusedError(change.undo.description);
  const before = change.resolved['value'] as string | null;
  const state = await readState(operation, change.action.parameters, context);
  const ours = operation.undo.kind === 'restore' ? change.action.parameters[operation.undo.parameter] : change.written?.['value'];
  if (state.value === before) return { state, operation, before };
  if (ours === undefined) throw new UndoRefusedError('What it left behind could not be read when it ran, so nobody knows whether this is still ours. It was left alone.');
  if (state.value !== ours) throw new UndoRefusedError(`It is ${shown(state.value)} now, which sre-agent did not write: somebody changed it since. It was left alone.`);
  return { state, operation, before };
}

function approvedWayBack(operation: OperationTarget, change: Change, before: string | null, context: KindContext): { request: Call; by: OperationTarget } {
  const way = wayBack(operation, change.action, before, context);
  if (render(way.request, undefined) !== change.undo.command[0]) throw new UndoRefusedError('sre-agent.yaml builds another undo now than the one that was approved; nothing was sent.');
  return way;
}

function wayBack(operation: OperationTarget, action: Action, before: string | null, context: KindContext): { request: Call; by: OperationTarget } {
  if (operation.undo.kind === 'operation') {
    const by = operationNamed(operation.undo.operation, context);
    const parameters = Object.fromEntries(Object.entries(action.parameters).filter(([name]) => Object.hasOwn(by.parameters, name)));
    refuseParameters({ ...action, operation: by.name, parameters }, by);
    return { request: changeCall(by, parameters), by };
  }
  if (operation.undo.kind !== 'restore') throw new UndoRefusedError('The API has no way back from this.');
  // The value was there before, so it is put back even where the allowlist would not take it from anybody.
  return { request: changeCall(operation, { ...action.parameters, [operation.undo.parameter]: before ?? '' }), by: operation };
}
