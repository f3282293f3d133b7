import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../world.ts';

const pauseMilliseconds = 250;

/** What fails to answer is not true yet. The last failure is told when the time is up. */
export const until: World['until'] = async (what, ask, seconds = 60) => {
  const end = Date.now() + seconds * 1000;
  for (let failure: unknown; ; await sleep(pauseMilliseconds)) {
    try {
      const answer = await ask();
      if (answer) return answer;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s${failure === undefined ? '' : ` (${failure instanceof Error ? failure.message : String(failure)})`}`);
  }
};
