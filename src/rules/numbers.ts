/** The readings as numbers that people compare: latency and errors of checks, ready pods, blocked sessions. */
import type { Measured } from '../incident/events.ts';
import type { CheckReading, DatabaseReading, Readings } from './readings.ts';
import { healthOf } from './service/health.ts';

const most = 60;

export function numbersOf({ services, databases, clusters = [] }: Readings): Measured[] {
  return [
    ...services.flatMap((service) => service.checks.flatMap(({ value }) => checkNumbers(service.name, value))),
    ...databases.flatMap(databaseNumbers),
    ...clusters.flatMap((cluster) => cluster.namespaces.flatMap((namespace) => (namespace.workloads?.value ?? []).flatMap(({ name, ready, desired }) => [measured(`${name} ready`, ready, 'pods'), measured(`${name} desired`, desired, 'pods')]))),
  ].slice(0, most);
}

/** By service: the worst check's median as a share of the latency budget; 1 is at the budget. */
export function latenessOf({ services }: Readings): Record<string, number> {
  return Object.fromEntries(services.flatMap((service) => {
    const medians = healthOf(service).flatMap(({ medianMilliseconds }) => (medianMilliseconds === undefined ? [] : [medianMilliseconds]));
    return medians.length === 0 || service.latencyBudgetMilliseconds <= 0 ? [] : [[service.name, Math.max(...medians) / service.latencyBudgetMilliseconds]];
  }));
}

function checkNumbers(service: string, { check, samples }: CheckReading): Measured[] {
  if (samples.length === 0) return [];
  const good = samples.filter(({ status }) => status !== undefined && status < 400);
  const times = good.map(({ milliseconds }) => milliseconds).sort((left, right) => left - right);
  const at = (share: number): number | undefined => times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)];
  const [middle, slow] = [at(0.5), at(0.95)];
  return [
    ...(middle === undefined ? [] : [measured(`${service} ${check} p50`, middle, 'ms')]),
    ...(slow === undefined ? [] : [measured(`${service} ${check} p95`, slow, 'ms')]),
    measured(`${service} ${check} errors`, (100 * (samples.length - good.length)) / samples.length, '%'),
  ];
}

function databaseNumbers({ name, sessions, connections }: DatabaseReading): Measured[] {
  const own = sessions?.value.filter(({ elsewhere }) => elsewhere !== true);
  return [
    ...(own === undefined ? [] : [
      measured(`${name} blocked sessions`, own.filter(({ blockedBy }) => blockedBy.length > 0).length, 'sessions'),
      measured(`${name} longest transaction`, Math.max(0, ...own.map(({ transactionSeconds }) => transactionSeconds ?? 0)), 's'),
    ]),
    ...(connections === undefined ? [] : [measured(`${name} connections`, connections.value.used, 'connections')]),
  ];
}

function measured(name: string, value: number, unit: string): Measured {
  return { name, value: Math.round(value), unit };
}
