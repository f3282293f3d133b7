import { setTimeout as sleep } from 'node:timers/promises';

/** Returns what `look` gives as soon as it gives something; throws when it never does. */
export async function waitFor<Result>(what: string, look: () => Promise<Result | undefined | false> | Result | undefined | false, seconds = 45): Promise<Result> {
  for (const end = Date.now() + seconds * 1_000; ; await sleep(25)) {
    const result = await look();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > end) throw new Error(`Waited ${seconds} seconds for: ${what}`);
  }
}
