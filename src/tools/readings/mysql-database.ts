/** Reads who is connected to one MySQL or MariaDB database, and who waits for whom, into a DatabaseReading. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseTarget } from '../../config/targets.ts';
import type { DatabaseReading } from '../../rules/readings.ts';
import { stayedBlocking } from '../../rules/two-looks.ts';
import { readSessions } from '../mysql/sessions.ts';
import type { ReaderContext } from './reader.ts';
import { unreadOf } from './reader.ts';
import { textTable } from './text-table.ts';
import { connectionTable, sessionTable } from './session-tables.ts';

const betweenLooksMilliseconds = 1_500;

/** Never throws: what can't be read is in `unread`, with the server's code or errno. */
export async function readMysqlDatabase(target: DatabaseTarget, { record, signal, patience = () => 1 }: ReaderContext): Promise<DatabaseReading> {
  const reading: DatabaseReading = { name: target.name, engine: 'mysql', unread: [] };
  try {
    const look = () => readSessions(target, { signal, connectTimeoutMilliseconds: 6_000 * patience() });
    const first = await look();
    const { server, sessions: now, connections } = first.sessions.some(({ blockedBy }) => blockedBy.length > 0) ? await sleep(betweenLooksMilliseconds, undefined, { signal }).then(look) : first;
    // What was blocked for a moment is no finding; the rules get the later look.
    const sessions = stayedBlocking(first.sessions, now);
    const keep = (tool: string, statement: string, output: string) => record('database', tool, { command: `mysql ${target.name} -e "${statement}"`, output });
    reading.sessions = { value: sessions, evidence: await keep('mysql_sessions', 'SELECT ... FROM PROCESSLIST LEFT JOIN INNODB_TRX', `${server.vendor} ${server.version}\n${sessionTable(sessions)}`) };
    reading.connections = { value: connections, evidence: await keep('mysql_connections', 'SELECT USER, COUNT(*) FROM PROCESSLIST GROUP BY USER', connectionTable(connections)) };
    const limits = Object.entries(server.limits).sort(([left], [right]) => (left < right ? -1 : 1));
    reading.overrides = {
      value: limits.map(([setting, value]) => ({ setting, scope: 'system', role: null, value, defaultValue: null })),
      evidence: await keep('mysql_settings', 'SHOW GLOBAL VARIABLES', textTable(['variable', 'value'], limits)),
    };
  } catch (error) {
    const said = unreadOf(`database ${target.name}`, error);
    const unread = signal.aborted ? { ...said, message: 'the time for this target was up', code: 'ABORTED' } : said;
    const evidence = await record('database', 'mysql_connect', { command: `mysql ${target.name} -e "SELECT 1"`, output: `${unread.message}${unread.code === undefined ? '' : ` [${unread.code}]`}`, failed: true }).catch(() => undefined);
    reading.unread.push(evidence === undefined ? unread : { ...unread, evidence });
  }
  return reading;
}
