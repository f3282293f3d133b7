/** Which lines of SHOW GRANTS are more than reading. Pure. MySQL and MariaDB write them alike. */
import type { Excess } from './finding.ts';

const reading = new Set(['USAGE', 'SELECT', 'SHOW VIEW', 'SHOW DATABASES', 'PROCESS', 'REPLICATION CLIENT', 'BINLOG MONITOR', 'SLAVE MONITOR', 'REPLICA MONITOR', 'SHOW_ROUTINE']);

/** A grant of privileges, or of a role. Undefined for a line that is neither. */
export function excessOfGrant(line: string): Excess | undefined {
  const proxy = /^GRANT PROXY ON /i.test(line);
  const [, privileges = '', place = '', rest = ''] = /^GRANT (.+?) ON (\S+) TO (.*)$/i.exec(line) ?? [];
  if (place === '' || proxy) return proxy ? { right: 'may act as other accounts (PROXY)', remedy: 'REVOKE PROXY' } : undefined;
  const granted = privilegesIn(privileges);
  const bad = granted.filter((privilege) => !reading.has(privilege));
  const revoke = (what: readonly string[]): string => `REVOKE ${what.join(', ')} ON ${place} FROM it`;
  if (bad.length > 0) return { right: `may ${bad.join(', ')} on ${place}`, remedy: revoke(bad) };
  if (/ WITH .*GRANT OPTION/i.test(rest)) return { right: `may hand on its rights on ${place}`, remedy: revoke(['GRANT OPTION']) };
  if (granted.includes('SELECT') && /^(`?mysql`?|\*)\./.test(place)) return { right: `may read the accounts and their password hashes (SELECT on ${place})`, remedy: `${revoke(['SELECT'])}, and grant it on databases by name` };
  return undefined;
}

/** The role that a line without ON grants, as it stands there; undefined for any other line. */
export function roleIn(line: string): string | undefined {
  return / ON /i.test(line) ? undefined : /^GRANT (`[^`]+`(?:@`[^`]*`)?) TO /i.exec(line)?.[1];
}

/** Columns in parentheses are left out. */
function privilegesIn(text: string): string[] {
  return text.replaceAll(/\s*\([^)]*\)/g, '').split(',').map((privilege) => privilege.trim().toUpperCase());
}
