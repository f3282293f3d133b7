/** A role lacks a right that it used before, or without which others that it has are worth nothing. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { LackingRight } from '../database-readings.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import { tableResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { isServiceUnwell } from '../service/health.ts';
import { count, list } from '../words.ts';
import type { Said } from './said.ts';
import { usesRole } from './clients.ts';
import { aboutRole, isPlain, meansRole, named, quotesOf, saidOf, speakers } from './said.ts';

export const missingRights: Rule = {
  id: 'missing-rights',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => detectIn(database, readings)),
};

const denied = new RegExp(`permission denied for (table|relation|view|sequence|schema) ${named}`);
const vanished = new RegExp(`relation ${named} does not exist`);
/** Fewer calls may have been somebody's attempt. */
const fewestCalls = 5;

function detectIn(database: DatabaseReading, readings: Readings): FindingBody[] {
  const said = saidOf(database, readings, denied);
  const gone = saidOf(database, readings, vanished);
  const lacking = database.lackingRights?.value ?? [];
  const found = lacking.flatMap((one) => {
    const all = [...said.filter(({ match }) => lastOf(match[2]) === (one.name ?? one.schema) && (match[1] === 'schema') === (one.object === 'schema')), ...(one.object === 'schema' ? gone.filter(({ match }) => isInside(database, one.schema, match[1])) : [])];
    const complaints = all.filter((complaint) => meansRole(complaint, one.role, database, readings) !== 'no');
    if (complaints.length === 0 && one.because === 'used before' && (one.calls ?? 0) < fewestCalls) return [];
    return [describe(database, one, { complaints, proven: aboutRole(complaints, one.role, database, readings).length > 0, suffering: sufferersOf(one, database, readings) })];
  });
  const explained = said.filter(({ match }) => lacking.some((one) => (one.name ?? one.schema) === lastOf(match[2])));
  return [...found, ...unexplained(database, said.filter((one) => !explained.includes(one)))];
}

/** Its own calls prove that the role had the right, and who logs in with it is unwell. */
function sufferersOf({ role, because }: LackingRight, database: DatabaseReading, readings: Readings): string[] {
  if (because !== 'used before') return [];
  return readings.services.filter((service) => service.databases.includes(database.name) && isServiceUnwell(service) && usesRole(service.name, role, database, readings) === 'yes').map(({ name }) => name);
}

function describe(database: DatabaseReading, lacking: LackingRight, { complaints, proven, suffering }: { complaints: readonly Said[]; proven: boolean; suffering: readonly string[] }): FindingBody {
  const { role, privileges, because, calls = 0, object, schema, name } = lacking;
  const what = object === 'schema' ? `schema ${schema}` : `${object} ${schema}.${name ?? ''}`;
  const why = {
    'used before': `${count(calls, 'call')} of its own that needed this ran through since statistics began, so it had the right and lost it`,
    'inserts into its table': 'it may insert into the table, whose default takes its numbers from there: every insert fails',
    'has rights inside': 'it has rights on what is inside, which are worth nothing without this: to the role the names in it do not exist',
  }[because];
  const speaking = speakers(complaints);
  const wanted = proven || suffering.length > 0;
  return {
    severity: proven ? 'critical' : complaints.length > 0 || suffering.length > 0 ? 'warning' : 'info',
    resource: object === 'table' ? tableResource(database.name, schema, name ?? '') : object === 'sequence' ? `sequence/${database.name}/${schema}.${name ?? ''}` : `schema/${database.name}/${schema}`,
    mechanism: 'privilege-missing',
    title: `Role ${role} lacks ${list(privileges).toUpperCase().replaceAll(' AND ', ' and ')} on ${what}`,
    explanation: `Role ${role}: ${why}.${complaints.length > 0 ? ` ${speaking.length > 0 ? list(speaking) : 'A log'} ${speaking.length > 1 ? 'show' : 'shows'} what PostgreSQL then says.` : ''} ${wanted ? `${complaints.length === 0 ? `${list(suffering)} ${suffering.length === 1 ? 'logs' : 'log'} in with it and ${suffering.length === 1 ? 'is' : 'are'} unwell. ` : ''}What is granted is exactly that and nothing else; it may have been taken on purpose, which whoever approves asks its owner.` : complaints.length > 0 ? 'Whether they log in with this role is not proven, so no change is proposed.' : 'Nobody is seen to miss it, so no change is proposed: it may have been taken on purpose.'}${because === 'used before' ? ' A right that it needs so seldom that no statement was counted would not show here: compare with what its release expects.' : ''}`,
    confidence: proven ? 0.96 : suffering.length > 0 ? 0.85 : 0.6,
    quotes: [...quoteLine(database.lackingRights?.evidence, what, role), ...quotesOf(complaints)],
    ...(wanted && isPlain(role, schema, ...(name === undefined ? [] : [name])) ? { remedy: { kind: 'postgres.grant', target: database.name, object, schema, ...(name === undefined ? {} : { name }), privileges: privileges.filter(isPrivilege), role } satisfies Action } : {}),
  };
}

type Privilege = 'select' | 'insert' | 'update' | 'delete' | 'usage';
const isPrivilege = (word: string): word is Privilege => ['select', 'insert', 'update', 'delete', 'usage'].includes(word);

/** Somebody is refused, and whose right on what it was can't be told from here. */
function unexplained(database: DatabaseReading, said: readonly Said[]): FindingBody[] {
  const names = [...new Set(said.map(({ match }) => lastOf(match[2])))];
  return names.flatMap((name) => {
    const relation = database.relations?.value.find((one) => one.name === name);
    const own = said.filter(({ match }) => lastOf(match[2]) === name);
    if (relation === undefined || relation.kind === 'other') return [];
    return [{
      severity: 'warning' as const,
      resource: relation.kind === 'sequence' ? `sequence/${database.name}/${relation.schema}.${name}` : tableResource(database.name, relation.schema, name),
      mechanism: 'privilege-missing',
      title: `A role is refused on ${relation.kind} ${relation.schema}.${name}`,
      explanation: `PostgreSQL says "permission denied". Which role it is, and which right it had, is not seen from here (pg_stat_statements would tell): compare the grants on ${relation.schema}.${name} with what the service does.`,
      confidence: 0.7,
      quotes: quotesOf(own),
    }];
  });
}

function isInside(database: DatabaseReading, schema: string, name: string | undefined): boolean {
  return (database.relations?.value ?? []).some((one) => one.schema === schema && one.name === lastOf(name));
}

const lastOf = (name: string | undefined): string => name?.split('.').at(-1) ?? '';
