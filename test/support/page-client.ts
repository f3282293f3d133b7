/** A person at the playground's page, and patience with it. */
import { setTimeout as sleep } from 'node:timers/promises';

export { buttonsOf, createPageClient, textOf } from '../../playground/workspace/client.ts';
export type { PageClient } from '../../playground/workspace/client.ts';

/** Asks until it gets something; the deadline is generous and never what a test measures. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined | false | null>, seconds = 120): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let trouble: unknown;
  do {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      trouble = error;
    }
    await sleep(250);
  } while (Date.now() < end);
  throw new Error(`never came: ${what}${trouble instanceof Error ? `; last: ${trouble.message}` : ''}`, { cause: trouble });
}
