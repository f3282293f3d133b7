/** Where a contestant's model is: the API, somebody who answers by hand, or a recording; and what is kept of it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Attempt, ContestantOptions, Site } from '../contestant.ts';
import type { Equipment } from '../product/enter.ts';
import { readRecording, recordingPath, writeRecording } from './recording.ts';
import type { Conversation, Exchange } from './recording.ts';
import { startRecorder } from './recorder.ts';
import { startReplayer } from './replayer.ts';

/** @throws without a recording, a key or an address */
export async function equipModel(agent: string, { play, baseUrl, record = false, recordings = recordingsDirectory() }: ContestantOptions, site: Site): Promise<Equipment> {
  const key = { scenario: site.scenario, agent, seed: site.seed };
  if (play === 'recorded') {
    const recording = readRecording(recordings, key);
    if (!recording) throw new Error(whyNotPlayed({ ...key, play, recordings }) ?? 'There is no recording.');
    const replayer = await startReplayer(recording);
    return {
      environment: { ANTHROPIC_API_KEY: 'recorded', ANTHROPIC_BASE_URL: replayer.url },
      played: 'recorded',
      report() {
        replayer.check();
        return { said: textsOf(replayer.seen()), notes: [`replies recorded ${recording.at.slice(0, 10)}, ${recording.played === 'hand' ? 'written by hand' : 'of the API'}; token counts are estimates`] };
      },
      end: replayer.close,
    };
  }
  const upstream = baseUrl ?? (play === 'live' ? (process.env['ANTHROPIC_BASE_URL'] ?? 'https://api.anthropic.com') : undefined);
  if (upstream === undefined) throw new Error('--play hand needs --base-url URL: where somebody answers.');
  const recorder = await startRecorder(upstream);
  return {
    environment: { ANTHROPIC_API_KEY: play === 'hand' ? 'by-hand' : apiKey(), ANTHROPIC_BASE_URL: recorder.url },
    played: play === 'live' ? 'live' : 'recorded',
    report() {
      const conversations = recorder.conversations();
      const notes = play === 'hand' ? ['played by hand; token counts are estimates'] : [];
      if (record) notes.push(save(conversations));
      return { said: textsOf(conversations), notes };
    },
    end: recorder.close,
  };

  function save(conversations: Conversation[]): string {
    if (!conversations.some(isConcluded)) return 'not recorded: nobody concluded';
    const path = writeRecording(recordings, { format: 1, ...key, played: play === 'hand' ? 'hand' : 'live', at: new Date().toISOString(), conversations });
    site.log(`recorded: ${path}`);
    return 'recorded';
  }
}

/** Before a world is opened for it. Undefined: it can be played. */
export function whyNotPlayed({ play, recordings = recordingsDirectory(), ...key }: { scenario: string; agent: string; seed: number; play: ContestantOptions['play']; recordings?: string }): string | undefined {
  if (play !== 'recorded' || existsSync(recordingPath(recordings, key))) return undefined;
  return `There is no recording of ${key.agent} at ${key.scenario} with seed ${key.seed}. With a key in ANTHROPIC_API_KEY, --play live asks the model.`;
}

/** A reply that ends an investigation. */
const isConcluded = ({ exchanges }: Conversation): boolean => exchanges.some(({ reply }) => reply.some((block) => block.type === 'tool_use' && (block.name === 'conclude' || block.name === 'finish')));

/** What the model was told, and what it said. */
function textsOf(conversations: readonly { exchanges: readonly Pick<Exchange, 'added' | 'reply'>[] }[]): Attempt['said'] {
  return conversations.flatMap(({ exchanges }) => exchanges.flatMap(({ added, reply }) => [...added.map(({ text }) => text), JSON.stringify(reply)]));
}

function apiKey(): string {
  const key = process.env['ANTHROPIC_API_KEY'];
  if (!key) throw new Error('--play live needs the key of the API in ANTHROPIC_API_KEY.');
  return key;
}

/** This file lies deeper when compiled. */
export function recordingsDirectory(): string {
  const here = fileURLToPath(new URL('../../../../', import.meta.url));
  return join(existsSync(join(here, 'package.json')) ? here : resolve(here, '..'), 'bench', 'sre', 'recordings');
}
