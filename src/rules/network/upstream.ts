/** A host that a service's configuration names does not resolve, or refuses the port. */
import type { FindingBody } from '../../incident/types.ts';
import { hostsInValue } from '../hosts.ts';
import { setEnvironment, shownValue } from '../operations.ts';
import { quoteLine } from '../quotes.ts';
import type { HostReading, Readings, ServiceReading } from '../readings.ts';
import { hostResource, serviceResource } from '../resources.ts';
import type { Rule, RuleTargets } from '../rule.ts';
import { bodies, errorTexts, quoteError, quoteStatus } from '../service/errors.ts';
import { isServiceUnwell } from '../service/health.ts';
import { earlierValue, isRecent, valueOf } from '../service/revisions.ts';

interface Trouble {
  mechanism: 'upstream-unresolvable' | 'upstream-refuses' | 'upstream-unreachable';
  port?: number;
  code: string;
  says: string;
  evidence: HostReading['lookup']['evidence'];
}

export const upstreamHost: Rule = {
  id: 'upstream-host',
  specialist: 'network',
  detect: (readings, targets) =>
    readings.hosts.flatMap((host) => {
      const service = readings.services.find((one) => one.name === host.usedBy);
      return service === undefined ? [] : troublesOf(host).flatMap((trouble) => describe(host, trouble, service, readings, targets));
    }),
};

const unresolvable = new Set(['ENOTFOUND', 'ENODATA', 'NXDOMAIN', 'EAI_AGAIN', 'EAI_NONAME', 'ENONAME', 'ESERVFAIL']);

function troublesOf(host: HostReading): Trouble[] {
  const failure = host.lookup.value.error;
  if (failure !== undefined) {
    return unresolvable.has(failure) ? [{ mechanism: 'upstream-unresolvable', code: failure, says: 'does not resolve', evidence: host.lookup.evidence }] : [];
  }
  return host.ports.flatMap(({ value, evidence }): Trouble[] => {
    if (value.open || value.error === undefined) return [];
    if (value.error === 'ECONNREFUSED') return [{ mechanism: 'upstream-refuses', port: value.port, code: value.error, says: 'refuses connections', evidence }];
    if (['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'TIMEOUT'].includes(value.error)) return [{ mechanism: 'upstream-unreachable', port: value.port, code: value.error, says: 'does not answer', evidence }];
    return [];
  });
}

function describe(host: HostReading, trouble: Trouble, service: ServiceReading, readings: Readings, targets: RuleTargets): FindingBody[] {
  const place = trouble.port === undefined ? host.host : `${host.host}:${trouble.port}`;
  // A known service or database that is down at its right address is that one's trouble, not the configuration's.
  if (trouble.port !== undefined && isKnown(place, targets)) return [];
  const workload = service.workload?.value;
  const variable = variableNaming(service, host.host, trouble.port);
  // Met in an error only: it counts while a check answers with it, and when it is not another name of a place that a variable names.
  if (variable === undefined && (!bodies(service).some((text) => text.includes(host.host)) || hasOtherName(host, trouble, service, readings))) return [];
  const before = workload === undefined || variable === undefined ? undefined : earlierValue(workload, variable);
  const better = before !== undefined && !namesPlace(before, host.host, trouble.port) && !isKnownBad(before, readings) ? before : undefined;
  const unwell = isServiceUnwell(service);
  const proven = errorTexts(service).some((text) => text.includes(host.host)) && isRecent(workload?.revisions.at(-1)?.at, service.workload?.evidence ?? trouble.evidence) && better !== undefined && answers(better, readings, targets);
  if (!unwell && better === undefined) return [];
  const remedy = variable === undefined || !proven ? undefined : setEnvironment(targets, service, variable, better);
  const now = variable === undefined ? undefined : valueOf(workload?.revisions.at(-1)?.environment, variable);
  return [
    {
      severity: unwell ? 'critical' : 'info',
      resource: hostResource(place),
      mechanism: trouble.mechanism,
      title: `${place}, where ${service.name} looks for an upstream${variable === undefined ? '' : ` (${variable})`}, ${trouble.says}`,
      explanation: `${trouble.code} from here too, so it is not only ${service.name} that cannot reach it. ${better === undefined ? 'No earlier value of the configuration names another place, so none is proposed.' : `${variable} was ${shownValue(service, better)} in an earlier revision and is ${shownValue(service, now ?? '')} in the newest.${proven ? '' : ' To go back is not proposed: that place is not seen to answer, the change is hours old, or no error of the service names the present one.'}`}`,
      confidence: better === undefined ? 0.7 : 0.93,
      quotes: [
        ...quoteLine(trouble.evidence, trouble.code),
        ...quoteError(service, 1, (text) => text.includes(host.host)),
        ...(variable === undefined || better === undefined ? [] : quoteStatus(service, variable, host.host)),
      ],
      ...(variable === undefined && service.dependsOn.length === 0 ? { blames: serviceResource(service.name) } : {}),
      ...(remedy === undefined ? {} : { remedy }),
    },
  ];
}

function hasOtherName(host: HostReading, trouble: Trouble, service: ServiceReading, readings: Readings): boolean {
  return readings.hosts.some((other) => other.usedBy === service.name && other.host !== host.host && other.lookup.value.addresses.some((address) => address === host.host || host.lookup.value.addresses.includes(address)) && variableNaming(service, other.host, trouble.port) !== undefined);
}

function variableNaming(service: ServiceReading, host: string, port: number | undefined): string | undefined {
  const environment = service.workload?.value.revisions.at(-1)?.environment ?? {};
  return Object.keys(environment).sort().find((name) => namesPlace(environment[name] ?? '', host, port));
}

function namesPlace(value: string, host: string, port: number | undefined): boolean {
  return hostsInValue(value).some((one) => one.host === host && (port === undefined || one.port === port));
}

function isKnownBad(value: string, readings: Readings): boolean {
  return hostsInValue(value).some((place) => readings.hosts.some((host) => host.host === place.host && (host.lookup.value.error !== undefined || host.ports.some((port) => port.value.port === place.port && !port.value.open))));
}

/** Seen with an open port, a Service with ready endpoints, or a service that is watched and well; all of them. */
function answers(value: string, readings: Readings, targets: RuleTargets): boolean {
  const places = hostsInValue(value);
  return places.length > 0 && places.every(({ host, port }) => {
    const seen = readings.hosts.some((one) => one.host === host && one.lookup.value.error === undefined && one.ports.some(({ value: each }) => each.port === port && each.open));
    const [name = '', space] = host.split('.');
    const inside = (readings.clusters ?? []).flatMap(({ namespaces }) => namespaces).some(({ namespace, services }) => (space === undefined || space === namespace) && services.value.some((one) => one.name === name && (one.endpoints?.ready ?? 0) > 0 && (port === undefined || one.ports.some((each) => each.port === port))));
    const watched = targets.services.some((one) => hostsInValue(one.url).some((each) => each.host === host && each.port === port) && readings.services.some((reading) => reading.name === one.name && reading.checks.length > 0 && !isServiceUnwell(reading)));
    return seen || inside || watched;
  });
}

function isKnown(place: string, targets: RuleTargets): boolean {
  return targets.services.some((service) => hostsInValue(service.url).some((one) => sameHost(`${one.host}:${one.port ?? 80}`, place)));
}

function sameHost(left: string, right: string): boolean {
  const plain = (text: string): string => text.replace(/^(?:localhost|127\.0\.0\.1|::1):/, 'loopback:');
  return plain(left) === plain(right);
}
