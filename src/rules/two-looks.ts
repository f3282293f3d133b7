/** Two looks at the same systems, some seconds apart, as one: the newest state, with what requests met in both. Pure. */
import type { CheckReading, Observed, Readings, ServiceReading } from './readings.ts';

/** Everything is as the later look saw it; checks keep the earlier one's requests beside theirs. */
export function twoLooks(earlier: Readings, later: Readings): Readings {
  return {
    ...later,
    services: later.services.map((service) => withEarlier(service, earlier.services.find(({ name }) => name === service.name))),
    observerSlowdown: Math.max(earlier.observerSlowdown ?? 1, later.observerSlowdown ?? 1),
  };
}

function withEarlier(service: ServiceReading, before: ServiceReading | undefined): ServiceReading {
  return { ...service, checks: service.checks.map((check) => withEarlierSamples(check, before?.checks.find(({ value }) => value.check === check.value.check))) };
}

function withEarlierSamples(check: Observed<CheckReading>, before: Observed<CheckReading> | undefined): Observed<CheckReading> {
  return before === undefined ? check : { ...check, value: { ...check.value, earlier: { samples: before.value.samples, evidence: before.evidence } } };
}
