/** Who wrote a field last, and when, as managed fields say. */
import type { FieldChange } from '../cluster-readings.ts';
import { writerHolds } from './drift-gate.ts';
import { recentSeconds, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';

/** Newest first as they are read; undefined where nothing says. */
export function lastWrite(changes: readonly FieldChange[] | undefined, field: string): FieldChange | undefined {
  return changes?.find((one) => one.at !== '' && one.fields.includes(field));
}

/** Written hours ago, or by a program: it is meant so, or is not what began lately. Nothing known is not that. */
export function isSettled(scope: Scope, write: FieldChange | undefined): boolean {
  return write !== undefined && (writerHolds({ fields: [write] }) || secondsAgo(scope, write.at) > recentSeconds);
}
