/** kubectl.patch: a merge or JSON patch of one object of a listed kind, in fields that give nobody new powers. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { Facts } from '../../change.ts';
import { patchSchema } from '../../kubernetes-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import { atLeast } from '../../risk-level.ts';
import type { Json, JsonObject, Operation } from '../kubectl/json-patch.ts';
import { difference, isObject, mergePatch } from '../kubectl/json-patch.ts';
import { connectionsReason, policyEffect } from '../kubectl/network-policy.ts';
import { numberAt, textsAt, wordsOf } from '../kubectl/objects.ts';
import { autoscalerOf } from '../kubectl/ownership.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { ofScale } from '../scale/scale-risk.ts';
import { newDestinationsIn } from '../kubectl/destinations.ts';
import { podCounts, refuseLostVolumes, rolloutOf } from '../kubectl/workload.ts';
import { plural } from '../words.ts';
import { quoteForPeople } from '../../../tools/kubectl/quote.ts';
import { applyOperations } from './apply.ts';
import { refuseFields } from './fields.ts';
import { strategicResult } from './strategic.ts';

type Action = ActionOf<'kubectl.patch'>;

const reference = ({ resource, namespace, name }: Action) => ({ resource, namespace, name });
const rolling = new Set<Action['resource']>(['deployment', 'statefulset', 'daemonset']);

export const patchActionKind = patchKind<Action>({
  kind: 'kubectl.patch',
  schema: patchSchema,
  reference,
  risk,
  plan,
  settled: (live, { resource }) => (rolling.has(resource) ? rolloutOf(live) : { ok: true, details: [] }),
});

async function plan({ action, live, kubectl }: Scene<Action>): Promise<Plan> {
  const where = wordsOf(reference(action));
  const given = parsePatch(action);
  const strategic = action.type === 'strategic' && isObject(given) ? await strategicResult(action, given, live, kubectl) : undefined;
  const wanted = strategic?.wanted ?? (Array.isArray(given) ? applyOperations(live, given) : mergePatch(live, given));
  const changes = strategic?.changes ?? difference(live, wanted);
  refuseFields(action.resource, changes, live, isObject(wanted) ? wanted : live);
  if (changes.some(({ path }) => path === '/spec/replicas')) {
    const autoscaler = await autoscalerOf(reference(action), kubectl);
    if (autoscaler !== undefined) throw new RefusedError(`The replicas of ${where} belong to ${autoscaler === 'unread' ? 'an autoscaler, perhaps: they could not be listed' : `the autoscaler ${autoscaler}`}. Change its minReplicas or maxReplicas instead.`);
  }
  const scaled = replicasIn(changes, live).replicas;
  if (scaled) refuseLostVolumes(live, scaled.before, scaled.after);
  const values = changes.filter(({ path }) => action.resource === 'configmap' || path.startsWith('/spec/template/spec') || path.startsWith('/spec/jobTemplate')).map((change) => (change.op === 'remove' ? null : change.value));
  const destinations = newDestinationsIn(live[action.resource === 'configmap' ? 'data' : 'spec'] ?? {}, values);
  const replaces = rolling.has(action.resource) && changes.some(({ path }) => path.startsWith('/spec/template'));
  const { desired, ready } = podCounts(live);
  const connections = action.resource === 'networkpolicy' ? await policyEffect(action.name, live['spec'], isObject(wanted) ? wanted['spec'] : undefined, kubectl) : undefined;
  return {
    changes,
    // What changes, not what was given: that may hold tests and detours that hide the rest.
    equivalent: `kubectl patch ${action.resource} ${action.name} --type=json -p ${quoteForPeople(JSON.stringify(changes))}`,
    notes: [
      ...(replaces ? [`The pod template changes: ${plural(desired, 'pod')} replaced (${ready} ready now).`] : []),
      ...selectorNotes(action.resource, changes, live),
      ...(connections?.notes ?? []),
      ...(strategic === undefined ? [] : [`What the strategic patch comes to was worked out by the API server in a dry run; the fields above are what runs.${strategic.unasked.length > 0 ? ` Not asked for: ${strategic.unasked.slice(0, 10).join(', ')}.` : ''}`]),
    ],
    checks: [`every field of the patch is in place in ${where}`, ...(rolling.has(action.resource) ? ['the rollout is complete: all pods updated, ready and available'] : [])],
    blastRadius: replaces ? `All ${plural(desired, 'pod')} of ${where}, replaced a few at a time.` : `${where}, and what follows it: ${connections?.reach ?? reach[action.resource]}.`,
    facts: {
      ...(rolling.has(action.resource) && { pods: replaces ? desired : 0, replaces, readyPods: ready, ...replicasIn(changes, live) }),
      ...(destinations.length > 0 && { newDestinations: destinations }),
      ...connections?.facts,
      ...(strategic && strategic.unasked.length > 0 && { alsoChanged: strategic.unasked }),
    },
    ...(action.resource === 'persistentvolumeclaim' && changes.some(({ path }) => path.startsWith('/spec')) && { irreversible: 'A volume that grew does not shrink again.' }),
  };
}

const reach: Record<Action['resource'], string> = {
  configmap: 'the pods that read it',
  cronjob: 'its next runs',
  daemonset: 'its pods',
  deployment: 'its pods',
  horizontalpodautoscaler: 'the number of pods of its target',
  ingress: 'requests from outside',
  networkpolicy: 'which connections the selected pods may make and take',
  persistentvolumeclaim: 'the volume; it can grow but not shrink',
  poddisruptionbudget: 'how many pods may be evicted at once',
  resourcequota: 'what may be created in the namespace',
  service: 'every request to it',
  statefulset: 'its pods',
};

function replicasIn(changes: readonly Operation[], live: JsonObject): { replicas?: { before: number; after: number } } {
  const change = changes.find(({ path }) => path === '/spec/replicas');
  if (change === undefined) return {};
  return { replicas: { before: numberAt(live, '/spec/replicas') ?? 1, after: change.op !== 'remove' && typeof change.value === 'number' ? change.value : 1 } };
}

function parsePatch({ type, patch }: Action): Json {
  let parsed: Json;
  try {
    parsed = JSON.parse(patch) as Json;
  } catch (error) {
    throw new RefusedError(`The patch is not JSON: ${(error as Error).message}`);
  }
  if (type === 'json' ? !Array.isArray(parsed) : !isObject(parsed)) throw new RefusedError(type === 'json' ? 'A JSON patch is an array of operations.' : `A ${type} patch is a JSON object.`);
  return parsed;
}

function selectorNotes(resource: Action['resource'], changes: readonly Operation[], live: JsonObject): string[] {
  if (resource !== 'service' || !changes.some(({ path }) => path.startsWith('/spec/selector'))) return [];
  const before = Object.entries(textsAt(live, '/spec/selector')).map(([key, value]) => `${key}=${value}`).join(',');
  return [`The selector was ${before || 'empty'}: check that pods with the new labels exist.`];
}

function risk({ resource }: Action, { pods = 0, replicas, selectedPods }: Facts): Assessment {
  const own = ofResource(resource, pods, selectedPods);
  if (replicas === undefined) return own;
  const scaled = ofScale(replicas);
  return { level: atLeast(own.level, scaled.level), reasons: [...own.reasons, ...scaled.reasons] };
}

function ofResource(resource: Action['resource'], pods: number, selectedPods: Facts['selectedPods']): Assessment {
  if (selectedPods !== undefined) return { level: 'high', reasons: [connectionsReason(selectedPods)] };
  if (resource === 'networkpolicy' || resource === 'ingress') return { level: 'high', reasons: ['it decides which connections are let through'] };
  if (resource === 'persistentvolumeclaim') return { level: 'high', reasons: ['a volume that grew does not shrink again'] };
  return { level: 'medium', reasons: [resource === 'service' ? 'every request to the service follows it' : pods > 0 ? `${pods} pods replaced by ones that are set up differently` : 'a patch can change more than one field'] };
}
