/** Who picks pods of a namespace by their labels, and what it means to be picked. */
import { RefusedError } from '../../errors.ts';
import { plain } from '../words.ts';
import type { Json, JsonObject } from '../kubectl/json-patch.ts';
import { at, isObject } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { ProgramError } from '../kubectl/kubectl.ts';
import { listAt, nameOf } from '../kubectl/objects.ts';
import { selects } from '../kubectl/ownership.ts';

type Labels = Readonly<Record<string, string>>;

export interface Selection {
  /** `service/checkout` */
  who: string;
  /** What it does with the pods it picks. */
  role: 'sends requests to it' | 'owns it' | 'limits its connections' | 'lets it connect' | 'guards it from eviction';
  names(key: string): boolean;
  picks(labels: Labels): boolean;
}

const resources = ['services', 'replicationcontrollers', 'deployments', 'replicasets', 'statefulsets', 'daemonsets', 'jobs', 'networkpolicies', 'poddisruptionbudgets'];

/** Throws RefusedError when one sort of them can't be read: nobody would know. */
export async function selectionsIn(kubectl: Kubectl): Promise<Selection[]> {
  const objects = await kubectl.list(resources.join(',')).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`Who selects pods by their labels could not be read: ${error.message}`, { cause: error }) : error;
  });
  return objects.flatMap(selectionsOf);
}

function selectionsOf(object: JsonObject): Selection[] {
  const kind = typeof object['kind'] === 'string' ? object['kind'] : '';
  const who = plain(`${kind.toLowerCase()}/${nameOf(object)}`);
  const one = (role: Selection['role'], selector: Json | undefined): Selection[] => (isObject(selector) ? [{ who, role, names: (key) => named(selector, key), picks: (labels) => selects(selector, labels) }] : []);
  switch (kind) {
    case 'Service':
    case 'ReplicationController': {
      const pairs = at(object, '/spec/selector');
      // A service without a selector picks nothing.
      return isObject(pairs) && Object.keys(pairs).length > 0 ? one(kind === 'Service' ? 'sends requests to it' : 'owns it', { matchLabels: pairs }) : [];
    }
    case 'NetworkPolicy':
      return [...one('limits its connections', at(object, '/spec/podSelector')), ...peersOf(object).flatMap((selector) => one('lets it connect', selector))];
    case 'PodDisruptionBudget':
      return one('guards it from eviction', at(object, '/spec/selector'));
    default:
      return one('owns it', at(object, '/spec/selector'));
  }
}

function peersOf(policy: JsonObject): Json[] {
  const rules = [...listAt(policy, '/spec/ingress').flatMap((rule) => listAt(rule, '/from')), ...listAt(policy, '/spec/egress').flatMap((rule) => listAt(rule, '/to'))];
  return rules.flatMap((peer) => peer['podSelector'] ?? []);
}

function named(selector: JsonObject, key: string): boolean {
  const pairs = selector['matchLabels'];
  return (isObject(pairs) && Object.hasOwn(pairs, key)) || listAt(selector, '/matchExpressions').some((expression) => expression['key'] === key);
}
