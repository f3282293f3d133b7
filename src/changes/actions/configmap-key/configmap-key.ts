/** kubectl.configmap_key: one key of a ConfigMap, set or removed. */
import { isSecretName, isSecretVariable } from '../../../redaction/secret-names.ts';
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { configmapKeySchema } from '../../kubernetes-actions.ts';
import { at, difference, escapeKey } from '../kubectl/json-patch.ts';
import { newDestinations } from '../kubectl/destinations.ts';
import { wordsOf } from '../kubectl/objects.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { consumersOf, consumerWords } from '../kubectl/consumers.ts';
import { refuseKey } from '../kubectl/variables.ts';

type Action = ActionOf<'kubectl.configmap_key'>;

const reference = ({ namespace, name }: Action) => ({ resource: 'configmap', namespace, name });

export const configmapKeyKind = patchKind<Action>({ kind: 'kubectl.configmap_key', schema: configmapKeySchema, reference, risk: (_action, { consumers }) => ({ level: 'medium', reasons: [consumers === undefined ? 'who reads it could not be seen' : `${consumers} workloads read it`] }), plan });

async function plan({ action, live, kubectl }: Scene<Action>): Promise<Plan> {
  const { name, key, value } = action;
  const where = wordsOf(reference(action));
  if (isSecretName(key) || isSecretVariable(key)) throw new RefusedError(`${key} names a secret, which has no place in a ConfigMap: keep it in a Secret (kubectl.secret_key).`);
  if (value !== null) refuseKey(key, value);
  if (at(live, '/immutable') === true) throw new RefusedError(`${where} is immutable: it can only be replaced by another one.`);
  if (at(live, `/binaryData/${escapeKey(key)}`) !== undefined) throw new RefusedError(`${key} of ${where} is binary: change it by hand.`);
  const before = at(live, `/data/${escapeKey(key)}`);
  if (value === null && before === undefined) throw new RefusedError(`${where} has no key ${key}.`);
  const changes = at(live, '/data') === undefined ? difference(undefined, { [key]: value ?? '' }, '/data') : difference(before, value ?? undefined, `/data/${escapeKey(key)}`);
  const destinations = newDestinations(typeof before === 'string' ? before : '', value ?? '');
  const consumers = await consumersOf('configmap', name, kubectl);
  return {
    changes,
    equivalent: `kubectl edit configmap ${name}`,
    notes: consumerWords(consumers),
    checks: [value === null ? `${where} has no key ${key}` : `${key} of ${where} holds the new value`],
    blastRadius: consumers === undefined ? `Whatever reads ${where}.` : consumers.length === 0 ? `No workload of the namespace refers to ${where}.` : `What reads ${where}: ${consumers.map((one) => one.name).join(', ')}.`,
    facts: { ...(consumers && { consumers: consumers.length }), ...(destinations.length > 0 && { newDestinations: destinations }) },
  };
}
