/** Hosts that configuration names: whoever writes logs can name any, and only these are looked up and connected to. Pure. */
import { hostsInValue } from './hosts.ts';
import type { ServiceReading } from './readings.ts';
import type { RuleTargets } from './rule.ts';

/** Lower-case names, of every service's addresses and of the variables of its newest revisions. */
export function configuredHosts(services: readonly ServiceReading[], { services: targets }: Pick<RuleTargets, 'services'>): ReadonlySet<string> {
  const values = services.flatMap(({ workload }) => (workload?.value.revisions ?? []).slice(-2).flatMap(({ environment }) => Object.values(environment)));
  return new Set([...values, ...targets.map(({ url }) => url)].flatMap(hostsInValue).map(({ host }) => host.toLowerCase()));
}
