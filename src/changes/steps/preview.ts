/** drafted -> proposed: what would run, shown and bound by a digest. What can't be previewed is refused. */
import { wordsOfKey } from '../../incident/finding-words.ts';
import { StoppedError } from '../../incident/stopped-error.ts';
import { placeholder } from '../../redaction/redactor.ts';
import type { Action } from '../action.ts';
import type { Preview } from '../actions/kind.ts';
import { kindOf } from '../actions/kinds.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Change } from '../change.ts';
import { digestOf } from '../digest.ts';
import { messageOf, RefusedError } from '../errors.ts';
import { withdrawIfStopped } from '../halt.ts';
import type { Matter } from '../question.ts';
import { matterOf, questionOf } from '../question.ts';
import { assessRisk } from '../risk.ts';
import type { Assessment } from '../risk-level.ts';
import { oneHigher } from '../risk-level.ts';
import type { Policy } from '../policy.ts';
import { sqlWarnings } from '../sql-rules.ts';
import type { Tools } from './run.ts';
import { kindContext } from './run.ts';

export async function previewChange(tools: Tools, changeId: string, signal: AbortSignal): Promise<void> {
  const { store, policy, redact } = tools;
  const change = await store.changes.get(changeId);
  // While everything is stopped a draft waits for the sweep that comes after.
  if (change?.state !== 'drafted' || (await store.halt.current())) return;
  const context = kindContext(tools, change, signal);
  try {
    await context.checkpoint();
    const matter = await matterOf(store, change);
    if (observesOnly(policy, matter, tools.now())) throw new RefusedError(observed);
    const proposal = propose(change, await prepare(tools, change, signal), matter, tools);
    await context.checkpoint();
    const { autonomy } = proposal.policy;
    if (autonomy === 'observe') throw new RefusedError(observed);
    if (autonomy === 'advise') {
      const reason = `Autonomy is advise: sre-agent shows this and does not run it. By hand: ${proposal.command.join('; ') || 'nothing'}`;
      await store.changes.transition(change.id, { from: 'drafted', to: 'refused', set: { ...proposal, digest: '' }, event: { type: 'change.refused', changeId, title: change.title, reason } });
      return;
    }
    const proposed = await store.changes.transition(change.id, { from: 'drafted', to: 'proposed', set: proposal, event: { type: 'change.proposed', change: proposal } });
    if (proposed && autonomy === 'auto') await approveByPolicy(tools, proposal);
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

const observed = 'Autonomy is observe: findings only, no changes.';

/** Then its target is not even looked at with the executor's credentials. */
function observesOnly(policy: Policy, matter: Matter, at: Date): boolean {
  return (['low', 'medium', 'high'] as const).every((level) => policy.rule(questionOf(matter, { risk: { level }, undo: { kind: 'automatic' } }, at)).autonomy === 'observe');
}

/** What the policy lets run by itself; the same compare-and-set as a person's last approval. */
async function approveByPolicy({ store, enqueue, log }: Tools, { id, digest, policy }: Change): Promise<void> {
  const event = { type: 'change.auto_approved', changeId: id, digest, reasons: policy.reasons ?? [] } as const;
  const approved = await store.changes.transition(id, { from: 'proposed', to: 'approved', digest, notExpired: true, event });
  if (approved && !(await withdrawIfStopped(store, approved))) await enqueue(id, 'execute').catch((error: unknown) => log.warn({ error, change: id }, 'approved by policy, but not queued: the sweep will queue it'));
}

/** Also the second look right before a run. Throws what the kind throws; a secret in what would be shown is a refusal. */
export async function prepare(tools: Tools, change: Change, signal: AbortSignal): Promise<Preview> {
  const kind = kindOf(change.action, tools.kinds);
  const parsed = kind.schema.safeParse(change.action);
  if (!parsed.success) throw new RefusedError(`The action is not well-formed: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
  // Whoever proposed it copied what it was shown; the secret behind it would be overwritten by this very word.
  if (canonicalJson(change.action).includes(placeholder)) throw new RefusedError(`It holds ${placeholder}, which stands for something that sre-agent was not shown and would not keep: do this one by hand.`);
  const prepared = await kind.prepare(parsed.data as Action, kindContext(tools, change, signal));
  const warnings = await sqlWarnings(kind.kind, prepared);
  // Hiding it would show something else than what runs.
  const bound = [...prepared.command, prepared.equivalent ?? '', ...prepared.undo.command, prepared.undo.description, canonicalJson(prepared.resolved)].join('\n');
  if (tools.redact(bound) !== bound) throw new RefusedError('What would run, or its undo, holds a secret, and sre-agent neither shows nor carries secrets: do this one by hand.');
  return { ...prepared, preview: tools.redact(prepared.preview), blastRadius: tools.redact(prepared.blastRadius), facts: { ...prepared.facts, ...(warnings.length > 0 && { warnings }) } };
}

/** By the facts that were gathered just now, at this time of day. */
export function riskOf({ action }: Change, prepared: Pick<Preview, 'facts' | 'undo'>, matter: Matter, { policy, kinds, now }: Pick<Tools, 'policy' | 'kinds' | 'now'>): Assessment {
  const risk = assessRisk(kindOf(action, kinds).risk(action, prepared.facts), prepared, policy.isProduction(matter.target));
  const quiet = policy.raisesRisk({ ...matter, risk: risk.level, at: now() });
  return quiet.length === 0 ? risk : { level: oneHigher(risk.level), reasons: [...risk.reasons, `quiet hours (${quiet.join(', ')}): one level higher`] };
}

function propose(change: Change, { checks, ...prepared }: Preview, matter: Matter, tools: Tools): Change {
  const { policy, now, redact } = tools;
  const risk = riskOf(change, prepared, matter, tools);
  const { expiryMinutes, ...ruling } = policy.rule(questionOf(matter, { risk, undo: prepared.undo }, now()));
  const proposal: Change = {
    ...change,
    ...prepared,
    state: 'proposed',
    title: redact(change.title),
    rationale: redact(change.rationale),
    verification: { checks: [...checks, ...expectations(change)], soakSeconds: policy.soakSeconds },
    risk,
    policy: { version: policy.version, ...ruling },
    expiresAt: new Date(now().getTime() + expiryMinutes * 60_000).toISOString(),
  };
  return { ...proposal, digest: digestOf(proposal) };
}

function expectations({ findingKeys }: Change): string[] {
  return [...findingKeys.map((key) => `gone: ${wordsOfKey(key)}`), 'no new findings, and nothing unreadable that could be read before'];
}
