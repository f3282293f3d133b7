/**
 * A change's card. What runs and its computed risk stand above anything a model wrote. While it waits it has
 * buttons; once decided it says who decided and when, and has none.
 */
import type { ActionsBlock, KnownBlock, RichTextBlock } from '@slack/types';
import type { Change } from '../../changes/change.ts';
import type { ChangeView, IncidentView } from '../../incident/view.ts';
import { actionIds, cardOf } from './card.ts';
import type { CardBody } from './card.ts';
import { decisionLines, isCut, resultParts, stepsBlock } from './change-outcome.ts';
import { blocksOf, bold, button, code, codeText, context, firstOf, labelled, plain, prose, quotation, richText, section } from './elements.ts';
import type { Part } from './fit.ts';
import { clean, costOf, dateText, escapeText, oneLine, reveal, truncate } from './text.ts';
import { changeWords, durationWords, riskMarks } from './words.ts';

/** A command longer than this can't be read in the card, so it can't be approved there: only in Details. */
const longestCommand = 2800;

export interface ChangeButtonValue {
  change: string;
  digest: string;
}

export function changeCard(view: IncidentView, change: ChangeView): CardBody {
  const { words } = changeWords[change.state];
  const text = `${change.id} ${change.title}: ${words}`;
  if (!change.change) return cardOf([headline(change), { drop: 0, blocks: [titleBlock(change)] }, reasonPart(change)], text);
  const waiting = change.state === 'proposed';
  const running = ['approved', 'claimed', 'executing', 'verifying', 'undoing'].includes(change.state);
  const parts: Part[] = [
    headline(change),
    { drop: 0, blocks: blocksOf(familiarBlock(change.change), code(commandText(change.change), longestCommand)) },
    ...(waiting ? proposalParts(change.change, 'card') : [{ drop: 0, blocks: blocksOf(titleBlock(change)) }]),
    reasonPart(change),
    { drop: 0, blocks: blocksOf(decisionLines(change)) },
    ...(waiting ? [] : [{ drop: running ? 1 : 8, blocks: blocksOf(stepsBlock(change)) }]),
    ...resultParts(change, 'card'),
    { drop: 0, blocks: waiting ? [footer(change.change), buttons(change, change.change)] : [] },
  ];
  return cardOf(parts, text, waiting ? undefined : { incident: view.id, key: `change:${change.id}`, always: isCut(change) });
}

/** Everything about a change, for the modal. */
export function changeParts(change: ChangeView): Part[] {
  if (!change.change) return [headline(change), { drop: 0, blocks: [titleBlock(change)] }, reasonPart(change)];
  return [
    headline(change),
    { drop: 0, blocks: [...blocksOf(familiarBlock(change.change)), ...chunks(commandText(change.change)).map((chunk) => code(chunk, 3000))] },
    ...proposalParts(change.change, 'full'),
    reasonPart(change),
    { drop: 0, blocks: blocksOf(decisionLines(change)) },
    { drop: 3, blocks: blocksOf(stepsBlock(change)) },
    ...resultParts(change, 'full'),
    { drop: 3, blocks: blocksOf(labelled('Exact findings', change.change.findingKeys, 300, 30)) },
    { drop: 2, blocks: [context(`Bound to ${change.change.digest} · policy ${escapeText(oneLine(change.change.policy.version, 60))}`), code(JSON.stringify(change.change.resolved, undefined, 2), 2900)] },
  ];
}

export function commandText(change: Change): string {
  return change.command.join('\n');
}

/** True when the whole command stands in the card, so that a click there is a decision on what was read. */
export function isReadable(change: Change): boolean {
  return costOf(reveal(commandText(change))) <= longestCommand;
}

/** True when the modal holds every character of the command. */
export function isReadableInDetails(change: Change): boolean {
  return chunks(commandText(change)).every((chunk) => costOf(chunk) <= 3000);
}

/** Approve, Reject and, on a card, Details; no Approve where the command can't be read whole. */
export function buttons(view: ChangeView, change: Change, where: 'card' | 'modal' = 'card'): ActionsBlock {
  const value: ChangeButtonValue = { change: change.id, digest: change.digest };
  const approve = button('Approve', actionIds.approve, value, {
    style: 'primary',
    accessibility_label: `Approve change ${oneLine(change.id, 20)}`,
    confirm: {
      title: { type: 'plain_text', text: `Run ${oneLine(change.id, 20)}?` },
      text: { type: 'plain_text', text: truncate(reveal(change.equivalent ?? commandText(change)), 290) || '(empty)' },
      confirm: { type: 'plain_text', text: 'Approve' },
      deny: { type: 'plain_text', text: 'Cancel' },
      style: 'primary',
    },
  });
  const reject = button('Reject', actionIds.reject, value, { style: 'danger', accessibility_label: `Reject change ${oneLine(change.id, 20)}` });
  const details = button('Details', actionIds.changeDetails, value, { accessibility_label: `Show everything about change ${oneLine(change.id, 20)}` });
  const elements = where === 'modal' ? [...(isReadableInDetails(change) ? [approve] : []), reject] : isReadable(change) ? [approve, reject, details] : [reject, details];
  return { type: 'actions', block_id: `change:${oneLine(change.id, 20)}:${change.digest.slice(0, 12)}:${view.approvals.length}`, elements };
}

function headline(change: ChangeView): Part {
  const { mark, words } = changeWords[change.state];
  const risk = change.change?.risk;
  return { drop: 0, blocks: [section(`${mark} *Change ${escapeText(oneLine(change.id, 20))}*  ·  *${words}*${risk ? `  ·  ${riskMarks[risk.level]} ${risk.level} risk` : ''}`)] };
}

/** What a tired reader recognises; what runs stands below, whole. */
function familiarBlock({ equivalent }: Change): RichTextBlock | undefined {
  return equivalent === undefined ? undefined : richText({ type: 'rich_text_section', elements: [bold('Like  '), codeText(truncate(reveal(equivalent), 600).trim() || '(empty)'), plain('  but only if nothing has changed since this was shown. What runs:')] });
}

function proposalParts(change: Change, size: 'card' | 'full'): Part[] {
  const full = size === 'full';
  return [
    ...(isReadable(change) || full ? [] : [{ drop: 0, blocks: [section(':warning: The command is longer than a message can show. Read all of it, and decide, in *Details*.')] }]),
    { drop: 0, blocks: [riskBlock(change, full)] },
    { drop: 2, blocks: [richText({ type: 'rich_text_section', elements: [bold('Dry run')] }), ...(full ? chunks(change.preview).map((chunk) => code(chunk, 3000)) : [code(change.preview, 1200)])] },
    { drop: 1, blocks: [undoBlock(change, full), ...(full && change.undo.command.length > 0 ? chunks(change.undo.command.join('\n')).map((chunk) => code(chunk, 3000)) : [])] },
    { drop: 1, blocks: blocksOf(labelled(`Verified by${change.verification.soakSeconds > 0 ? `, for ${durationWords(change.verification.soakSeconds)}` : ''}`, change.verification.checks, full ? 600 : 200, full ? 30 : 5)) },
    { drop: 3, blocks: [prose(change.title, 250, change.proposedBy === 'claude' ? 'Proposed by Claude' : 'Proposed by the rules'), quotation(change.rationale, full ? 2900 : 700)] },
  ];
}

function riskBlock(change: Change, full: boolean): RichTextBlock {
  const { shown, more } = firstOf(change.risk.reasons, full ? 20 : 5);
  const reasons = [...shown.map((reason) => truncate(clean(reason), 200)), ...(more > 0 ? [`and ${more} more`] : [])];
  return richText({
    type: 'rich_text_section',
    elements: [bold(`Risk: ${change.risk.level}`), plain(reasons.length > 0 ? ` (${reasons.join('; ')})` : ''), bold('\nReaches: '), plain(truncate(clean(change.blastRadius), full ? 1500 : 300) || 'not stated')],
  });
}

function undoBlock({ undo }: Change, full: boolean): RichTextBlock {
  const words = { automatic: 'Undo, by itself if verification fails: ', not_needed: 'Undo: not needed. ', impossible: 'Undo: impossible. ' }[undo.kind];
  const command = undo.command.join('\n');
  return richText(
    { type: 'rich_text_section', elements: [bold(words), plain(truncate(clean(undo.description), full ? 1500 : 300))] },
    ...(command === '' || full ? [] : [{ type: 'rich_text_preformatted' as const, elements: [plain(truncate(reveal(command), 600))] }]),
  );
}

function titleBlock(change: ChangeView): KnownBlock {
  return prose(change.title, 250);
}

function reasonPart(change: ChangeView): Part {
  const blocks: KnownBlock[] = [];
  if (change.reason && change.state !== 'rejected') blocks.push(prose(change.reason, 600, 'Why'));
  if (change.state === 'stale' && change.successor) blocks.push(context(`${escapeText(oneLine(change.successor, 20))} takes its place and needs a new decision.`));
  if (change.state === 'unknown') blocks.push(context('The executor ended while it ran. It is never run again by itself: look at the target, then decide.'));
  return { drop: 0, blocks };
}

function footer(change: Change): KnownBlock {
  const needed = change.policy.approvalsNeeded;
  const who = `${needed === 1 ? 'One approver' : `${needed} different approvers`} must agree${change.policy.requesterMayApprove ? '' : ', and not who asked'}`;
  return context(`Expires ${dateText(change.expiresAt, '{date_short_pretty} {time}')}  ·  ${who}  ·  digest ${change.digest.slice(0, 12)}`);
}

/** Pieces of at most 2,400 characters, so that nothing is left out of a modal. */
function chunks(text: string): string[] {
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
