/** What the readings lack: nothing that rests on a missing or partial reading may be ruled out or called well. */
import type { DatabaseReading, Readings, ServiceReading } from './readings.ts';
import { starved } from './service/health.ts';

export type Area = 'service' | 'database' | 'network' | 'kubernetes' | 'generic';
/** What is always read; of the rest only a failure is a gap. */
type Part = 'sessions' | 'connections' | 'tables' | 'indexes' | 'plans' | 'overrides';

/** How the reader names a part in `unread`, at the start of `what`. */
const names: Record<Part, RegExp> = {
  sessions: /^sessions\b/,
  connections: /^connections\b/,
  tables: /^tables\b/,
  indexes: /^indexes\b/,
  plans: /^(?:statements|plans|pg_stat_statements)\b/,
  overrides: /^settings\b/,
};

/** The part is there, and whole. */
export function isRead(database: DatabaseReading, part: Part): boolean {
  if (database[part] === undefined || database.unread.some((unread) => names[part].test(unread.what))) return false;
  return part !== 'plans' || (database.plans?.value.every((plan) => plan.unexplained === undefined) ?? false);
}

/** Every check was read, with all of its requests. */
export function areChecksRead(service: ServiceReading): boolean {
  return service.checks.length > 0 && service.checks.every(({ value }) => value.samples.length > 0 && value.cutOff !== true) && !service.unread.some((unread) => unread.what.startsWith('check '));
}

/** Databases and services that this one needs and that were read in part or not at all. */
export function unreadNeeds(service: ServiceReading, readings: Readings): string[] {
  const databases = service.databases.filter((name) => {
    const database = readings.databases.find((one) => one.name === name);
    return database === undefined || !(['sessions', 'connections', 'tables', 'indexes', 'overrides'] as const).every((part) => isRead(database, part)) || database.plans === undefined || database.plans.value.some((plan) => plan.unexplained === 'stopped');
  });
  const dependencies = service.dependsOn.filter((name) => {
    const other = readings.services.find((one) => one.name === name);
    return other === undefined || !other.checks.some((check) => check.value.samples.length > 0);
  });
  return [...databases.map((name) => `database ${name}`), ...dependencies];
}

/** One line for each thing that was not read, or only partly: `what: why`. */
export function gapsOf(readings: Readings, area?: Area): string[] {
  const wants = (one: Area): boolean => area === undefined || area === one;
  return [...new Set([
    ...(wants('service') ? readings.services.flatMap(serviceGaps) : []),
    ...(wants('database') ? readings.databases.flatMap(databaseGaps) : []),
    ...(wants('network') ? networkGaps(readings) : []),
    ...(wants('generic') ? (readings.machines ?? []).flatMap((machine) => machine.unread.map((unread) => `${unread.what}: ${unread.message}`)) : []),
    ...(wants('kubernetes') ? (readings.clusters ?? []).flatMap((cluster) => cluster.unread.map((unread) => `${unread.what}: ${unread.message}`)) : []),
  ])];
}

/** Work took so much longer than it should where we looked that times alone prove little. */
export function isStarved(readings: Readings): boolean {
  return (readings.observerSlowdown ?? 1) >= starved;
}

/** As a sentence's beginning: "The machine that measured this was itself short of CPU (...)". */
export function shortOfCpu(readings: Readings): string {
  return `The machine that measured this was itself short of CPU (work took ${(readings.observerSlowdown ?? 1).toFixed(1)} times as long as it should)`;
}

function serviceGaps(service: ServiceReading): string[] {
  const cut = service.checks.filter(({ value }) => value.samples.length === 0 || value.cutOff === true);
  return [
    ...service.unread.map((unread) => `${unread.what}: ${unread.message}`),
    ...cut.map(({ value }) => `check ${value.check} of ${service.name}: ${value.samples.length === 0 ? 'no request' : `only ${value.samples.length} of its requests`} finished in time`),
  ];
}

function databaseGaps(database: DatabaseReading): string[] {
  const stopped = database.plans?.value.filter((plan) => plan.unexplained === 'stopped').length ?? 0;
  const missing = database.unread.length > 0 ? [] : (Object.keys(names) as Part[]).filter((part) => database[part] === undefined);
  return [
    ...database.unread.map((unread) => `${unread.what}: ${unread.message}`),
    ...(stopped === 0 ? [] : [`plans of database ${database.name}: ${stopped} of ${database.plans?.value.length ?? 0} busy statements could not be explained in time`]),
    ...(missing.length === 0 ? [] : [`${missing.join(', ')} of database ${database.name}: not read`]),
  ];
}

function networkGaps({ hosts, services }: Readings): string[] {
  const unnamed = services.filter((service) => service.unread.some((unread) => unread.what.startsWith('process status'))).map((service) => `hosts that the configuration of ${service.name} names: it could not be read`);
  const untried = hosts.flatMap((host) => host.ports.filter(({ value }) => !value.open && value.error === undefined).map(({ value }) => `port ${value.port} of ${host.host}: not tried in time`));
  return [...unnamed, ...untried];
}
