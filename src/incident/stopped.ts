/** The stop, as everything asks it that is about to begin something. */
import { StoppedError } from './stopped-error.ts';
import type { Store } from './store.ts';

/** Throws StoppedError when the incident, or everything, was stopped. */
export async function throwIfStopped({ incidents, halt }: Pick<Store, 'incidents' | 'halt'>, incidentId: string): Promise<void> {
  if (await halt.current()) throw new StoppedError(incidentId);
  if ((await incidents.get(incidentId))?.status === 'stopped') throw new StoppedError(incidentId);
}
