/** The lower half of a change's card: who decided, what is happening, what came of it. */
import type { KnownBlock, RichTextBlock, RichTextElement } from '@slack/types';
import type { Measured } from '../../incident/events.ts';
import type { ChangeView } from '../../incident/view.ts';
import { wordsOfKey } from '../../incident/finding-words.ts';
import { blocksOf, bold, code, context, firstOf, labelled, lastOf, list, plain, prose, richText, section } from './elements.ts';
import type { Part } from './fit.ts';
import { clean, dateText, escapeText, moment, oneLine, person, truncate } from './text.ts';

const mostChecks = 5;
const mostFindings = 6;
const mostNumbers = 8;

export function decisionLines(change: ChangeView): KnownBlock | undefined {
  const lines = change.approvals.map(({ by, at, reason }) => `:white_check_mark: Approved by ${person(by.userId)} ${dateText(at, moment)}${reason === undefined ? '' : ` in spite of the freeze: ${escapeText(oneLine(reason, 500))}`}`);
  if (change.state === 'proposed' && lines.length > 0) lines.push(`${change.approvals.length} of ${change.approvalsNeeded} approvals; ${moreNeeded(change)} needed`);
  if (change.autoApproved) lines.push(`:robot_face: *Approved by the policy, by no person* ${dateText(change.autoApproved.at, moment)}: ${change.autoApproved.reasons.slice(0, 6).map((reason) => escapeText(oneLine(reason, 200))).join('; ') || 'no reason given'}`);
  if (change.rejection) lines.push(`:x: Rejected by ${person(change.rejection.by.userId)} ${dateText(change.rejection.at, moment)}: ${escapeText(oneLine(change.rejection.reason, 600))}`);
  return lines.length > 0 ? section(lines.join('\n')) : undefined;
}

function moreNeeded({ approvals, approvalsNeeded }: ChangeView): string {
  const more = approvalsNeeded - approvals.length;
  return more <= 1 ? 'one more person is' : `${more} more people are`;
}

/** What the executor did, the newest last. */
export function stepsBlock(change: ChangeView): KnownBlock | undefined {
  if (change.steps.length === 0) return undefined;
  const { shown, earlier } = lastOf(change.steps, 8);
  return list([...(earlier > 0 ? [[plain(`${earlier} earlier steps`)]] : []), ...shown.map(({ at, text }) => [...timeOf(at), plain(truncate(clean(text).replace(/\s+/g, ' '), 200) || '…')])]);
}

/** In the reader's own time zone. */
function timeOf(at: string): RichTextElement[] {
  const seconds = Math.floor(Date.parse(at) / 1000);
  return Number.isNaN(seconds) ? [] : [{ type: 'date', timestamp: seconds, format: '{time_secs}', fallback: `${at.slice(11, 19)} UTC` }, plain('  ')];
}

/** What it came to, in words and numbers. */
export function resultParts({ verified, undo }: ChangeView, size: 'card' | 'full'): Part[] {
  const full = size === 'full';
  const parts: Part[] = [];
  if (verified) {
    parts.push({ drop: 1, blocks: blocksOf(numbersBlock(verified.numbers, full), beforeAndAfter(verified, full)) });
    parts.push({ drop: 4, blocks: blocksOf(labelled('Verified', verified.checks, full ? 600 : 200, full ? 30 : mostChecks)) });
  }
  if (undo) parts.push({ drop: 0, blocks: [prose(undo.reason, 500, undo.done ? 'Undone because' : 'Undoing because')] });
  return parts;
}

/** What was printed, and what its undo ran: never above the command, which is the first code of a card. */
export function outputParts(change: ChangeView, size: 'card' | 'full'): Part[] {
  const full = size === 'full';
  const labelledCode = (label: string, text: string, limit: number): KnownBlock[] => [richText({ type: 'rich_text_section', elements: [bold(label)] }), code(text, full ? 2900 : limit)];
  const parts: Part[] = [];
  if (change.output !== undefined && clean(change.output) !== '') parts.push({ drop: 6, blocks: labelledCode('Output', change.output, 600) });
  if (change.undo && change.undo.command.length > 0) parts.push({ drop: 2, blocks: labelledCode(change.undo.done ? 'Undone with' : 'Undoing with', change.undo.command.join('\n'), 600) });
  if (change.undo && clean(change.undo.output) !== '') parts.push({ drop: 7, blocks: [code(change.undo.output, full ? 2900 : 400)] });
  if (full && change.identity !== undefined) parts.push({ drop: 5, blocks: [context(`Ran as ${escapeText(oneLine(change.identity, 200))}`)] });
  const refused = change.refusedClicks.length;
  if (full && refused > 0) parts.push({ drop: 5, blocks: [context(...change.refusedClicks.slice(-9).map(({ by, at, decision, reason }) => `${person(by.userId)} tried to ${decision} ${dateText(at, moment)}: ${escapeText(oneLine(reason, 200))}`))] });
  return parts;
}

/** Whether a card leaves out some of what was verified. */
export function isCut({ verified }: ChangeView): boolean {
  return verified !== undefined && (firstOf(verified.checks, mostChecks).more > 0 || [verified.before, verified.after].some((keys) => firstOf(keys, mostFindings).more > 0) || firstOf([...new Set([...(verified.numbers?.before ?? []), ...(verified.numbers?.after ?? [])].map(({ name }) => name))], mostNumbers).more > 0);
}

/** `checkout p95: 2100 ms → 40 ms`, a line each: a phone is too narrow for a table. */
function numbersBlock(numbers: { before: Measured[]; after: Measured[] } | undefined, full: boolean): KnownBlock | undefined {
  if (!numbers) return undefined;
  const names = [...new Set([...numbers.before, ...numbers.after].map(({ name }) => name))];
  if (names.length === 0) return undefined;
  const { shown, more } = firstOf(names, full ? 30 : mostNumbers);
  const lines: RichTextElement[][] = shown.map((name) => {
    const [before, after] = [numbers.before, numbers.after].map((side) => valueWords(side.find((one) => one.name === name)));
    return [plain(`${oneLine(name, 100) || '…'}: ${before} → `), bold(after ?? '')];
  });
  if (more > 0) lines.push([plain(`… and ${more} more`)]);
  return richText({ type: 'rich_text_section', elements: [bold('Numbers, before → after')] }, { type: 'rich_text_list', style: 'bullet', elements: lines.map((elements) => ({ type: 'rich_text_section', elements })) });
}

function valueWords(measured: Measured | undefined): string {
  if (!measured || !Number.isFinite(measured.value)) return 'no data';
  const digits = Math.abs(measured.value) >= 100 ? 0 : Math.abs(measured.value) >= 1 ? 1 : 3;
  return `${measured.value.toLocaleString('en-US', { maximumFractionDigits: digits })}${measured.unit === '' ? '' : ` ${oneLine(measured.unit, 20)}`}`;
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
