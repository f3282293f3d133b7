/** The world as the page shows it, with the alerts that others send. */
import type { World } from './page-api.ts';
import { PageRefusal } from './page-refusal.ts';
import type { Parts } from './parts.ts';
import { EMPTY_WORLD } from './world-provider.ts';

export function currentWorld({ options }: Parts): World {
  const world = options.world?.world() ?? EMPTY_WORLD;
  const others = (options.alerts ?? []).map(({ id, title, description }) => ({ id, title, description }));
  return { ...world, alerts: [...world.alerts, ...others] };
}

/** Throws PageRefusal when there is no such fault, or the world could not do it. */
export async function setFault(parts: Parts, id: string, active: boolean): Promise<void> {
  const { world } = parts.options;
  if (world === undefined || !currentWorld(parts).faults.some((fault) => fault.id === id)) throw new PageRefusal('There is no such fault.', 404);
  await inWords(parts, () => world.setFault(id, active));
}

/** The product's HTTP status. Throws PageRefusal. */
export async function sendAlert(parts: Parts, id: string): Promise<number> {
  const { world, alerts = [] } = parts.options;
  const own = alerts.find((alert) => alert.id === id);
  if (own !== undefined) return inWords(parts, () => own.send());
  if (world === undefined || !world.world().alerts.some((alert) => alert.id === id)) throw new PageRefusal('There is no such alert.', 404);
  return inWords(parts, () => world.sendAlert(id));
}

async function inWords<T>(parts: Parts, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    parts.options.log.warn(`The world could not do what the page asked: ${why}`);
    throw new PageRefusal(why, 500);
  }
}
