/** A global limit of a MySQL or MariaDB server that explains errors which services show: read-only, too few connections for one user, timeouts. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import type { Rule } from '../rule.ts';
import { quoteLine } from '../quotes.ts';
import { list } from '../words.ts';
import type { Said } from './said.ts';
import { quotesOf, saidOf, speakers } from './said.ts';

interface Limit {
  /** Of these variables, the first that is as bad. */
  variables: readonly string[];
  bad(value: string): boolean;
  error: RegExp;
  effect: string;
  /** The server's own default; absent: sre-agent does not change it. */
  default?: string;
}

const under = (most: number) => (value: string): boolean => Number(value) > 0 && Number(value) < most;
const on = (value: string): boolean => !/^(?:off|0|no_lock|)$/i.test(value);

const limits: readonly Limit[] = [
  { variables: ['super_read_only', 'read_only'], bad: on, error: /\b1290\b[^\n]{0,80}read[-_]only|running with the --(?:super-)?read-only option|ER_OPTION_PREVENTS_STATEMENT|\b1836\b/i, effect: 'nothing can be written. A replica is so by design: then the service writes to the wrong server. On a primary somebody left it so after maintenance or a failover' },
  { variables: ['max_user_connections'], bad: (value) => Number(value) > 0, error: /max_user_connections|ER_USER_LIMIT_REACHED|ER_TOO_MANY_USER_CONNECTIONS/, effect: 'a user who has that many connections gets no more, however many the server has free', default: '0' },
  { variables: ['max_statement_time'], bad: under(2), error: /max_statement_time exceeded|ER_STATEMENT_TIMEOUT|\b1969\b/, effect: 'statements that take longer are ended', default: '0' },
  { variables: ['max_execution_time'], bad: under(2_000), error: /maximum statement execution time exceeded|ER_QUERY_TIMEOUT|\b3024\b/, effect: 'SELECTs that take longer (in ms) are ended', default: '0' },
  { variables: ['innodb_lock_wait_timeout'], bad: under(5), error: /Lock wait timeout exceeded|ER_LOCK_WAIT_TIMEOUT|\b1205\b/, effect: 'whoever waits longer for a row fails', default: '50' },
  { variables: ['idle_transaction_timeout', 'idle_write_transaction_timeout', 'idle_readonly_transaction_timeout'], bad: under(2), error: /idle_transaction_timeout|\b4031\b|Connection lost|server has gone away|PROTOCOL_CONNECTION_LOST/i, effect: 'sessions that pause in a transaction are ended', default: '0' },
  { variables: ['wait_timeout'], bad: under(30), error: /server has gone away|PROTOCOL_CONNECTION_LOST|Connection lost|\b2006\b/i, effect: 'connections that rest in a pool for longer are closed under it', default: '28800' },
];

export const mysqlLimits: Rule = {
  id: 'mysql-limits',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => (database.engine === 'mysql' ? detectIn(database, readings) : [])),
};

function detectIn(database: DatabaseReading, readings: Readings): FindingBody[] {
  const values = new Map((database.overrides?.value ?? []).map(({ setting, value }) => [setting, value]));
  const found = limits.flatMap((limit) => {
    const variable = limit.variables.find((name) => limit.bad(values.get(name) ?? ''));
    const said = variable === undefined ? [] : saidOf(database, readings, limit.error);
    return variable === undefined || said.length === 0 ? [] : [describe(database, limit, variable, values.get(variable) ?? '', said)];
  });
  return [...found, ...accountLimit(database, values, saidOf(database, readings, /has exceeded the '?max_user_connections'? resource|\b1226\b[^\n]{0,60}max_user_connections/))];
}

function describe(database: DatabaseReading, limit: Limit, variable: string, value: string, said: readonly Said[]): FindingBody {
  const who = speakers(said);
  return {
    severity: 'critical',
    resource: `setting/${database.name}/${variable}`,
    mechanism: /read_only/.test(variable) ? 'setting-read-only' : 'setting-too-tight',
    title: `${variable} is ${value} on ${database.name}`,
    explanation: `With it ${limit.effect}. ${who.length > 0 ? `${list(who)} ${who.length === 1 ? 'shows' : 'show'}` : 'A log shows'} exactly this error.${limit.default === undefined ? ' Whether it may be taken back depends on what this server is, so no change is proposed.' : ` The server's own default is ${limit.default}.`}`,
    confidence: 0.88,
    quotes: [...quoteLine(database.overrides?.evidence, `${variable} `, value), ...quotesOf(said)],
    ...(limit.default === undefined ? {} : { remedy: { kind: 'mysql.set_global', target: database.name, variable, value: limit.default } satisfies Action }),
  };
}

/** The global limit is off, so it is one of the account (WITH MAX_USER_CONNECTIONS), which only an administrator can read. */
function accountLimit(database: DatabaseReading, values: ReadonlyMap<string, string>, said: readonly Said[]): FindingBody[] {
  if (said.length === 0 || Number(values.get('max_user_connections') ?? 1) > 0) return [];
  const busiest = database.connections?.value.byClient[0];
  return [{
    severity: 'critical',
    resource: `connections/${database.name}/account`,
    mechanism: 'role-connection-limit-reached',
    title: `An account of ${database.name} has used all the connections it may have`,
    explanation: `The limit is one of the account (MAX_USER_CONNECTIONS in CREATE or ALTER USER), not of the server.${busiest === undefined ? '' : ` ${busiest.user} has the most now: ${busiest.count}, ${busiest.idle} of them idle.`} Its owner can raise it, or the pools can be made smaller; no change is proposed.`,
    confidence: 0.85,
    quotes: quotesOf(said),
  }];
}
