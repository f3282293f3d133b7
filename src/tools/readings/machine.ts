/** Reads one configured host into a MachineReading, through its agent or where we run. */
import type { HostTarget, Targets } from '../../config/targets.ts';
import { HostRefusedError } from '../../host-facts/request.ts';
import { hostsInValue } from '../../rules/hosts.ts';
import type { MachineReading } from '../../rules/machine-readings.ts';
import type { Observed } from '../../rules/readings.ts';
import { databaseResource, serviceResource } from '../../rules/resources.ts';
import { readerOf } from '../host/host-reader.ts';
import type { Look } from '../host/look.ts';
import { lookAtCertificates, lookAtFacts, lookAtSockets } from '../host/look.ts';
import type { ReaderContext } from './reader.ts';
import { unreadOf } from './reader.ts';

/** Never throws: what can't be read is in `unread`. */
export async function readMachine(target: HostTarget, context: ReaderContext): Promise<MachineReading> {
  const { name, local } = target;
  const { signal, record } = context;
  const reading: MachineReading = { name, runs: runsOn(target, context.targets), unread: [] };
  const reader = readerOf(target);
  const observe = async <T>(what: string, tool: string, look: () => Promise<Look<T>>): Promise<Observed<T> | undefined> => {
    try {
      const { value, text } = await look();
      return { value, evidence: await record(tool === 'host_sockets' ? 'network' : 'generic', tool, { command: `${tool} ${name}`, output: text }) };
    } catch (error) {
      // No folder is configured: nothing is missing.
      if (tool === 'host_certificates' && error instanceof HostRefusedError) return undefined;
      const unread = unreadOf(`${what} of host ${name}`, error);
      const message = signal.aborted ? 'the time for this target was up' : unread.message;
      const evidence = await record('generic', tool, { command: `${tool} ${name}`, output: message, failed: true }).catch(() => undefined);
      reading.unread.push({ ...unread, message, ...(evidence && { evidence }) });
      return undefined;
    }
  };
  const [facts, sockets, certificates] = await Promise.all([
    observe('facts', 'host_facts', () => lookAtFacts(reader, { local: local !== undefined, services: context.targets.services, signal })),
    observe('sockets', 'host_sockets', () => lookAtSockets(reader, signal)),
    observe('certificates', 'host_certificates', () => lookAtCertificates(reader, signal)),
  ]);
  return { ...reading, ...(facts && { facts }), ...(sockets && { sockets }), ...(certificates && { certificates }) };
}

/** What has the same address as its agent; of our own machine, what is reached over loopback. */
export function runsOn({ url, local }: HostTarget, { services, databases }: Pick<Targets, 'services' | 'databases'>): string[] {
  const own = hostsInValue(url ?? '').map(({ host }) => host);
  const here = (value: string): boolean => hostsInValue(value).some(({ host }) => own.includes(host) || (local !== undefined && isLoopback(host)));
  return [
    ...services.filter((service) => here(service.url)).map(({ name }) => serviceResource(name)),
    ...databases.filter(({ read }) => revealed(read).some(here)).map(({ name }) => databaseResource(name)),
  ];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** A database without its URL in this process has none. */
function revealed(secret: { reveal(): string }): string[] {
  try {
    return [secret.reveal()];
  } catch {
    return [];
  }
}
