/**
 * A change's card. What runs and what code computed of it stand above anything a model wrote. While it waits it has
 * buttons; once decided it says who decided and when, and offers at most to take it back.
 */
import type { KnownBlock } from '@slack/types';
import type { Change, ChangeState } from '../../changes/change.ts';
import type { ChangeView, IncidentView } from '../../incident/view.ts';
import { cardOf } from './card.ts';
import type { CardBody } from './card.ts';
import { relapseWords, takenBackWords } from './change-afterwards.ts';
import { buttons, undoButton } from './change-buttons.ts';
import { decisionLines, isCut, outputParts, resultParts, stepsBlock } from './change-outcome.ts';
import { chunks, commandBlocks, longestCommand, proposalParts, proseBlocks, warnings } from './change-proposal.ts';
import type { Asked } from './change-proposal.ts';
import { blocksOf, code, context, labelled, prose, section } from './elements.ts';
import type { Part } from './fit.ts';
import { dateText, escapeText, moment, oneLine, person, quoted, reveal } from './text.ts';
import { riskMarks, stateWords } from './words.ts';

export function changeCard(view: IncidentView, change: ChangeView, now: Date): CardBody {
  const text = `${change.id} ${quoted(change.title, 140)}: ${stateWords(change).words}`;
  if (!change.change) return cardOf([headline(change), { drop: 0, blocks: [titleBlock(change)] }, reasonPart(change)], text);
  const command = { drop: 0, blocks: commandBlocks(change.change, longestCommand) };
  if (change.state === 'proposed') {
    return cardOf([headline(change), warnings(change.change), command, ...proposalParts(change.change, 'card', askedOf(view)), proseBlocks(change.change, 'card'), { drop: 0, blocks: [...blocksOf(decisionLines(change)), buttons(change, change.change)] }], spoken(change.change));
  }
  const steps = { drop: running.has(change.state) ? 1 : 8, blocks: blocksOf(stepsBlock(change)) };
  const decided = [headline(change), { drop: 0, blocks: [titleBlock(change)] }, reasonPart(change), { drop: 0, blocks: blocksOf(decisionLines(change)) }];
  const [results, output] = [resultParts(change, 'card'), outputParts(change, 'card')];
  // What it came to is what people look for; what ran stands below it.
  const parts = running.has(change.state) ? [...decided, steps, ...results, command, ...output] : [...decided, ...results, command, ...output, steps];
  const undo = undoButton(change, now);
  return cardOf(parts, text, { incident: view.id, key: `change:${change.id}`, always: isCut(change), ...(undo && { beside: [undo] }) });
}

const running: ReadonlySet<ChangeState> = new Set(['approved', 'claimed', 'executing', 'verifying', 'undoing']);

/** What notifications and screen readers say of one that waits: what code computed first, prose last. */
function spoken({ id, risk, undo, policy, equivalent, command, title }: Change): string {
  const marks = [`${risk.level} risk`, ...(undo.kind === 'impossible' ? ['IRREVERSIBLE'] : []), ...(policy.frozen ? ['in a freeze'] : [])].join(', ');
  return `${oneLine(id, 20)} waits for approval (${marks}): ${oneLine(reveal(equivalent ?? command.join(' ')), 160)} · ${quoted(title, 80)}`;
}

/** Everything about a change, for the modal. */
export function changeParts(view: IncidentView, change: ChangeView): Part[] {
  if (!change.change) return [headline(change), { drop: 0, blocks: [titleBlock(change)] }, reasonPart(change)];
  return [
    headline(change),
    warnings(change.change),
    { drop: 0, blocks: commandBlocks(change.change) },
    ...proposalParts(change.change, 'full', askedOf(view)),
    proseBlocks(change.change, 'full'),
    reasonPart(change),
    { drop: 0, blocks: blocksOf(decisionLines(change)) },
    { drop: 3, blocks: blocksOf(stepsBlock(change)) },
    ...resultParts(change, 'full'),
    ...outputParts(change, 'full'),
    { drop: 3, blocks: blocksOf(labelled('Exact findings', change.change.findingKeys, 300, 30)) },
    { drop: 2, blocks: [context(`Bound to ${change.change.digest} · policy ${escapeText(oneLine(change.change.policy.version, 60))}`), ...chunks(JSON.stringify(change.change.resolved, undefined, 2)).slice(0, 4).map((chunk) => code(chunk, 3000))] },
  ];
}

/** Who asked for the incident and brought alerts in: none of them approves, unless the policy says otherwise. */
function askedOf(view: IncidentView): Asked {
  return [view.requestedBy, ...view.alerts.map(({ by }) => by)].flatMap((actor) => (actor ? [actor.userId] : []));
}

function headline(change: ChangeView): Part {
  const { mark, words } = stateWords(change);
  const takes = change.change?.undoOf === undefined ? '' : `  ·  takes *${escapeText(oneLine(change.change.undoOf, 20))}* back`;
  const risk = change.change?.risk;
  return { drop: 0, blocks: [section(`${mark} *Change ${escapeText(oneLine(change.id, 20))}*${takes}  ·  *${escapeText(words)}*${risk ? `  ·  ${riskMarks[risk.level]} ${risk.level} risk` : ''}${change.autoApproved ? '  ·  :robot_face: *without a person*' : ''}`)] };
}

function titleBlock(change: ChangeView): KnownBlock {
  return prose(quoted(change.title, 250), 260);
}

function reasonPart(change: ChangeView): Part {
  const blocks: KnownBlock[] = [];
  const next = change.successor && escapeText(oneLine(change.successor, 20));
  if (change.reason && change.state !== 'rejected' && change.state !== 'undoing' && change.state !== 'undone' && !change.edited) blocks.push(prose(change.reason, 600, 'Why'));
  if (change.edited) blocks.push(section(`:pencil2: Edited by ${person(change.edited.by.userId)} ${dateText(change.edited.at, moment)}: *see ${next}*, which needs approvals of its own.`));
  else if (change.state === 'stale' && next) blocks.push(section(`:fast_forward: *See ${next}*: previewed anew, it needs a new decision.`));
  if (change.relapsed) blocks.push(section(relapseWords(change, change.relapsed)));
  if (change.takenBack) blocks.push(section(takenBackWords(change.takenBack)));
  if (change.state === 'unknown') blocks.push(context('The executor ended while it ran. It is never run again by itself: look at the target, then decide.'));
  return { drop: 0, blocks };
}
