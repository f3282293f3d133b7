/** Which container of a pod is meant. */
import type { ObjectOf } from '../../objects/object.ts';
import { badRequest } from '../status.ts';

/** Throws 400 when it is unclear or not there. */
export function containerOf(pod: ObjectOf<'pods'>, asked: string | null): string {
  const names = (pod.spec?.containers ?? []).map(({ name }) => name);
  const initial = (pod.spec?.initContainers ?? []).map(({ name }) => name);
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map(({ name }) => name);
  const { name } = pod.metadata;
  if (asked === null || asked === '') {
    const [only] = names;
    if (names.length === 1 && only !== undefined) return only;
    const others = initial.length === 0 ? '' : ` or one of the init containers: [${initial.join(' ')}]`;
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${others}`);
  }
  if (![...names, ...initial, ...ephemeral].includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
  return asked;
}
