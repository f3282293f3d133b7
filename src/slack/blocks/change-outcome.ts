/** The lower half of a change's card: who decided, what is happening, what came of it. */
import type { KnownBlock, RichTextBlock } from '@slack/types';
import type { ChangeView } from '../../incident/view.ts';
import { wordsOfKey } from '../../incident/finding-words.ts';
import { blocksOf, bold, code, context, firstOf, labelled, lastOf, list, plain, prose, richText, section } from './elements.ts';
import type { Part } from './fit.ts';
import { clean, dateText, escapeText, oneLine, person, truncate } from './text.ts';

const mostChecks = 5;
const mostFindings = 6;
const moment = '{date_short_pretty} {time_secs}';

export function decisionLines(change: ChangeView): KnownBlock | undefined {
  const lines = change.approvals.map(({ by, at }) => `:white_check_mark: Approved by ${person(by.userId)} ${dateText(at, moment)}`);
  if (change.state === 'proposed' && lines.length > 0) lines.push(`${change.approvals.length} of ${change.approvalsNeeded} approvals; one more person is needed`);
  if (change.rejection) lines.push(`:x: Rejected by ${person(change.rejection.by.userId)} ${dateText(change.rejection.at, moment)}: ${escapeText(oneLine(change.rejection.reason, 600))}`);
  return lines.length > 0 ? section(lines.join('\n')) : undefined;
}

/** What the executor did, the newest last. */
export function stepsBlock(change: ChangeView): KnownBlock | undefined {
  if (change.steps.length === 0) return undefined;
  const { shown, earlier } = lastOf(change.steps, 8);
  return list([...(earlier > 0 ? [[plain(`${earlier} earlier steps`)]] : []), ...shown.map(({ text }) => [plain(truncate(clean(text).replace(/\s+/g, ' '), 200) || '…')])]);
}

export function resultParts(change: ChangeView, size: 'card' | 'full'): Part[] {
  const full = size === 'full';
  const parts: Part[] = [];
  if (change.verified) {
    parts.push({ drop: 1, blocks: blocksOf(beforeAndAfter(change.verified, full)) });
    parts.push({ drop: 4, blocks: blocksOf(labelled('Verified', change.verified.checks, full ? 600 : 200, full ? 30 : mostChecks)) });
  }
  if (change.output !== undefined && clean(change.output) !== '') parts.push({ drop: 6, blocks: [richText({ type: 'rich_text_section', elements: [bold('Output')] }), code(change.output, full ? 2900 : 600)] });
  if (change.undo) {
    parts.push({ drop: 2, blocks: blocksOf(prose(change.undo.reason, 500, change.undo.done ? 'Undone because' : 'Undoing because'), change.undo.command.length > 0 ? code(change.undo.command.join('\n'), full ? 2900 : 600) : undefined) });
    if (clean(change.undo.output) !== '') parts.push({ drop: 7, blocks: [code(change.undo.output, full ? 2900 : 400)] });
  }
  const refused = change.refusedClicks.length;
  if (full && refused > 0) parts.push({ drop: 5, blocks: [context(...change.refusedClicks.slice(-9).map(({ by, at, decision, reason }) => `${person(by.userId)} tried to ${decision} ${dateText(at, moment)}: ${escapeText(oneLine(reason, 200))}`))] });
  return parts;
}

/** Whether a card leaves out some of what was verified. */
export function isCut({ verified }: ChangeView): boolean {
  return verified !== undefined && (firstOf(verified.checks, mostChecks).more > 0 || [verified.before, verified.after].some((keys) => firstOf(keys, mostFindings).more > 0));
}

/** What the rules saw, in words; Details has the exact keys too. */
function beforeAndAfter({ before, after }: { before: string[]; after: string[] }, full: boolean): KnownBlock | undefined {
  if (before.length === 0 && after.length === 0) return undefined;
  return richText(...sight('Before', before, 'nothing', full), ...sight('After', after, 'none of these', full));
}

function sight(label: string, keys: readonly string[], none: string, full: boolean): RichTextBlock['elements'] {
  if (keys.length === 0) return [{ type: 'rich_text_section', elements: [bold(`${label}: `), plain(none)] }];
  return labelled(label, keys.map((key) => lineOf(key, full)), full ? 300 : 200, full ? 30 : mostFindings)?.elements ?? [];
}

function lineOf(key: string, full: boolean): string {
  const words = wordsOfKey(key);
  return oneLine(full && words !== key ? `${words} (${key})` : words, 300);
}
