/** kubectl.evict: one pod, known by its uid, that a controller replaces; refused by the API server when a disruption budget does not allow it. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { evictSchema } from '../../kubernetes-actions.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { deletePodKind } from '../delete-pod/delete-pod.ts';
import type { ActionKind, ChangeOf, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { plain, plural } from '../words.ts';
import { budgetWords, evict, evictionCommand, isBudgetRefusal, rehearseEviction } from '../kubectl/evictions.ts';
import { openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import { listAt, nameOf, numberAt, textAt, textsAt, uidOf } from '../kubectl/objects.ts';
import type { DisruptionBudget } from '../kubectl/ownership.ts';
import { budgetsOver } from '../kubectl/ownership.ts';
import { controllerOf, isDeleted, isReady, ownerOf, replaces, restartsOf, siblingsOf } from '../kubectl/pods.ts';

type Action = ActionOf<'kubectl.evict'>;

export const evictKind: ActionKind<Action> = {
  kind: 'kubectl.evict',
  schema: evictSchema,
  lockKey: lockKeyOf,
  risk: (_action, { readyPods = 0 }) => (readyPods > 0 ? { level: 'low', reasons: [`disruption budgets are asked, its controller replaces it, and ${readyPods} others are ready`] } : { level: 'medium', reasons: ['its controller replaces it, but no other pod of it is ready'] }),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  // The pod is gone and its controller whole, however the pod went.
  check: (change, context) => deletePodKind.check({ ...change, action: { ...change.action, kind: 'kubectl.delete_pod' } }, context),
  previewUndo: (change) => Promise.reject(new UndoRefusedError(change.undo.description)),
  undo: (change) => Promise.reject(new UndoRefusedError(change.undo.description)),
  checkUndone: () => Promise.resolve({ ok: false, details: ['an evicted pod does not come back; its controller made another'] }),
};

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const kubectl = openKubectl(action, context);
  const pod = await kubectl.get({ resource: 'pod', namespace: action.namespace, name: action.name });
  const controller = controllerOf(pod);
  if (controller === undefined || !replaces(controller)) throw new RefusedError(`Nothing would replace pod ${action.name}: ${controller === undefined ? 'no controller owns it' : `its controller is a ${plain(controller.kind)}`}. Evict it by hand.`);
  if (isDeleted(pod)) throw new RefusedError(`Pod ${action.name} is being deleted already.`);
  const owner = await ownerOf(controller, kubectl);
  if (owner === undefined || isDeleted(owner)) throw new RefusedError(`Nothing would replace pod ${action.name}: ${plain(`${controller.kind} ${controller.name}`)}, which it names, is not there or could not be read. Evict it by hand.`);
  const siblings = await siblingsOf(pod, controller.uid, kubectl);
  const othersReady = siblings.filter((one) => uidOf(one) !== uidOf(pod) && isReady(one)).length;
  const budgets = await budgetsOver(textsAt(pod, '/metadata/labels'), kubectl);
  const which = { namespace: action.namespace, name: action.name, uid: uidOf(pod) };
  await rehearseEviction(kubectl, which, budgets ?? []);
  const name = `${controller.kind} ${nameOf(owner)}`;
  return {
    command: [evictionCommand(kubectl, which)],
    preview: [
      `Pod ${action.namespace}/${action.name} on ${plain(textAt(pod, '/spec/nodeName') ?? 'no node yet')}: ${plain(textAt(pod, '/status/phase') ?? 'Unknown')}, ${isReady(pod) ? 'ready' : 'not ready'}, ${plural(restartsOf(pod), 'restart')}.`,
      `${name} makes another in its place, perhaps on the same node; ${othersReady} of its ${plural(siblings.length - 1, 'other pod')} ${othersReady === 1 ? 'is' : 'are'} ready.`,
      `It is given ${numberAt(pod, '/spec/terminationGracePeriodSeconds') ?? 30} s to end. What it kept in memory${listAt(pod, '/spec/volumes').some((volume) => volume['emptyDir'] !== undefined) ? ' and in its emptyDir volumes' : ''} is lost.`,
      budgets === undefined ? 'Which disruption budget covers it could not be read; the API server asks them all.' : budgets.length === 0 ? 'No disruption budget covers it.' : `The API server asks before it evicts: ${budgetWords(budgets)}`,
      'The API server refuses it for a pod of that name that is not this one. A server-side dry run accepted it.',
    ].join('\n'),
    resolved: { uid: uidOf(pod), controller: controller.uid },
    undo: { kind: 'not_needed', command: [], description: 'Its controller makes another one; this pod itself does not come back.' },
    checks: [`pod ${action.name} (uid ${uidOf(pod).slice(0, 8)}) is gone`, `${name} has all its pods ready`],
    blastRadius: `One of ${plural(siblings.length, 'pod')} of ${name}; ${othersReady} others are ready.`,
    facts: { online: true, reversible: true, pods: 1, readyPods: othersReady, ...(budgets === undefined ? { disruptionsUnread: true } : budgets[0] && { disruptionsAllowed: budgets[0].allowed }) },
  };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action } = change;
  const pod = { namespace: action.namespace, name: action.name, uid: String(change.resolved['uid']) };
  const kubectl = openKubectl(action, context);
  if (evictionCommand(kubectl, pod) !== change.command[0]) throw new ExecutionError('Another command would be built now than the one that was approved; nothing was run.', 'none');
  const written = { uid: pod.uid };
  try {
    await evict(kubectl, pod);
    return { output: `pod ${pod.namespace}/${pod.name} evicted`, written };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (isBudgetRefusal(error)) throw new ExecutionError(`Nothing was evicted: ${budgetWords(await budgetsOf(action, context))}`, 'none', { cause: error });
    if (error.effect === 'none') throw new ExecutionError(`Nothing was evicted: ${error.message}`, 'none', { cause: error });
    const live = await kubectl.find({ resource: 'pod', name: pod.name }).catch(() => null);
    if (live === null || (live !== undefined && uidOf(live) === pod.uid && !isDeleted(live))) throw new ExecutionError(`It may or may not have been evicted: ${error.message}`, 'unknown', { cause: error });
    return { output: `No answer came (${error.message}), but the pod is gone or on its way.`, written };
  }
}

async function budgetsOf(action: Action, context: KindContext): Promise<DisruptionBudget[]> {
  const kubectl = openKubectl(action, context);
  const pod = await kubectl.find({ resource: 'pod', name: action.name }).catch(() => undefined);
  return (pod && (await budgetsOver(textsAt(pod, '/metadata/labels'), kubectl))) ?? [];
}
