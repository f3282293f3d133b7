/** A rule over one configured host at a time. */
import type { Evidence, FindingBody, Quote, SpecialistName } from '../../incident/types.ts';
import type { MachineFacts, MachineReading, SocketFacts } from '../machine-readings.ts';
import { quoteLine } from '../quotes.ts';
import type { MachinePart } from '../resources.ts';
import { machineResource } from '../resources.ts';
import type { Rule } from '../rule.ts';

export type MachineFinding = Pick<FindingBody, 'severity' | 'mechanism' | 'title' | 'explanation' | 'confidence'> & {
  /** Fragments that one line of the evidence holds together; one quote each. */
  shows: readonly (readonly (string | number)[])[];
};

export function factsRule(id: string, part: MachinePart, detect: (facts: MachineFacts, machine: MachineReading) => MachineFinding[]): Rule {
  return machineRule(id, { part, specialist: 'generic' }, (machine) => (machine.facts === undefined ? [] : detect(machine.facts.value, machine).map((finding) => [finding, machine.facts?.evidence])));
}

export function socketsRule(id: string, detect: (sockets: SocketFacts, machine: MachineReading) => MachineFinding[]): Rule {
  return machineRule(id, { part: 'sockets', specialist: 'network' }, (machine) => (machine.sockets === undefined ? [] : detect(machine.sockets.value, machine).map((finding) => [finding, machine.sockets?.evidence])));
}

export function machineRule(id: string, { part, specialist }: { part: MachinePart; specialist: SpecialistName }, detect: (machine: MachineReading) => [MachineFinding, Evidence | undefined][]): Rule {
  return {
    id,
    specialist,
    detect: ({ machines = [] }) => machines.flatMap((machine) => detect(machine).map(([{ shows, ...finding }, evidence]): FindingBody => ({
      ...finding,
      resource: machineResource(part, machine.name),
      quotes: shows.flatMap((fragments): Quote[] => quoteLine(evidence, ...fragments)).slice(0, 5),
    }))),
  };
}

/** Within so many seconds before it was read, by the clock of the host. */
export function isRecent(at: string, { readAt, clock }: MachineFacts, seconds: number): boolean {
  const age = Date.parse(readAt) + (clock.against === undefined ? (clock.ahead ?? 0) : 0) - Date.parse(at);
  return age <= seconds * 1_000;
}
