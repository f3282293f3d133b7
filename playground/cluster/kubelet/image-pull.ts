/** The image of a container about to start, with the events and back-off of pulling it. */
import type { Container } from '../objects/types.ts';
import { sped } from '../options.ts';
import { backOffRemaining, imageLimits, nextBackOff } from './back-off.ts';
import type { Image } from './images.ts';
import { fieldPathOf, type ContainerRecord, type PodRecord } from './pod.ts';
import type { Shared } from './shared.ts';

const firstLookMilliseconds = 1_000;
/** The status tells at each look what the look before it found. */
const lookMilliseconds = 13_000;

/** `retry`: milliseconds. An image whose pull takes no time counts as on the node already. */
export async function ensureImage(record: PodRecord, container: Container, known: ContainerRecord, shared: Shared): Promise<{ image?: Image; retry?: number }> {
  const reference = container.image ?? '';
  const { client, images, settings } = shared;
  const event = (type: 'Normal' | 'Warning', reason: string, message: string): void => client.event(record.pod, { type, reason, message, fieldPath: fieldPathOf(known) });
  const policy = container.imagePullPolicy ?? (/(?::latest|\/[^:@]*|^[^:@/]*)$/.test(reference) ? 'Always' : 'IfNotPresent');

  if (/[^\w./:@-]|^[^\w]|[A-Z][^:@]*\//.test(reference) || reference === '') {
    known.state = { waiting: { message: `Failed to apply default image tag "${reference}": couldn't parse image name "${reference}": invalid reference format`, reason: 'InvalidImageName' } };
    event('Warning', 'InspectFailed', known.state.waiting?.message ?? '');
    event('Warning', 'Failed', 'Error: InvalidImageName');
    return { retry: sped(shared.timing, lookMilliseconds) };
  }
  if (policy !== 'Always' || images.has(reference)) {
    if (!images.has(reference) && policy !== 'Always') {
      const pull = settings.images.pull(reference);
      if ('image' in pull && pull.milliseconds === undefined) await images.pull(reference, true);
    }
    const present = policy === 'Always' ? undefined : images.get(reference);
    if (present !== undefined) {
      delete known.pull;
      event('Normal', 'Pulled', `Container image "${reference}" already present on machine and can be accessed by the pod`);
      return { image: present };
    }
  }
  if (policy === 'Never') {
    const message = `Container image "${reference}" is not present with pull policy of Never`;
    known.state = { waiting: { message, reason: 'ErrImageNeverPull' } };
    event('Warning', 'ErrImageNeverPull', message);
    event('Warning', 'Failed', 'Error: ErrImageNeverPull');
    return { retry: sped(shared.timing, lookMilliseconds) };
  }

  const limits = { first: sped(shared.timing, imageLimits.first), longest: sped(shared.timing, imageLimits.longest) };
  const failed = known.pull?.reference === reference ? known.pull : undefined;
  if (failed !== undefined) {
    const wait = failed.looked + sped(shared.timing, failed.first ? firstLookMilliseconds : lookMilliseconds) - Date.now();
    if (wait > 0) return { retry: wait };
    failed.first = false;
    failed.looked = Date.now();
    const backingOff = failed.reason === 'ImagePullBackOff';
    if (known.state.terminated !== undefined) known.last = known.state.terminated;
    known.state = { waiting: { message: `${backingOff ? `Back-off pulling image "${reference}": ErrImagePull: ` : ''}${failed.message}`, reason: failed.reason } };
    if (backOffRemaining(failed.backOff, failed.failed, Date.now(), limits) > 0) {
      failed.reason = 'ImagePullBackOff';
      event('Normal', 'BackOff', `Back-off pulling image "${reference}"`);
      event('Warning', 'Failed', 'Error: ImagePullBackOff');
      return { retry: sped(shared.timing, lookMilliseconds) };
    }
  }
  event('Normal', 'Pulling', `Pulling image "${reference}"`);
  const pulled = await images.pull(reference);
  if ('image' in pulled) {
    delete known.pull;
    const time = `${Math.max(1, pulled.milliseconds)}ms`;
    event('Normal', 'Pulled', `Successfully pulled image "${reference}" in ${time} (${time} including waiting). Image size: ${pulled.image.size ?? 0} bytes.`);
    return { image: pulled.image };
  }
  const now = Date.now();
  const first = failed === undefined;
  known.pull = { reference, backOff: nextBackOff(failed?.backOff, now, limits), failed: now, looked: now, message: pulled.error, first, reason: 'ErrImagePull' };
  event('Warning', 'Failed', `Failed to pull image "${reference}": ${pulled.error}`);
  event('Warning', 'Failed', 'Error: ErrImagePull');
  return { retry: sped(shared.timing, first ? firstLookMilliseconds : lookMilliseconds) };
}
