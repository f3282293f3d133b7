/** All action kinds, by name. */
import type { Action } from '../action.ts';
import { alterSettingKind } from './alter-setting/alter-setting.ts';
import { createIndexKind } from './create-index/create-index.ts';
import { httpOperationKind } from './http-operation/http-operation.ts';
import type { ActionKind } from './kind.ts';
import { terminateBackendKind } from './terminate-backend/terminate-backend.ts';

export type Kinds = { [K in Action['kind']]: ActionKind<Extract<Action, { kind: K }>> };

export const kinds: Kinds = {
  'postgres.create_index': createIndexKind(),
  'postgres.terminate_backend': terminateBackendKind,
  'postgres.alter_setting': alterSettingKind,
  'http.operation': httpOperationKind,
};

/** The kind of an action, as one that takes any action: `action.kind` and the kind's own type always agree. */
export function kindOf(action: Action, all: Kinds = kinds): ActionKind {
  return all[action.kind] as unknown as ActionKind;
}
