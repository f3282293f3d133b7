/** What the readers of a played investigation are called. */
import type { SpecialistName } from '../../src/incident/types.ts';

export const readerNames: Record<SpecialistName, string> = { kubernetes: 'read_cluster', service: 'read_services', database: 'read_databases', network: 'read_network', generic: 'read_hosts' };
