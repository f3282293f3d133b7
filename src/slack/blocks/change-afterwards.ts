/** What happened to a change after it was done: its problem came back, somebody takes it back. Lines of mrkdwn, escaped. */
import { wordsOfKey } from '../../incident/finding-words.ts';
import type { ChangeView } from '../../incident/view.ts';
import { firstOf } from './elements.ts';
import { dateText, escapeText, moment, oneLine, person } from './text.ts';
import { changeWords, durationWords } from './words.ts';

export function relapseWords({ verified, since }: Pick<ChangeView, 'verified' | 'since'>, { at, keys }: NonNullable<ChangeView['relapsed']>): string {
  const seconds = (Date.parse(at) - Date.parse((verified ?? since).at)) / 1000;
  const after = Number.isFinite(seconds) && seconds >= 0 ? `${seconds < 60 ? durationWords(seconds) : durationWords(Math.round(seconds / 60) * 60).replace(/ 0 s$/, '')} after` : 'afterwards';
  const { shown, more } = firstOf(keys, 4);
  const list = [...shown.map((key) => escapeText(oneLine(wordsOfKey(key), 150))), ...(more > 0 ? [`${more} more`] : [])].join('; ');
  return `:warning: *What it was for came back ${after}* (${dateText(at)})${list === '' ? '' : `: ${list}`}`;
}

export function takenBackWords({ by, at, successor, state }: NonNullable<ChangeView['takenBack']>): string {
  const [who, id] = [person(by.userId), escapeText(oneLine(successor, 20))];
  switch (state) {
    case 'drafted':
    case 'proposed':
      return `:rewind: ${who} wants it taken back ${dateText(at, moment)}: *decide on ${id}*.`;
    case 'done':
      return `:rewind: *Taken back by ${id}*, which ${who} asked for ${dateText(at, moment)}.`;
    default:
      return `:rewind: ${id} is to take it back, asked for by ${who} ${dateText(at, moment)}: ${changeWords[state].words.toLowerCase()}.`;
  }
}
