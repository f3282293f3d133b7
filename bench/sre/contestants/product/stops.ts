/** What was started, ended in the opposite order; once, whoever asks. */
export interface Ending {
  add(stop: () => Promise<unknown>): void;
  end(): Promise<void>;
}

export function startEnding(): Ending {
  const stops: (() => Promise<unknown>)[] = [];
  let ending: Promise<void> | undefined;
  async function endAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of stops.splice(0).toReversed()) await stop().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
  return { add: (stop) => void stops.push(stop), end: () => (ending ??= endAll()) };
}
