/** kubectl.delete_pod: one pod, known by its uid, that a controller replaces. */
import type { ActionOf } from '../../action.ts';
import { deletePodSchema } from '../../kubernetes-actions.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { plain, plural } from '../words.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import { nameOf, numberAt, textAt, textsAt, uidOf } from '../kubectl/objects.ts';
import { disruptionsAllowed } from '../kubectl/ownership.ts';
import { controllerOf, isDeleted, isReady, ownerOf, replaces, restartsOf, siblingsOf } from '../kubectl/pods.ts';

type Action = ActionOf<'kubectl.delete_pod'>;

export const deletePodKind: ActionKind<Action> = {
  kind: 'kubectl.delete_pod',
  schema: deletePodSchema,
  lockKey: lockKeyOf,
  risk: (_action, { readyPods = 0 }) => (readyPods > 0 ? { level: 'low', reasons: [`its controller replaces it, and ${readyPods} others are ready`] } : { level: 'medium', reasons: ['its controller replaces it, but no other pod of it is ready'] }),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  check,
  previewUndo: (change) => Promise.reject(new UndoRefusedError(change.undo.description)),
  undo: (change) => Promise.reject(new UndoRefusedError(change.undo.description)),
  checkUndone: () => Promise.resolve({ ok: false, details: ['a deleted pod does not come back; its controller made another'] }),
};

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const kubectl = openKubectl(action, context);
  const pod = await kubectl.get({ resource: 'pod', namespace: action.namespace, name: action.name });
  const controller = controllerOf(pod);
  if (controller === undefined || !replaces(controller)) throw new RefusedError(`Nothing would replace pod ${action.name}: ${controller === undefined ? 'no controller owns it' : `its controller is a ${plain(controller.kind)}`}. Delete it by hand.`);
  if (isDeleted(pod)) throw new RefusedError(`Pod ${action.name} is being deleted already.`);
  const owner = await ownerOf(controller, kubectl);
  if (owner === undefined || isDeleted(owner)) throw new RefusedError(`Nothing would replace pod ${action.name}: ${plain(`${controller.kind} ${controller.name}`)}, which it names, is not there or could not be read. Delete it by hand.`);
  const siblings = await siblingsOf(pod, controller.uid, kubectl);
  const othersReady = siblings.filter((one) => uidOf(one) !== uidOf(pod) && isReady(one)).length;
  const budget = await disruptionsAllowed(textsAt(pod, '/metadata/labels'), kubectl);
  const command = commandOf(kubectl, action, uidOf(pod));
  await dryRun(kubectl, action, uidOf(pod));
  return {
    command: [command],
    equivalent: kubectl.shown(['delete', 'pod', action.name]),
    preview: [
      `Pod ${action.namespace}/${action.name} on ${textAt(pod, '/spec/nodeName') ?? 'no node yet'}: ${textAt(pod, '/status/phase') ?? 'Unknown'}, ${isReady(pod) ? 'ready' : 'not ready'}, ${plural(restartsOf(pod), 'restart')}.`,
      `${controller.kind} ${controller.name} makes another in its place; ${othersReady} of its ${plural(siblings.length - 1, 'other pod')} ${othersReady === 1 ? 'is' : 'are'} ready.`,
      `It is given ${numberAt(pod, '/spec/terminationGracePeriodSeconds') ?? 30} s to end. What it kept in memory and in emptyDir volumes is lost.`,
      'The API server refuses it for a pod of that name that is not this one. A server-side dry run accepted it.',
      ...budget.notes,
    ].join('\n'),
    resolved: { uid: uidOf(pod), controller: controller.uid },
    undo: { kind: 'not_needed', command: [], description: 'Its controller makes another one; this pod itself does not come back.' },
    checks: [`pod ${action.name} (uid ${uidOf(pod).slice(0, 8)}) is gone`, `${controller.kind} ${controller.name} has all its pods ready`],
    blastRadius: `One of ${plural(siblings.length, 'pod')} of ${controller.kind} ${controller.name}; ${othersReady} others are ready.`,
    facts: { online: true, reversible: true, pods: 1, readyPods: othersReady, ...budget.facts },
  };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action } = change;
  const uid = String(change.resolved['uid']);
  const kubectl = openKubectl(action, context);
  if (commandOf(kubectl, action, uid) !== change.command[0]) throw new ExecutionError('Another command would be built now than the one that was approved; nothing was run.', 'none');
  try {
    await kubectl.run(deleteArgv(action), { stdin: optionsOf(uid) });
    return { output: `pod ${action.namespace}/${action.name} deleted`, written: { uid } };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (error.effect === 'none') throw new ExecutionError(`Nothing was deleted: ${error.message}`, 'none', { cause: error });
    const pod = await kubectl.find({ resource: 'pod', name: action.name }).catch(() => null);
    if (pod === null || (pod !== undefined && uidOf(pod) === uid && !isDeleted(pod))) throw new ExecutionError(`It may or may not have been deleted: ${error.message}`, 'unknown', { cause: error });
    return { output: `No answer came (${error.message}), but the pod is gone or on its way.`, written: { uid } };
  }
}

async function check(change: ChangeOf<Action>, context: KindContext): Promise<Check> {
  const { action, resolved } = change;
  const kubectl = openKubectl(action, context);
  const pod = await kubectl.find({ resource: 'pod', name: action.name });
  if (pod !== undefined && uidOf(pod) === resolved['uid']) return { ok: false, details: [`pod ${action.name} is still there`] };
  const pods = (await kubectl.list('pods')).filter((one) => controllerOf(one)?.uid === resolved['controller'] && !isDeleted(one));
  const unready = pods.filter((one) => !isReady(one)).map(nameOf);
  if (pods.length === 0) return { ok: false, details: ['its controller has no pod at all'] };
  const controller = controllerOf(pods[0] as JsonObject);
  const owner = controller && (await ownerOf(controller, kubectl));
  if (owner === undefined) return { ok: false, details: ['the pod is gone; how many its controller wants could not be read'] };
  const wanted = (numberAt(owner, '/spec/replicas') ?? numberAt(owner, '/status/desiredNumberScheduled') ?? pods.length);
  return { ok: unready.length === 0 && pods.length >= wanted, details: [`the pod is gone; ${pods.length - unready.length} of ${plural(wanted, 'pod')} ready${unready.length === 0 ? '' : `, not ready: ${unready.join(', ')}`}`] };
}

async function dryRun(kubectl: Kubectl, action: Action, uid: string): Promise<void> {
  try {
    await kubectl.run(['delete', '--raw', `${pathOf(action)}?dryRun=All`, '-f', '-'], { stdin: optionsOf(uid) });
  } catch (error) {
    throw error instanceof ProgramError ? new RefusedError(`The dry run failed: ${error.message}`, { cause: error }) : error;
  }
}

const pathOf = ({ namespace, name }: Action): string => `/api/v1/namespaces/${namespace}/pods/${name}`;

const optionsOf = (uid: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } });

/** `kubectl delete pod` has no precondition; the same request by its path has. The body goes in by stdin. */
function commandOf(kubectl: Kubectl, action: Action, uid: string): string {
  return `${kubectl.shown(deleteArgv(action))} <<'EOF'\n${optionsOf(uid)}\nEOF`;
}

const deleteArgv = (action: Action): string[] => ['delete', '--raw', pathOf(action), '-f', '-'];
