/** drafted -> proposed: what would run, shown and bound by a digest. What can't be previewed is refused. */
import { wordsOfKey } from '../../incident/finding-words.ts';
import { StoppedError } from '../../incident/stopped-error.ts';
import type { Action } from '../action.ts';
import { targetOf } from '../action.ts';
import type { Preview } from '../actions/kind.ts';
import { kindOf } from '../actions/kinds.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Change } from '../change.ts';
import { digestOf } from '../digest.ts';
import { messageOf, RefusedError } from '../errors.ts';
import { assessRisk } from '../risk.ts';
import type { Assessment } from '../risk-level.ts';
import type { Tools } from './run.ts';
import { kindContext } from './run.ts';

export async function previewChange(tools: Tools, changeId: string, signal: AbortSignal): Promise<void> {
  const { store, policy, redact } = tools;
  const change = await store.changes.get(changeId);
  if (change?.state !== 'drafted') return;
  const context = kindContext(tools, change, signal);
  try {
    await context.checkpoint();
    if (policy.autonomy === 'observe') throw new RefusedError('Autonomy is observe: findings only, no changes.');
    const proposal = propose(change, await prepare(tools, change, signal), tools);
    await context.checkpoint();
    if (policy.autonomy === 'advise') {
      const reason = `Autonomy is advise: sre-agent shows this and does not run it. By hand: ${proposal.command.join('; ') || 'nothing'}`;
      await store.changes.transition(change.id, { from: 'drafted', to: 'refused', set: { ...proposal, digest: '' }, event: { type: 'change.refused', changeId, title: change.title, reason } });
      return;
    }
    await store.changes.transition(change.id, { from: 'drafted', to: 'proposed', set: proposal, event: { type: 'change.proposed', change: proposal } });
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof StoppedError) {
      await store.changes.transition(change.id, { from: 'drafted', to: 'superseded', event: { type: 'change.superseded', changeId, reason: 'the incident was stopped' } });
      return;
    }
    const reason = redact(error instanceof RefusedError ? error.message : `It could not be previewed: ${messageOf(error)}`);
    await store.changes.transition(change.id, { from: 'drafted', to: 'refused', event: { type: 'change.refused', changeId, title: change.title, reason } });
  }
}

/** Also the second look right before a run. Throws what the kind throws; a secret in what would be shown is a refusal. */
export async function prepare(tools: Tools, change: Change, signal: AbortSignal): Promise<Preview> {
  const kind = kindOf(change.action, tools.kinds);
  const parsed = kind.schema.safeParse(change.action);
  if (!parsed.success) throw new RefusedError(`The action is not well-formed: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
  const prepared = await kind.prepare(parsed.data as Action, kindContext(tools, change, signal));
  // Hiding it would show something else than what runs.
  const bound = [...prepared.command, prepared.equivalent ?? '', ...prepared.undo.command, prepared.undo.description, canonicalJson(prepared.resolved)].join('\n');
  if (tools.redact(bound) !== bound) throw new RefusedError('What would run, or its undo, holds a secret, and sre-agent neither shows nor carries secrets: do this one by hand.');
  return { ...prepared, preview: tools.redact(prepared.preview), blastRadius: tools.redact(prepared.blastRadius) };
}

/** By the facts that were gathered just now. */
export function riskOf({ action }: Change, prepared: Pick<Preview, 'facts' | 'undo'>, { policy: { notProduction }, kinds }: Pick<Tools, 'policy' | 'kinds'>): Assessment {
  return assessRisk(kindOf(action, kinds).risk(action, prepared.facts), prepared, !notProduction.includes(targetOf(action) ?? ''));
}

function propose(change: Change, { checks, ...prepared }: Preview, tools: Tools): Change {
  const { policy, now, redact } = tools;
  const risk = riskOf(change, prepared, tools);
  const proposal: Change = {
    ...change,
    ...prepared,
    state: 'proposed',
    title: redact(change.title),
    rationale: redact(change.rationale),
    verification: { checks: [...checks, ...expectations(change)], soakSeconds: policy.soakSeconds },
    risk,
    policy: { version: policy.version, approvalsNeeded: policy.approvalsNeeded(risk.level), requesterMayApprove: policy.requesterMayApprove },
    expiresAt: new Date(now().getTime() + policy.expiryMinutes * 60_000).toISOString(),
  };
  return { ...proposal, digest: digestOf(proposal) };
}

function expectations({ findingKeys }: Change): string[] {
  return [...findingKeys.map((key) => `gone: ${wordsOfKey(key)}`), 'no new findings, and nothing unreadable that could be read before'];
}
