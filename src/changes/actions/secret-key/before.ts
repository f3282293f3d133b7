/** What a Secret's key held before a change, kept in this process alone and not for long: it is never stored anywhere. */
interface Kept {
  /** Undefined: there was no such key. */
  value: Buffer | undefined;
}

const most = 100;
const kept = new Map<string, Kept>();

export function keepBefore(changeId: string, value: Buffer | undefined): void {
  kept.delete(changeId);
  kept.set(changeId, { value });
  const [oldest] = kept.keys();
  if (kept.size > most && oldest !== undefined) kept.delete(oldest);
}

/** Undefined when another process ran the change. */
export function keptBefore(changeId: string): Kept | undefined {
  return kept.get(changeId);
}
