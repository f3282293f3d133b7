/** A global limit of a MySQL or MariaDB server that explains errors which services show: read-only, too few connections for one user, timeouts. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import type { Rule, RuleTargets } from '../rule.ts';
import { quoteLine } from '../quotes.ts';
import { list } from '../words.ts';
import type { Said } from './said.ts';
import { coded, quotesOf, saidOf, speakers } from './said.ts';
import { slownessBehind } from './symptom-of.ts';

interface Limit {
  /** Of these variables, the first that is as bad. */
  variables: readonly string[];
  bad(value: string): boolean;
  error: RegExp;
  effect: string;
  /** The server's own default; absent: sre-agent does not change it. */
  default?: string;
  /** The words name this limit and nothing else; absent: the same words have many other reasons. */
  exact?: true;
  /** What may stand behind what it ends. */
  behind?: 'lock' | 'statement';
}

const under = (most: number) => (value: string): boolean => Number(value) > 0 && Number(value) < most;
const on = (value: string): boolean => !/^(?:off|0|no_lock|)$/i.test(value);
const errorOf = (code: string, words: string): RegExp => new RegExp(`${words}|${coded(code)}`, 'i');

const limits: readonly Limit[] = [
  { variables: ['super_read_only', 'read_only'], bad: on, error: errorOf('1836', 'running with the --(?:super-)?read-only option|ER_OPTION_PREVENTS_STATEMENT|ER_READ_ONLY_MODE'), effect: 'nothing can be written. A replica is so by design, and an old primary after a failover: then the service writes to the wrong server. Else somebody left it so after a maintenance' },
  { variables: ['max_user_connections'], bad: (value) => Number(value) > 0, error: /max_user_connections|ER_USER_LIMIT_REACHED|ER_TOO_MANY_USER_CONNECTIONS/, effect: 'a user who has that many connections gets no more, however many the server has free', default: '0', exact: true },
  { variables: ['max_statement_time'], bad: under(2), error: errorOf('1969', 'max_statement_time exceeded|ER_STATEMENT_TIMEOUT'), effect: 'statements that take longer are ended', default: '0', exact: true, behind: 'statement' },
  { variables: ['max_execution_time'], bad: under(2_000), error: errorOf('3024', 'maximum statement execution time exceeded|ER_QUERY_TIMEOUT'), effect: 'SELECTs that take longer (in ms) are ended', default: '0', exact: true, behind: 'statement' },
  { variables: ['innodb_lock_wait_timeout'], bad: under(5), error: errorOf('1205', 'Lock wait timeout exceeded|ER_LOCK_WAIT_TIMEOUT'), effect: 'whoever waits longer for a row fails', default: '50', exact: true, behind: 'lock' },
  { variables: ['idle_transaction_timeout', 'idle_write_transaction_timeout', 'idle_readonly_transaction_timeout'], bad: under(2), error: errorOf('4031', 'idle_transaction_timeout|Connection lost|server has gone away|PROTOCOL_CONNECTION_LOST'), effect: 'sessions that pause in a transaction are ended', default: '0' },
  { variables: ['wait_timeout'], bad: under(30), error: errorOf('2006|4031', 'server has gone away|PROTOCOL_CONNECTION_LOST|Connection lost|because of inactivity'), effect: 'connections that rest in a pool for longer are closed under it', default: '28800' },
];

export const mysqlLimits: Rule = {
  id: 'mysql-limits',
  specialist: 'database',
  detect: (readings, targets) => readings.databases.flatMap((database) => (database.engine === 'mysql' ? detectIn(database, readings, targets) : [])),
};

function detectIn(database: DatabaseReading, readings: Readings, targets: RuleTargets): FindingBody[] {
  const values = new Map((database.overrides?.value ?? []).map(({ setting, value }) => [setting, value]));
  const found = limits.flatMap((limit) => {
    const variable = limit.variables.find((name) => limit.bad(values.get(name) ?? ''));
    const said = variable === undefined ? [] : saidOf(database, readings, limit.error);
    return variable === undefined || said.length === 0 ? [] : [describe(database, limit, { variable, value: values.get(variable) ?? '' }, said, limit.behind === undefined ? undefined : slownessBehind(limit.behind, database, readings, targets))];
  });
  return [...found, ...accountLimit(database, values, saidOf(database, readings, /has exceeded the '?max_user_connections'? resource/))];
}

function describe(database: DatabaseReading, limit: Limit, { variable, value }: { variable: string; value: string }, said: readonly Said[], behind: FindingBody | undefined): FindingBody {
  const who = speakers(said);
  const why = behind !== undefined ? `It is a symptom here, by what was found: ${behind.title}. That is to be mended, not the limit lifted.`
    : limit.default === undefined ? 'Whether it may be taken back depends on what this server is, so no change is proposed.'
      : limit.exact === undefined ? `The same words have other reasons (a restart, the network, a packet too large), so no change is proposed: compare it with how long the pools of its clients keep a connection. The server's own default is ${limit.default}.` : undefined;
  return {
    severity: why === undefined || limit.default === undefined ? 'critical' : 'warning',
    resource: `setting/${database.name}/${variable}`,
    mechanism: /read_only/.test(variable) ? 'setting-read-only' : 'setting-too-tight',
    title: `${variable} is ${value} on ${database.name}`,
    explanation: `With it ${limit.effect}. ${who.length > 0 ? `${list(who)} ${who.length === 1 ? 'shows' : 'show'}` : 'A log shows'} ${limit.exact === undefined ? 'such an error' : 'exactly this error'}. ${why ?? `The server's own default is ${limit.default ?? ''}. A tight limit may be meant, to protect the server: whoever approves asks who set it.`}`,
    confidence: why === undefined || limit.default === undefined ? 0.88 : 0.6,
    quotes: [...quoteLine(database.overrides?.evidence, `${variable} `, value), ...quotesOf(said)],
    ...(behind === undefined ? {} : { blames: behind.resource }),
    ...(why !== undefined || limit.default === undefined ? {} : { remedy: { kind: 'mysql.set_global', target: database.name, variable, value: limit.default } satisfies Action }),
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
