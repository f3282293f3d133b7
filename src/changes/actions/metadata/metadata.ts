/** kubectl.metadata: one label or annotation of one object. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { metadataSchema } from '../../kubernetes-actions.ts';
import { quoteForPeople } from '../../../tools/kubectl/quote.ts';
import { newDestinations } from '../kubectl/destinations.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { difference, mergePatch } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { belongsToController } from '../kubectl/metadata-keys.ts';
import { textsAt, wordsOf } from '../kubectl/objects.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { selectionsIn } from './selections.ts';

type Action = ActionOf<'kubectl.metadata'>;

const reference = ({ resource, namespace, name }: Action) => ({ resource, namespace, name });

export const metadataKind = patchKind<Action>({
  kind: 'kubectl.metadata',
  schema: metadataSchema,
  reference,
  risk: ({ field, resource }) => (field === 'annotation' ? { level: 'low', reasons: ['an annotation that no known controller reads'] } : { level: 'medium', reasons: [resource === 'pod' ? 'labels decide who finds a pod' : 'whoever selects objects by their labels sees it'] }),
  plan,
});

async function plan({ action, live, kubectl }: Scene<Action>): Promise<Plan> {
  const where = wordsOf(reference(action));
  const { field, key, value } = action;
  if (belongsToController(key)) throw new RefusedError(`${key} belongs to a controller or to the cluster itself, which act on it: set it by hand.`);
  if (field === 'label' && value !== null && !/^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value)) throw new RefusedError(`${JSON.stringify(value)} is not the value of a label: at most 63 letters, digits, dashes, dots and underscores.`);
  const before = textsAt(live, `/metadata/${field}s`)[key];
  if (value === null && before === undefined) throw new RefusedError(`${where} has no ${field} ${key}.`);
  const changes = difference(live, mergePatch(live, { metadata: { [`${field}s`]: { [key]: value } } }));
  const picked = field === 'label' && action.resource === 'pod' ? await consequences(action, live, kubectl) : { notes: [], powers: [] };
  const destinations = newDestinations(before ?? '', value ?? '');
  return {
    changes,
    equivalent: `kubectl ${field === 'label' ? 'label' : 'annotate'} ${action.resource} ${action.name} ${value === null ? `${key}-` : quoteForPeople(`${key}=${value}`)}${value !== null && before !== undefined ? ' --overwrite' : ''}`,
    notes: [
      ...picked.notes,
      ...(field === 'label' && action.resource !== 'pod' ? ['Its pods keep their own labels: those come from the pod template. Custom resources that select by labels (monitors, gateways) were not looked at.'] : []),
      ...(field === 'label' && action.resource === 'pod' ? ['Custom resources, and policies of other namespaces, that select by labels were not looked at.'] : []),
    ],
    checks: [value === null ? `${where} has no ${field} ${key}` : `the ${field} ${key} of ${where} is what was asked for`],
    blastRadius: picked.powers.length > 0 ? `${where}: ${picked.powers.join('; ')}.` : `${where}, and whoever looks for this ${field}.`,
    facts: { ...(picked.powers.length > 0 && { powers: picked.powers }), ...(destinations.length > 0 && { newDestinations: destinations }) },
  };
}

/** Throws RefusedError for a label that brings a pod behind a service, under a controller, or out of its confinement. */
async function consequences({ key, value, name }: Action, pod: JsonObject, kubectl: Kubectl): Promise<{ notes: string[]; powers: string[] }> {
  const before = textsAt(pod, '/metadata/labels');
  const { [key]: _before, ...others } = before;
  const after = value === null ? others : { ...others, [key]: value };
  const powers: string[] = [];
  const notes: string[] = [];
  for (const { who, role, names, picks } of await selectionsIn(kubectl)) {
    const [was, is] = [picks(before), picks(after)];
    if (!was && is && role !== 'guards it from eviction') throw new RefusedError(`With this label ${who} would select pod ${name} (it ${role}), which it does not now. Change the pod template or ${who} instead.`);
    if (was && !is && role === 'limits its connections') throw new RefusedError(`Without this label ${who} would no longer limit the connections of pod ${name}.`);
    if (was !== is) powers.push(`${who} ${is ? 'selects it' : 'no longer selects it'} (${role})`);
    else if (names(key)) powers.push(`${who} selects by the label ${key} (${role})`);
    if (was && !is && role === 'owns it') notes.push(`${who} lets go of the pod and makes another in its place. This one stays until somebody deletes it; with the label back, ${who} may end either of them.`);
  }
  return { notes: [...new Set(notes)], powers: [...new Set(powers)] };
}
