/** Layouts on one played investigation: a lead that reads reports holds less than one that reads all. Times are for the bench to measure. */
import { expect, test } from 'vitest';
import { measure } from '../../bench/agents/measure.ts';
import { playedIn } from '../../bench/agents/script.ts';
import { readRecording } from '../../bench/sre/contestants/model/recording.ts';

test('the same readings, in four layouts', async () => {
  const recording = readRecording('bench/sre/recordings', { scenario: 'egress-policy-without-dns', agent: 'claude-team', seed: 1 });
  if (!recording) throw new Error('There is no recording to play.');
  const played = playedIn(recording);
  const calls = [...played.rounds.values()].flat(2).length;
  const timing = { latencyMilliseconds: 1, toolMilliseconds: 1 };
  const [team, sequential, single] = [await measure(played, { layout: 'team', ...timing }), await measure(played, { layout: 'sequential', ...timing }), await measure(played, { layout: 'single', ...timing })];
  expect(team.replies).toBe(sequential.replies);
  expect(single.peakOfLead).toBeGreaterThan(3 * team.peakOfLead);
  expect(single.peakOfLead).toBeGreaterThan(team.peakOfSpecialist);
  const pieces = await measure(played, { layout: 'sequential', ...timing, callsPerReply: 1 });
  // Each call in a reply of its own, a report of each specialist, and the lead's own.
  expect(pieces.replies).toBe(calls + played.rounds.size + played.briefs.length + 1);
});
