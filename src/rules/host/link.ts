/** Ties what fails to the host that it runs on, where that is in trouble that would explain it. */
import type { FindingBody } from '../../incident/types.ts';
import type { Readings } from '../readings.ts';
import { databaseOf, databaseResource, machineParts, machineResource, serviceOf, serviceResource } from '../resources.ts';

/** What stops or slows everything on a host. */
const explains = /^(?:disk-full|inodes-exhausted|out-of-memory-kills|memory-pressure|conntrack-table-full|outgoing-ports-exhausted|listen-queue-full|filesystem-read-only|unit-failed|certificate-expired|clock-skew)$/;

/** Findings with the same order; only `blames` of those that had no cause and no remedy yet differ. */
export function linkMachines<F extends { finding: FindingBody }>(found: readonly F[], { machines = [] }: Readings): F[] {
  const troubles = machines.map(({ name, runs }) => ({ runs, worst: worstOf(found.map(({ finding }) => finding), name) })).filter(({ worst }) => worst !== undefined);
  if (troubles.length === 0) return [...found];
  return found.map((one) => {
    const { finding } = one;
    if (finding.severity === 'info' || finding.blames !== undefined || finding.remedy !== undefined) return one;
    const resource = placeOf(finding.resource);
    const cause = resource === undefined ? undefined : troubles.find(({ runs }) => runs.includes(resource))?.worst;
    return cause === undefined ? one : { ...one, finding: { ...finding, blames: cause.resource } };
  });
}

function worstOf(findings: readonly FindingBody[], name: string): FindingBody | undefined {
  const own = new Set(machineParts.map((part) => machineResource(part, name)));
  const grave = findings.filter(({ resource, severity, mechanism }) => own.has(resource) && severity !== 'info' && explains.test(mechanism));
  return grave.find(({ severity }) => severity === 'critical') ?? grave[0];
}

/** The service or the database that it is of. */
function placeOf(resource: string): string | undefined {
  const [service, database] = [serviceOf(resource), databaseOf(resource)];
  return service !== undefined ? serviceResource(service) : database === undefined ? undefined : databaseResource(database);
}
