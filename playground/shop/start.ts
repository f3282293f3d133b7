/** Starts the small world: PostgreSQL, the supervisor with four services, and the people who use them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedOptions } from '../../src/database/embedded.ts';
import { freePort } from '../../src/database/embedded/free-port.ts';
import type { World } from '../workspace/page-api.ts';
import { startShopDatabase, type ShopDatabase, type StartPostgres } from './database.ts';
import { createFaults } from './faults/faults.ts';
import type { Fault } from './faults/fault.ts';
import { guardProcess } from './guardian.ts';
import { createMeasurements } from './measurements.ts';
import { firstEnvironments } from './services-environment.ts';
import { ServiceStartError, serviceNames, UnknownFaultError, type ServiceName, type Shop } from './shop.ts';
import { startSupervisorApi } from './supervisor/api.ts';
import { superviseService, type SupervisedService } from './supervisor/service.ts';
import { startTraffic } from './traffic.ts';
import { watchWorld } from './world.ts';

export interface ShopSettings {
  /** Kept over restarts: rows are made once. */
  directory: string;
  /** startEmbeddedPostgres of src/database. */
  postgres: StartPostgres;
  /** Free ones where absent. */
  ports?: Partial<Record<ServiceName | 'postgres' | 'supervisor', number>>;
  /** One line a step. */
  progress?: (line: string) => void;
  log: EmbeddedOptions['log'];
  /** The supervisor's bearer tokens. */
  tokens: { read: string; write: string };
  /** For how long a request counts in the health that the world shows; 10 seconds when absent. */
  windowMilliseconds?: number;
}

/** Resolves when every service is healthy. What was broken in an earlier run is repaired first. */
export async function startShop(settings: ShopSettings): Promise<Shop> {
  const { ports: wanted = {}, progress = () => undefined, log, tokens } = settings;
  const cleanups: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    const database = await startShopDatabase({ directory: settings.directory, port: wanted.postgres, startPostgres: settings.postgres, log, progress });
    cleanups.push(database.stop);
    cleanups.push(guardProcess(database.pid));

    const ports = await choosePorts(wanted);
    progress('shop: starting frontend, catalog, checkout, payments');
    const services = superviseAll(ports, database);
    cleanups.push(() => Promise.all([...services.values()].map((service) => service.stop())));
    const faults = createFaults({ admin: database.admin, databaseUrl: database.url, service: (name) => existing(services, name), port: (name) => ports[name] });
    for (const fault of faults) await fault.clear();
    await Promise.all([...services.values()].map((service) => startService(service)));

    const supervisor = await startSupervisorApi({ tokens, services, ...(wanted.supervisor === undefined ? {} : { port: wanted.supervisor }) });
    cleanups.push(supervisor.stop);

    const serviceUrls = Object.fromEntries(serviceNames.map((name) => [name, `http://127.0.0.1:${ports[name]}`])) as Record<ServiceName, string>;
    const measurements = createMeasurements(settings.windowMilliseconds);
    const traffic = startTraffic({ urls: serviceUrls, record: measurements.record });
    cleanups.push(traffic.stop);
    const watched = watchWorld({ admin: database.admin, faults, measurements });
    cleanups.push(watched.stop);
    cleanups.push(() => clearSessions(faults));
    progress('shop: up');

    return {
      databaseUrls: { read: database.url('sre_read'), write: database.url('sre_write'), admin: database.url('admin') },
      serviceUrls,
      supervisorUrl: supervisor.url,
      tokens,
      faults: faults.map(({ id, title, description, area }) => ({ id, title, description, area })),
      world: watched.world,
      subscribe: watched.subscribe,
      setFault: createFaultSwitch(faults, watched.refresh),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function superviseAll(ports: Record<ServiceName, number>, database: ShopDatabase): Map<ServiceName, SupervisedService> {
  const environments = firstEnvironments(ports, database.url);
  return new Map(serviceNames.map((name) => [name, superviseService(name, environments[name])]));
}

/** A busy machine may need longer than the supervisor waits for one change. */
async function startService(service: SupervisedService): Promise<void> {
  await service.restart();
  for (const end = Date.now() + 60_000; service.status().state !== 'running'; await sleep(100)) {
    const { name, log } = service.status();
    if (Date.now() > end) throw new ServiceStartError(name, log.at(-1)?.line ?? '');
  }
}

function existing(services: ReadonlyMap<ServiceName, SupervisedService>, name: ServiceName): SupervisedService {
  const service = services.get(name);
  if (!service) throw new Error(`no service ${name}`);
  return service;
}

async function choosePorts(wanted: NonNullable<ShopSettings['ports']>): Promise<Record<ServiceName, number>> {
  const chosen = new Map<ServiceName, number>();
  for (const name of serviceNames) {
    let port = wanted[name] ?? (await freePort());
    while ([...chosen.values()].includes(port)) port = await freePort();
    chosen.set(name, port);
  }
  return Object.fromEntries(chosen) as Record<ServiceName, number>;
}

/** Sessions of faults must not outlive the shop; what faults left in files is repaired at the next start. */
async function clearSessions(faults: Fault[]): Promise<void> {
  for (const fault of faults) if (fault.id === 'forgotten-transaction' || fault.id === 'leaked-connections') await fault.clear();
}

export function createFaultSwitch(faults: Fault[], refresh: () => Promise<World>): Shop['setFault'] {
  let last: Promise<unknown> = Promise.resolve();
  return (id, active) => {
    const fault = faults.find((candidate) => candidate.id === id);
    if (!fault) return Promise.reject(new UnknownFaultError(id, faults.map((candidate) => candidate.id)));
    const earlier = last;
    const change = (async () => {
      await earlier;
      await (active ? fault.inject() : fault.clear());
      await refresh();
    })();
    last = change.catch(() => undefined);
    return change;
  };
}
