/** The upper half of a change's card while it waits: what runs, and everything that code computed of it. */
import type { KnownBlock, RichTextBlock } from '@slack/types';
import type { Change } from '../../changes/change.ts';
import { blocksOf, bold, code, codeText, context, firstOf, labelled, plain, prose, quotation, richText, section } from './elements.ts';
import type { Part } from './fit.ts';
import { clean, costOf, dateText, escapeText, group, oneLine, person, reveal, truncate, truncateMiddle } from './text.ts';
import { durationWords, riskMarks } from './words.ts';

/** A command longer than this can't be read in the card, so it can't be approved there: only in Details. */
export const longestCommand = 2800;

/** Slack user ids of those who asked for the incident. */
export type Asked = readonly string[];

export function commandText(change: Change): string {
  return change.command.join('\n');
}

/** `limit`: leaves out the middle of a longer one; without it, all of it in pieces. */
export function commandBlocks(change: Change, limit?: number): KnownBlock[] {
  const text = commandText(change);
  return [...blocksOf(familiarBlock(change)), ...(limit === undefined ? chunks(text).map((chunk) => code(chunk, 3000)) : [code(text, limit)])];
}

/** What must be read before anything else. */
export function warnings({ undo, policy, facts, command }: Change): Part {
  const lines = [
    undo.kind === 'impossible' && `:red_circle: *IRREVERSIBLE: this can not be taken back.* ${escapeText(oneLine(undo.description, 300))}`,
    policy.frozen && `:snowflake: *Freeze "${escapeText(oneLine(policy.frozen.name, 80))}" until ${dateText(policy.frozen.until, '{date_short_pretty} {time}')}*: ${policy.frozen.breakGlass === undefined ? 'nobody can let it run before then. Afterwards, `/sre investigate` proposes it anew.' : 'each approver says why it can not wait.'}`,
    facts.putBackBy !== undefined && `:warning: *Drift*: ${escapeText(oneLine(facts.putBackBy, 120))} owns this and may put it back. Change it there, too.`,
    (policy.autonomy === 'advise' || policy.autonomy === 'observe') && `:eyes: *Shown, not run*: autonomy is ${policy.autonomy} here.`,
    costOf(reveal(command.join('\n'))) > longestCommand && ':warning: The command is longer than a message can show. Read all of it, and decide, in *Details*.',
  ].filter((line) => typeof line === 'string');
  return { drop: 0, blocks: lines.length > 0 ? [section(lines.join('\n'))] : [] };
}

export function proposalParts(change: Change, size: 'card' | 'full', asked: Asked): Part[] {
  const full = size === 'full';
  return [
    { drop: 0, blocks: [riskBlock(change, full)] },
    { drop: 2, blocks: [richText({ type: 'rich_text_section', elements: [bold('Dry run')] }), ...(full ? chunks(change.preview).map((chunk) => code(chunk, 3000)) : [code(change.preview, 1200)])] },
    { drop: 1, blocks: [undoBlock(change, full), ...(full && change.undo.command.length > 0 ? chunks(change.undo.command.join('\n')).map((chunk) => code(chunk, 3000)) : [])] },
    { drop: 1, blocks: blocksOf(labelled(`Verified by${change.verification.soakSeconds > 0 ? `, for ${durationWords(change.verification.soakSeconds)}` : ''}`, change.verification.checks, full ? 600 : 200, full ? 30 : 5)) },
    { drop: 0, blocks: [termsBlock(change, full, asked)] },
  ];
}

/** The only words that a model or a person wrote. */
export function proseBlocks(change: Change, size: 'card' | 'full'): Part {
  const by = { claude: 'Proposed by Claude', rules: 'Proposed by the rules', person: 'Proposed by a person' }[change.proposedBy];
  return { drop: 3, blocks: [prose(change.title, 250, by), quotation(change.rationale, size === 'full' ? 2900 : 700)] };
}

/** What a tired reader recognises; what runs stands below, whole. */
function familiarBlock({ equivalent }: Change): RichTextBlock | undefined {
  return equivalent === undefined ? undefined : richText({ type: 'rich_text_section', elements: [bold('Like  '), codeText(truncate(reveal(equivalent), 600).trim() || '(empty)'), plain('  but only if nothing has changed since this was shown. Exactly:')] });
}

function riskBlock({ risk, blastRadius }: Change, full: boolean): RichTextBlock {
  const { shown, more } = firstOf(risk.reasons, full ? 20 : 6);
  const reasons = [...shown.map((reason) => truncate(clean(reason), 200) || '(nothing)'), ...(more > 0 ? [`and ${more} more in Details`] : [])];
  return richText(
    { type: 'rich_text_section', elements: [{ type: 'emoji', name: riskMarks[risk.level].replaceAll(':', '') }, bold(` Risk: ${risk.level}`), ...(reasons.length > 0 ? [plain(', because')] : [])] },
    ...(reasons.length > 0 ? [{ type: 'rich_text_list' as const, style: 'bullet' as const, elements: reasons.map((reason) => ({ type: 'rich_text_section' as const, elements: [plain(reason)] })) }] : []),
    { type: 'rich_text_section', elements: [bold('Reaches: '), plain(truncate(clean(blastRadius), full ? 1500 : 300) || 'not stated')] },
  );
}

function undoBlock({ undo }: Change, full: boolean): RichTextBlock {
  const words = { automatic: 'Undo, by itself if verification fails: ', not_needed: 'Undo: not needed. ', impossible: 'Undo: impossible. ' }[undo.kind];
  const command = undo.command.join('\n');
  return richText(
    { type: 'rich_text_section', elements: [bold(words), plain(truncate(clean(undo.description), full ? 1500 : 300))] },
    ...(command === '' || full ? [] : [{ type: 'rich_text_preformatted' as const, elements: [plain(truncateMiddle(reveal(command), 1200))] }]),
  );
}

/** Who decides, until when, on what: all from our configuration, as the digest binds it. */
function termsBlock(change: Change, full: boolean, asked: Asked): KnownBlock {
  const { approvalsNeeded: needed, requesterMayApprove, approvers, reasons = [] } = change.policy;
  const { shown, more } = firstOf([...(approvers?.anyone ? ['any full member of this workspace'] : []), ...(approvers?.groups ?? []).map(group), ...(approvers?.users ?? []).map(person)], full ? 50 : 8);
  const of = shown.length === 0 ? '' : ` of ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const excluded = [...new Set([...asked, ...(change.askedBy ? [change.askedBy.userId] : [])])].slice(0, 5).map(person);
  const not = requesterMayApprove ? '' : excluded.length > 0 ? `, not ${excluded.join(', ')}, who asked` : ', and not who asked';
  const who = needed === 0 ? 'No approval is needed: the policy lets it run' : `*${needed === 1 ? 'One approver' : `${needed} different approvers`}*${of} must agree${not}`;
  const typed = change.askedBy && (change.undoOf === undefined ? `Fields typed by ${person(change.askedBy.userId)}` : `Asked for by ${person(change.askedBy.userId)}`);
  const why = firstOf(reasons, full ? 20 : 4).shown.map((reason) => escapeText(oneLine(reason, 200))).join('; ');
  return context(`${who}  ·  expires ${dateText(change.expiresAt, '{date_short_pretty} {time}')}  ·  digest ${change.digest.slice(0, 12)}`, ...(typed ? [typed] : []), ...(why === '' || (!full && needed === 1) ? [] : [`Policy: ${why}`]));
}

/** Pieces of at most 2,900 characters, so that nothing is left out of a modal. */
export function chunks(text: string): string[] {
  const pieces: string[] = [];
  let rest = reveal(text);
  while (costOf(rest) > 2900 && pieces.length < 12) {
    const most = Math.max(1, truncate(rest, 2400).length - 1);
    const line = rest.lastIndexOf('\n', most - 1) + 1;
    const end = line > most / 2 ? line : most;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...pieces, rest];
}
