/** Takes all readings at once: every target in parallel, each within its own time; one that hangs delays no other. */
import type { Readings } from '../../rules/readings.ts';
import { readDatabase } from './database.ts';
import { readHosts } from './hosts.ts';
import type { CollectOptions, ReaderContext } from './reader.ts';
import { readService } from './service.ts';

export type { CollectOptions, ReadingFocus } from './reader.ts';

const defaultTargetMilliseconds = 8_000;

/** Throws only when `record` does, or when the collection itself is stopped by `signal`. */
export async function collectReadings({ targets, record, signal, focus, log, targetMilliseconds = defaultTargetMilliseconds }: CollectOptions): Promise<Readings> {
  const context = (): ReaderContext => ({ record, targets, signal: AbortSignal.any([signal, AbortSignal.timeout(targetMilliseconds)]), ...(log ? { log } : {}) });
  const chosen = <T extends { name: string }>(all: readonly T[], names: readonly string[] | undefined): T[] => all.filter((target) => names === undefined || names.includes(target.name));
  const servicesRead = Promise.all(chosen(targets.services, focus?.services).map((target) => readService(target, context())));
  const databasesRead = Promise.all(chosen(targets.databases, focus?.databases).map((target) => readDatabase(target, context())));
  const hostsRead = servicesRead.then((services) => readHosts(services, focus?.hosts, context()));
  const [services, databases, hosts] = await Promise.all([servicesRead, databasesRead, hostsRead]);
  signal.throwIfAborted();
  log?.debug({ services: services.length, databases: databases.length, hosts: hosts.length }, 'readings taken');
  return { services, databases, hosts };
}
