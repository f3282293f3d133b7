/** Whose own words are wanted: services that log in with a role which lacks something or is limited. Checks that only read never show it. */
import type { DatabaseReading, Readings, ServiceReading } from '../readings.ts';
import { usesRole } from './clients.ts';

const limiting = /^(?:default_transaction_read_only|search_path|statement_timeout|lock_timeout|transaction_timeout|idle_in_transaction_session_timeout)$/;

/** Names, by what the sessions of the databases tell. */
export function toBeHeard({ services, databases }: Pick<Readings, 'services' | 'databases'>): string[] {
  const concerned = databases.map((database) => ({ database, roles: rolesConcerned(database) })).filter(({ roles }) => roles.length > 0);
  const isConcerned = (service: ServiceReading): boolean => concerned.some(({ database, roles }) => service.databases.includes(database.name) && roles.some((role) => usesRole(service.name, role, database, { services, databases, hosts: [] }) === 'yes'));
  return services.filter(isConcerned).map(({ name }) => name);
}

function rolesConcerned({ lackingRights, overrides, roles, writers }: DatabaseReading): string[] {
  const limits = (overrides?.value ?? []).filter(({ setting }) => limiting.test(setting));
  const readOnly = limits.some(({ setting, role, value }) => setting === 'default_transaction_read_only' && role === null && /^(?:on|true|yes|1)\b/i.test(value));
  return [...new Set([
    ...(lackingRights?.value ?? []).map(({ role }) => role), ...limits.flatMap(({ role }) => (role === null ? [] : [role])),
    ...(roles?.value ?? []).filter(({ expired }) => expired).map(({ name }) => name), ...(readOnly ? (writers?.value ?? []).map(({ role }) => role) : []),
  ])];
}
