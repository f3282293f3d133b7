/** kubectl.drain: a node takes no new pods, then exactly the pods that were shown are evicted, one by one, each with its uid. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { drainSchema } from '../../kubernetes-actions.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { cordonKind } from '../cordon/cordon.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { plural } from '../words.ts';
import { evictionCommand } from '../kubectl/evictions.ts';
import { at } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { openKubectl } from '../kubectl/kubectl.ts';
import { otherNodes } from '../kubectl/nodes.ts';
import { isDeleted, ownerOf, readyByController, wantedOf } from '../kubectl/pods.ts';
import { uidOf } from '../kubectl/objects.ts';
import { evictOneByOne } from './evict-one-by-one.ts';
import type { DrainedPod } from './plan.ts';
import { planDrain } from './plan.ts';

type Action = ActionOf<'kubectl.drain'>;

export const drainKind: ActionKind<Action> = {
  kind: 'kubectl.drain',
  schema: drainSchema,
  lockKey: lockKeyOf,
  risk: (_action, { pods = 0, otherNodes: others = 0, alone = [] }) => (alone.length > 0
    ? { level: 'high', reasons: [`all ready pods of ${alone.slice(0, 3).join(', ')} are on this node`] }
    : others < 2 ? { level: 'high', reasons: ['one node is left for everything'] } : { level: 'medium', reasons: [`${plural(pods, 'pod')} start again on ${others} other nodes`] }),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  check,
  async previewUndo(change, context) {
    refuseWithoutUndo(change);
    const shown = await cordonKind.previewUndo?.(cordonOf(change), context);
    if (shown === undefined) throw new UndoRefusedError('The undo of a cordon has no preview.');
    return { ...shown, preview: `${shown.preview}\n${noWayBack}` };
  },
  undo: async (change, context) => {
    refuseWithoutUndo(change);
    return cordonKind.undo(cordonOf(change), context);
  },
  checkUndone: (change, context) => (change.undo.kind === 'automatic' ? cordonKind.checkUndone(cordonOf(change), context) : Promise.resolve({ ok: false, details: [noWayBack] })),
};

const noWayBack = 'Pods that were evicted do not move back: they stay where their controllers placed them.';

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const kubectl = openKubectl(action, context);
  const node = await kubectl.get({ resource: 'node', name: action.name });
  const others = await otherNodes(action.name, kubectl);
  if (others === undefined || others === 0) throw new RefusedError(others === 0 ? `No other node is ready and open: the pods of ${action.name} would have nowhere to go.` : 'The other nodes could not be read, so nobody knows where the pods would go.');
  const cordoned = at(node, '/spec/unschedulable') === true;
  const cordon = cordoned ? undefined : await cordonKind.prepare({ kind: 'kubectl.cordon', target: action.target, name: action.name }, context);
  const plan = await planDrain(action, context);
  return {
    command: [...(cordon?.command ?? []), ...plan.pods.map((pod) => evictionCommand(openKubectl(action, context, pod.namespace), pod))],
    equivalent: kubectl.shown(['drain', action.name, '--ignore-daemonsets', '--delete-emptydir-data']),
    preview: [
      `Node ${action.name} ${cordoned ? 'is cordoned already' : 'takes no new pods'}; ${plural(others, 'other node')} ${others === 1 ? 'is' : 'are'} ready and open.`,
      `Evicted, one by one (${plan.pods.length}):`, ...plan.lines.map((line) => `- ${line}`),
      ...(plan.left.length === 0 ? [] : [`Left (${plan.left.length}):`, ...plan.left.map((line) => `- ${line}`)]),
      ...plan.budgetNotes.map((note) => `Asked at every eviction: ${note}`),
      'The API server refuses an eviction for a pod of that name that is not the one shown. Of one controller, the next goes only when it has as many ready pods as before; at the first refusal it stops.',
      'A server-side dry run accepted each eviction by itself.',
    ].join('\n'),
    resolved: { node: uidOf(node), pods: plan.pods, ...(cordon && { cordon: cordon.resolved }) },
    undo: cordon === undefined
      ? { kind: 'not_needed', command: [], description: `The node was cordoned before, and stays so. ${noWayBack}` }
      : { kind: 'automatic', command: cordon.undo.command, description: `Lets pods be scheduled on the node again, unless somebody has changed that since. ${noWayBack}` },
    checks: [`node ${action.name} takes no new pods`, `${plural(plan.pods.length, 'pod')} of it (by uid) are gone`, 'their controllers have as many ready pods as they want'],
    blastRadius: `${plural(plan.pods.length, 'pod')} of ${plural(new Set(plan.pods.map(({ controller }) => controller.uid)).size, 'controller')}, started again on ${plural(others, 'other node')}.`,
    facts: { online: true, reversible: true, pods: plan.pods.length, otherNodes: others, ...(plan.tightest !== undefined && { disruptionsAllowed: plan.tightest }), ...(plan.alone.length > 0 && { alone: plan.alone }) },
  };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const pods = podsOf(change);
  const evictions = pods.map((pod) => evictionCommand(openKubectl(change.action, context, pod.namespace), pod));
  const cordons = change.resolved['cordon'] === undefined ? 0 : 1;
  if (change.command.length !== cordons + pods.length || evictions.some((command, index) => command !== change.command[cordons + index])) throw new ExecutionError('Other commands would be built now than those that were approved; nothing was run.', 'none');
  const written: Record<string, unknown> = { evicted: [] };
  const cordon = cordons === 0 ? undefined : await cordonKind.execute(cordonOf(change), context);
  if (cordon?.written !== undefined) written['node'] = cordon.written;
  const output = cordon === undefined ? [] : [cordon.output];
  try {
    output.push(...(await evictOneByOne(change.action, pods, context, (pod) => { written['evicted'] = [...(written['evicted'] as string[]), pod.uid]; })));
  } catch (error) {
    // A part of it ran, whatever the reason: even a stop may not pass for "nothing was run".
    const nothing = cordon === undefined && (written['evicted'] as string[]).length === 0;
    if (nothing && !(error instanceof ExecutionError && error.effect === 'unknown')) throw error instanceof ExecutionError ? new ExecutionError(error.message, 'none', { cause: error }) : error;
    if (error instanceof ExecutionError && error.effect === 'unknown') throw error;
    throw new ExecutionError(messageOf(error), 'partial', { cause: error, written });
  }
  return { output: output.join('\n'), written };
}

async function check(change: ChangeOf<Action>, context: KindContext): Promise<Check> {
  const { action } = change;
  const kubectl = openKubectl(action, context);
  const node = await kubectl.get({ resource: 'node', name: action.name });
  if (uidOf(node) !== change.resolved['node']) return { ok: false, details: [`node ${action.name} is another one`] };
  const open = at(node, '/spec/unschedulable') !== true;
  const pods = podsOf(change);
  const uids = new Set(pods.map(({ uid }) => uid));
  const there = (await kubectl.listOnNode(action.name)).filter((pod) => uids.has(uidOf(pod)));
  const details: string[] = [];
  for (const namespace of new Set(pods.map((pod) => pod.namespace))) details.push(...(await incomplete(openKubectl(action, context, namespace), pods.filter((pod) => pod.namespace === namespace))));
  if (open) details.unshift(`node ${action.name} takes new pods`);
  if (there.length > 0) details.unshift(`${plural(there.length, 'pod')} of ${pods.length} still there`);
  return details.length === 0 ? { ok: true, details: [`the node takes no new pods, ${plural(pods.length, 'pod')} are gone, and their controllers are whole`] } : { ok: false, details };
}

/** Which controllers of these pods, of one namespace, are not whole. */
async function incomplete(kubectl: Kubectl, pods: readonly DrainedPod[]): Promise<string[]> {
  const ready = await readyByController(kubectl);
  const lines: string[] = [];
  for (const { namespace, controller } of new Map(pods.map((pod) => [pod.controller.uid, pod])).values()) {
    const owner = await ownerOf(controller, kubectl);
    const [has, wants] = [ready.get(controller.uid) ?? 0, owner && wantedOf(owner)];
    if (owner === undefined || wants === undefined || isDeleted(owner)) lines.push(`${controller.kind} ${namespace}/${controller.name} is gone or could not be read`);
    else if (has < wants) lines.push(`${controller.kind} ${namespace}/${controller.name} has ${has} of ${wants} pods ready`);
  }
  return lines;
}

function refuseWithoutUndo({ undo }: ChangeOf<Action>): void {
  if (undo.kind !== 'automatic') throw new UndoRefusedError(undo.description);
}

/** The first of its commands, as a change of its own. */
function cordonOf(change: ChangeOf<Action>): ChangeOf<ActionOf<'kubectl.cordon'>> {
  return { ...change, action: { kind: 'kubectl.cordon', target: change.action.target, name: change.action.name }, command: change.command.slice(0, 1), resolved: (change.resolved['cordon'] ?? {}) as Record<string, unknown> };
}

const podsOf = ({ resolved }: ChangeOf<Action>): DrainedPod[] => resolved['pods'] as DrainedPod[];
