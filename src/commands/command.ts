/** One word after `sre-agent`: what it does, how it is called. */
export interface Surroundings {
  variables: Readonly<Record<string, string | undefined>>;
  /** One line to stdout; the line break is added. */
  print(line: string): void;
}

export interface Command {
  name: string;
  /** One line for the overview. */
  summary: string;
  /** Every way to call it, a line each. */
  usage: readonly string[];
  /** Returns the exit code: 0 done, 1 not (and said so). Throws UsageError, or any error whose message names the remedy. */
  run(words: readonly string[], surroundings: Surroundings): Promise<number>;
}

/** Called in a way that does not exist. */
export class UsageError extends Error {
  readonly code = 'usage';
  override readonly name = 'UsageError';
}
