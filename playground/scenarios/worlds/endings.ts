/** What has to be ended with the world: the newest first, each though another fails, all of it once. */
export interface Endings {
  add(end: () => Promise<unknown> | unknown): void;
  run(): Promise<void>;
}

export function createEndings(log: (line: string) => void): Endings {
  const ends: (() => Promise<unknown> | unknown)[] = [];
  let running: Promise<void> | undefined;
  const runAll = async (): Promise<void> => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
      try {
        await end();
      } catch (error) {
        log(`closing: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  return {
    add: (end) => void ends.push(end),
    run: () => (running ??= runAll()),
  };
}
