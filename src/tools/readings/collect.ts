/** Takes all readings at once (or, for measurements, one area after the other): every target in parallel, each within its own time; one that hangs delays no other. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readings } from '../../rules/readings.ts';
import { toBeHeard } from '../../rules/database/to-be-heard.ts';
import { isServiceUnwell } from '../../rules/service/health.ts';
import { readCluster } from './cluster.ts';
import { readDatabase } from './database.ts';
import { readHosts } from './hosts.ts';
import { readMachine } from './machine.ts';
import { readMysqlDatabase } from './mysql-database.ts';
import { watchSlowdown } from './observer.ts';
import type { CollectOptions, ReaderContext } from './reader.ts';
import { readService } from './service.ts';

export type { CollectOptions } from './reader.ts';

const defaultTargetMilliseconds = 10_000;
const mostPatience = 3;
/** Whose logs are read is known from services and databases; a database that is slow to answer delays no cluster longer. */
const mostWaitForNames = 6_000;
/** A cluster takes several calls of a program that takes a moment to start. */
const clusterFactor = 2;

/** Throws only when `record` does, or when the collection itself is stopped by `signal`. */
export async function collectReadings({ targets, record, signal, focus, log, about = '', inTurn = false, targetMilliseconds = defaultTargetMilliseconds }: CollectOptions): Promise<Readings> {
  const slowdown = watchSlowdown();
  const patience = (): number => Math.min(mostPatience, Math.max(1, slowdown.value()));
  const ends: (() => void)[] = [];
  const context = (factor = 1): ReaderContext => {
    const time = patientTimeout(targetMilliseconds * factor, patience);
    ends.push(time.clear);
    const bounded = AbortSignal.any([signal, time.signal]);
    // Every sample and query listens to it; there are more than ten.
    setMaxListeners(0, bounded);
    return { record, targets, signal: bounded, patience, ...(log ? { log } : {}) };
  };
  const chosen = <T extends { name: string }>(all: readonly T[], names: readonly string[] | undefined): T[] => all.filter((target) => names === undefined || names.includes(target.name));
  const servicesRead = Promise.all(chosen(targets.services, focus?.services).map((target) => readService(target, context())));
  const databasesRead = after(inTurn && servicesRead, () => Promise.all(chosen(targets.databases, focus?.databases).map((target) => (target.kind === 'mysql' ? readMysqlDatabase : readDatabase)(target, context()))));
  const hostsRead = after(inTurn && databasesRead, async () => readHosts(await servicesRead, focus?.hosts, context()));
  const unwell = Promise.all([servicesRead, soon(databasesRead, mostWaitForNames)]).then(([services, databases = []]) => [...new Set([...services.filter(isServiceUnwell).map((service) => service.name), ...toBeHeard({ services, databases })])]);
  const clustersRead = after(inTurn && hostsRead, () => Promise.all(chosen(targets.clusters, focus?.clusters).map((target) => readCluster(target, context(clusterFactor), { unwell, about }))));
  const machinesRead = after(inTurn && clustersRead, () => Promise.all(chosen(targets.hosts, focus === undefined ? undefined : (focus.machines ?? [])).map((target) => readMachine(target, context()))));
  const [services, databases, hosts, clusters, machines] = await Promise.all([servicesRead, databasesRead, hostsRead, clustersRead, machinesRead]).finally(() => {
    slowdown.stop();
    ends.forEach((end) => end());
  });
  signal.throwIfAborted();
  const observerSlowdown = slowdown.value();
  log?.debug({ services: services.length, databases: databases.length, hosts: hosts.length, clusters: clusters.length, machines: machines.length, observerSlowdown }, 'readings taken');
  return { services, databases, hosts, ...(clusters.length > 0 ? { clusters } : {}), ...(machines.length > 0 ? { machines } : {}), observerSlowdown };
}

/** Undefined when it takes longer. */
async function soon<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const controller = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: controller.signal, ref: false }).catch(() => undefined);
  return Promise.race([work, late]).finally(() => controller.abort());
}

/** At once when there is nothing to wait for. */
async function after<T>(before: Promise<unknown> | false, work: () => Promise<T>): Promise<T> {
  if (before !== false) await before;
  return work();
}

/** Aborts after the time times the patience, as it is known by then: a slow machine shows itself only while it works. */
export function patientTimeout(milliseconds: number, patience: () => number): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const began = performance.now();
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    timer = setTimeout(() => {
      const more = milliseconds * patience() - (performance.now() - began);
      if (more > 1) wait(more);
      else controller.abort(new DOMException('the time for this target was up', 'TimeoutError'));
    }, left).unref();
  };
  wait(milliseconds);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
