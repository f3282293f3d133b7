/** The world as the page shows it, looked at once a second. */
import type { Pool } from 'pg';
import type { World } from '../workspace/page-api.ts';
import type { Fault } from './faults/fault.ts';
import type { Measurements } from './measurements.ts';

export interface WatchedWorld {
  world(): World;
  subscribe(listener: (world: World) => void): () => void;
  /** Looks at faults and database again at once. */
  refresh(): Promise<World>;
  stop(): Promise<void>;
}

type DatabaseState = World['databases'][number];

export interface WatchedParts {
  admin: Pool;
  /** As the page calls it. */
  database: string;
  faults: Fault[];
  measurements: Pick<Measurements<string>, 'tick'>;
  pods: () => NonNullable<World['pods']>;
}

export function watchWorld(settings: WatchedParts): WatchedWorld {
  const listeners = new Set<(world: World) => void>();
  let world: World = { starting: [], services: settings.measurements.tick(), databases: [], faults: [], alerts: [] };
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const look = async (services: World['services']): Promise<World> => {
    const [database, active] = await Promise.all([
      readDatabase(settings.admin, settings.database),
      Promise.all(settings.faults.map((fault) => fault.isActive().catch(() => false))),
    ]);
    world = {
      starting: [],
      services,
      databases: [database],
      pods: settings.pods(),
      faults: settings.faults.map(({ id, title, description, area }, index) => ({ id, title, description, area, active: active[index] ?? false })),
      alerts: [],
    };
    for (const listener of listeners) listener(world);
    return world;
  };

  let turn: Promise<unknown> = Promise.resolve();
  const schedule = (): void => {
    timer = setTimeout(() => {
      turn = look(settings.measurements.tick()).catch(() => undefined).then(() => (stopped ? undefined : schedule()));
    }, 1000);
  };
  schedule();

  return {
    world: () => world,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refresh: () => look(world.services),
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await turn;
    },
  };
}

async function readDatabase(admin: Pool, name: string): Promise<DatabaseState> {
  try {
    const { rows } = await admin.query<{ used: number; waiting: number; total: number; kept: number }>(`
      SELECT count(*)::int AS used,
        count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting,
        current_setting('max_connections')::int AS total,
        current_setting('superuser_reserved_connections')::int + current_setting('reserved_connections')::int AS kept
      FROM pg_stat_activity WHERE backend_type = 'client backend'`);
    const { used = 0, waiting = 0, total = 0, kept = 0 } = rows[0] ?? {};
    const crowded = used >= total - kept;
    return { name, state: crowded || waiting > 2 ? 'degraded' : 'healthy', connections: used, connectionLimit: total, waiting };
  } catch {
    return { name, state: 'down', connections: 0, connectionLimit: 0, waiting: 0 };
  }
}
