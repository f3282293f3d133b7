import type { ChangeDraft } from '../../../src/incident/types.ts';

/** What a draft would do, in a word. */
export function changeDraftKinds({ action }: ChangeDraft): string {
  return action.kind === 'http.operation' ? action.operation : action.kind;
}
