/** The same wish once more: what a change was drafted from, without anything that its preview or a person added. */
import type { ChangeDraft } from '../incident/types.ts';
import type { Change } from './change.ts';

export function draftAgain({ action, title, rationale, findings, findingKeys, proposedBy, askedBy, undoOf }: Change): ChangeDraft {
  return { action, title, rationale, findings, findingKeys, proposedBy, ...(askedBy && { askedBy }), ...(undoOf !== undefined && { undoOf }) };
}
