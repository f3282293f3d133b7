/** Last look at every remedy: what a tool or an operator would write again, and what somebody switched on purpose, is told and not changed. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { KeptObject, NamespaceReading } from '../cluster-readings.ts';
import type { Readings } from '../readings.ts';
import { namespaceOf } from './action-place.ts';
import { switchedOn } from './switches.ts';

/** Same order; findings whose remedy must not be offered have none and say why. */
export function heldBack<F extends { finding: FindingBody }>(found: readonly F[], readings: Readings): F[] {
  return found.map((one) => {
    const { remedy, ...finding } = one.finding;
    if (remedy === undefined) return one;
    const switched = switchedOn(remedy, readings);
    const explained = switched === undefined ? finding : { ...finding, explanation: `${finding.explanation} ${switched.words}` };
    if (switched?.forgotten === false) return { ...one, finding: { ...explained, severity: 'info' } };
    const kept = keeperWords(remedy, readings);
    return { ...one, finding: kept === undefined ? { ...explained, remedy } : { ...explained, explanation: `${explained.explanation} ${kept}` } };
  });
}

/** Why a change by hand would not stay; undefined where it would. */
function keeperWords(action: Action, readings: Readings): string | undefined {
  const space = namespaceOf(action, readings);
  const object = objectOf(action);
  if (space === undefined || object === undefined) return undefined;
  const kept = keeperOf(space, object);
  if (kept !== undefined) return isSuspended(readings, kept) ? undefined : `${kept.tool} keeps ${object.name}${kept.source === '' ? '' : ` (${kept.source})`} as its source says, so a change by hand would be taken back: change it at the source.`;
  const owner = space.workloads.value.find((one) => one.kind === object.kind && one.name === object.name)?.owner;
  return owner === undefined ? undefined : `${owner.kind} ${owner.name} makes ${object.name} and would write it again: change it there.`;
}

interface Named {
  /** `release`: a Helm release. */
  kind: string;
  name: string;
}

/** What a change writes the specification of; a restart, a pod or a node is nobody's source. */
function objectOf(action: Action): Named | undefined {
  switch (action.kind) {
    case 'kubectl.rollout_undo':
    case 'kubectl.scale':
    case 'kubectl.set_image':
    case 'kubectl.set_env':
    case 'kubectl.set_resources': return { kind: action.workload, name: action.name };
    case 'kubectl.patch': return { kind: action.resource, name: action.name };
    case 'kubectl.configmap_key': return { kind: 'configmap', name: action.name };
    case 'kubectl.patch_custom': return { kind: action.plural, name: action.name };
    case 'helm.rollback':
    case 'helm.upgrade_value': return { kind: 'release', name: action.release };
    default: return undefined;
  }
}

type Keeper = Pick<KeptObject, 'tool' | 'source'>;

function keeperOf({ kept = [], customResources, workloads }: NamespaceReading, { kind, name }: Named): Keeper | undefined {
  if (kind === 'release') {
    const own = workloads.value.filter(({ release }) => release === name);
    return kept.find((one) => own.some((workload) => workload.kind === one.kind && workload.name === one.name));
  }
  return kept.find((one) => one.kind === kind && one.name === name) ?? customResources.value.find((one) => one.plural === kind && one.name === name)?.kept;
}

/** Flux can be told to leave things be; then a change by hand stays. */
function isSuspended({ clusters = [] }: Readings, { source }: Keeper): boolean {
  const all = clusters.flatMap(({ namespaces }) => namespaces.flatMap(({ customResources }) => customResources.value));
  return all.some(({ kind, name, spec }) => /^(?:kustomization|helmrelease)$/.test(kind) && source.toLowerCase() === `${kind} ${name}` && typeof spec === 'object' && spec !== null && 'suspend' in spec && spec.suspend === true);
}
