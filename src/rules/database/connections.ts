/** The connection slots are used up, or nearly; who holds them. */
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings, Session } from '../readings.ts';
import { databaseResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { count, duration, list } from '../words.ts';
import { endSessions } from './end-sessions.ts';
import type { Said } from './said.ts';
import { coded, quotesOf, saidOf, speakers } from './said.ts';
import { isUpkeepProgram } from './upkeep.ts';

const nearlyAll = 0.9;
/** One client that holds this share of the slots with sessions that do nothing is the cause; a pool of its own size is not. */
const hoarderShare = 0.4;
const smallPool = 10;
/** A pool's own sessions rest for seconds; with no slot left, what rests at all is in the way. */
const idleLongSeconds = { withRoom: 120, exhausted: 5 };
/** There may be work in it that is lost. */
const idleInTransactionSeconds = 120;

const refused = new RegExp(`sorry, too many clients|remaining connection slots are reserved|\\bToo many connections\\b(?! for (?:role|database))|ER_CON_COUNT_ERROR|${coded('53300|1040')}`, 'i');

/** SQLSTATE too_many_connections, and what MySQL calls it. */
const tooMany = new Set(['53300', 'ER_CON_COUNT_ERROR', 'ER_TOO_MANY_USER_CONNECTIONS']);

export const connectionsExhausted: Rule = {
  id: 'connections-exhausted',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => fromUse(database, readings) ?? fromRefusal(database) ?? []),
};

function fromUse(database: DatabaseReading, readings: Readings): FindingBody[] | undefined {
  const use = database.connections?.value;
  if (use === undefined || use.limit <= use.reserved) return undefined;
  const slots = use.limit - use.reserved;
  if (use.used < slots * nearlyAll) return [];
  const exhausted = use.used >= slots - 1;
  // One role's own limit is refused with the same SQLSTATE, which says nothing of the server's slots.
  const said = saidOf(database, readings, refused).filter(({ match }) => !/for (?:role|database)\b/i.test(match.input ?? ''));
  const hurts = exhausted || said.length > 0;
  const hoarder = hoarderOf(database, slots, exhausted);
  const evidence = database.connections?.evidence;
  const largest = use.byClient[0];
  const who = hoarder?.client ?? largest;
  return [
    {
      severity: exhausted ? 'critical' : 'warning',
      resource: databaseResource(database.name),
      mechanism: 'connections-exhausted',
      title: `${use.used} of ${slots} usable connections of database ${database.name} are taken${who === undefined ? '' : `, ${who.count} by ${nameOf(who)}`}`,
      explanation: `${outlook(exhausted, said)}${hoarder === undefined
        ? '. No single client holds most of the slots with idle sessions, so no session is proposed for ending: look at the pool sizes of the clients, or at what keeps their sessions busy.'
        : ` because ${nameOf(hoarder.client)} holds ${hoarder.client.count} slots, ${count(hoarder.idle.length, 'of them idle', 'of them idle')} for up to ${duration(hoarder.idle[0]?.stateSeconds ?? 0)}. ${hurts ? 'Ending its idle sessions frees the slots; sessions at work and other clients are left alone. It will come back unless the client is fixed or given a connection limit: ask its owner what changed.' : 'Nobody is seen to be refused, and a pool of a fixed size rests like this while all is well, so no change is proposed: ask its owner whether it is meant to be so large.'}`}`,
      confidence: hoarder === undefined ? 0.7 : hurts ? 0.92 : 0.75,
      quotes: [...quoteLine(evidence, `${use.used} of ${use.limit} connections used`), ...(who === undefined ? [] : quoteLine(evidence, who.user || '-', who.application || '-', ` ${who.count} `)), ...quotesOf(said, 1)],
      ...(hoarder === undefined || !hurts ? {} : endSessions(database, hoarder.idle)),
    },
  ];
}

function outlook(exhausted: boolean, said: readonly Said[]): string {
  if (exhausted) return 'New sessions are refused';
  return said.length > 0 ? `New sessions were refused${speakers(said).length > 0 ? ` to ${list(speakers(said))}` : ''}` : 'New sessions would be refused before long';
}

type Client = NonNullable<DatabaseReading['connections']>['value']['byClient'][number];

/** Who holds the slots of a database that has none left with sessions that do nothing. */
export function hoarderOfExhausted(database: DatabaseReading): { client: Client; idle: Session[] } | undefined {
  const use = database.connections?.value;
  if (use === undefined || use.limit <= use.reserved || use.used < use.limit - use.reserved - 1) return undefined;
  return hoarderOf(database, use.limit - use.reserved, true);
}

function hoarderOf(database: DatabaseReading, slots: number, exhausted: boolean): { client: Client; idle: Session[] } | undefined {
  const client = database.connections?.value.byClient[0];
  if (client === undefined || client.count <= Math.min(smallPool, slots / 2) || client.count < slots * hoarderShare) return undefined;
  const own = (database.sessions?.value ?? []).filter((session) => session.user === client.user && session.application === client.application && session.state.startsWith('idle') && !isUpkeepProgram(session));
  const idle = own.filter((session) => session.stateSeconds >= (session.state.startsWith('idle in transaction') ? idleInTransactionSeconds : exhausted ? idleLongSeconds.exhausted : idleLongSeconds.withRoom)).sort((left, right) => right.stateSeconds - left.stateSeconds);
  return idle.length >= client.count * 0.7 ? { client, idle } : undefined;
}

/** Even the read role got no slot: who holds them can't be seen. */
function fromRefusal(database: DatabaseReading): FindingBody[] | undefined {
  const refusal = database.unread.find((unread) => unread.code !== undefined && tooMany.has(unread.code));
  if (refusal?.code === undefined) return undefined;
  return [
    {
      severity: 'critical',
      resource: databaseResource(database.name),
      mechanism: 'connections-exhausted',
      title: `Database ${database.name} has no free connection slot`,
      explanation: `It refused our own session too, so who holds the slots cannot be seen. ${database.engine === 'mysql' ? 'Look with an administrator, for whom one more slot is kept.' : 'Let the read role in with pg_use_reserved_connections and reserved_connections (PostgreSQL 16+), or look with a superuser.'}`,
      confidence: 0.9,
      quotes: quoteLine(refusal.evidence, refusal.code),
    },
  ];
}

function nameOf(client: Client): string {
  return client.application === '' ? `role ${client.user}` : `${client.application} (role ${client.user})`;
}
