/** A service asks for a table or column that the database has not, or has where the role does not look. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { RelationReading } from '../database-readings.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings, SettingOverride } from '../readings.ts';
import { databaseResource, tableResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { list } from '../words.ts';
import type { Said } from './said.ts';
import { aboutRole, isPlain, meansRole, named, quotesOf, saidOf, speakers } from './said.ts';

export const missingNames: Rule = {
  id: 'missing-names',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => [...relations(database, readings), ...columns(database, readings)]),
};

/** As many as the reader takes: with so many, what is missing may only have been left out. */
const mostRelations = 400;
const mostColumns = 100;

const noRelation = new RegExp(`relation ${named} does not exist`);
const noColumn = new RegExp(`column ${named} (?:of relation ${named} )?does not exist`);

function relations(database: DatabaseReading, readings: Readings): FindingBody[] {
  const byName = grouped(saidOf(database, readings, noRelation));
  const paths = (database.overrides?.value ?? []).filter(({ setting }) => setting === 'search_path');
  const elsewhere = new Map<SettingOverride, { said: Said[]; places: string[] }>();
  const found: FindingBody[] = [];
  for (const [name, said] of byName) {
    const places = placesOf(database, name);
    const guilty = name.includes('.') || places.length === 0 ? [] : paths.filter((path) => !places.some((place) => schemasOf(path.value).includes(place.schema)) && said.some((one) => mayMean(path, one, database, readings)));
    if (database.relations !== undefined && places.length === 0 && isWhole(database)) found.push(unknownRelation(database, name, said));
    else for (const path of guilty) elsewhere.set(path, { said: [...(elsewhere.get(path)?.said ?? []), ...said], places: [...(elsewhere.get(path)?.places ?? []), ...places.map((place) => `${place.schema}.${place.name}`)] });
  }
  return [...[...elsewhere].map(([path, { said, places }]) => pathElsewhere(database, path, said, { places, proven: path.role === null || aboutRole(said, path.role, database, readings).length > 0 })), ...found];
}

const isWhole = ({ relations }: DatabaseReading): boolean => (relations?.value.length ?? 0) < mostRelations;

/** Whoever says it surely has another role than the one whose path it is, or a path of its own. */
function mayMean(path: SettingOverride, said: Said, database: DatabaseReading, readings: Readings): boolean {
  if (path.role !== null) return meansRole(said, path.role, database, readings) !== 'no';
  return !(database.overrides?.value ?? []).some((other) => other !== path && other.setting === path.setting && other.role !== null && meansRole(said, other.role, database, readings) === 'yes');
}

function pathElsewhere(database: DatabaseReading, path: SettingOverride, said: readonly Said[], { places, proven }: { places: readonly string[]; proven: boolean }): FindingBody {
  const where = path.scope === 'role' ? `role ${path.role ?? ''}` : path.scope === 'database' ? 'this database' : 'the whole server';
  return {
    severity: proven ? 'critical' : 'warning',
    resource: `setting/${database.name}/search_path${path.role === null ? '' : `@${path.role}`}`,
    mechanism: 'search-path-elsewhere',
    title: `search_path is ${path.value} for ${where}, where the tables that are asked for are not`,
    explanation: `${list([...new Set(places)].slice(0, 3))} ${new Set(places).size === 1 ? 'is' : 'are'} there, with all rows: nothing was dropped and nothing is to be restored. A name without a schema is looked for along search_path, so to ${where} the table does not exist${speakers(said).length > 0 ? `, as ${list(speakers(said))} ${speakers(said).length === 1 ? 'shows' : 'show'}` : ''}. Without this setting the default (${path.defaultValue ?? '"$user", public'}) counts again, for new sessions.${proven ? ' Whoever approves asks whether the path was set for tables that are to be moved there.' : ` That they log in as ${where} is not proven, so no change is proposed.`}`,
    confidence: proven ? 0.95 : 0.7,
    quotes: [...quoteLine(database.overrides?.evidence, 'search_path', path.value), ...quoteLine((database.relations ?? database.tables)?.evidence, `${places[0] ?? 'no place'} `), ...quotesOf(said)],
    ...(!proven || path.scope === 'system' || (path.role !== null && !isPlain(path.role))
      ? {}
      : { remedy: { kind: 'postgres.alter_setting', target: database.name, scope: path.inDatabase === true ? 'role in database' : path.scope, ...(path.role === null ? {} : { role: path.role }), setting: 'search_path', value: null } satisfies Action }),
  };
}

function unknownRelation(database: DatabaseReading, name: string, said: readonly Said[]): FindingBody {
  return {
    severity: 'critical',
    resource: databaseResource(database.name),
    mechanism: 'schema-mismatch-relation',
    title: `Database ${database.name} has no relation ${lastOf(name)}, which ${whoAsks(said)} for`,
    explanation: `No schema that was looked at holds one of this name. Either the program is newer than its migration, which then did not run or failed, or the table was dropped or renamed. Run the release's own migration, or take the program back; a table made by hand would not be the right one.`,
    confidence: 0.85,
    quotes: quotesOf(said),
  };
}

function columns(database: DatabaseReading, readings: Readings): FindingBody[] {
  return [...grouped(saidOf(database, readings, noColumn))].flatMap(([name, said]) => {
    const column = lastOf(name);
    const table = said.flatMap(({ match }) => (match[2] === undefined ? [] : placesOf(database, match[2]))).at(0);
    const holders = (database.relations?.value ?? []).filter((one) => one.columns.includes(column));
    // What was cut at its end, may hold it.
    if (database.relations === undefined || table?.columns.includes(column) === true || (table?.columns.length ?? 0) >= mostColumns || (table === undefined && (!isWhole(database) || database.relations.value.some(({ columns: all }) => all.length >= mostColumns)))) return [];
    return [{
      severity: 'critical' as const,
      resource: table === undefined ? databaseResource(database.name) : tableResource(database.name, table.schema, table.name),
      mechanism: 'schema-mismatch-column',
      title: `${table === undefined ? `Database ${database.name}` : `${table.schema}.${table.name}`} has no column ${column}, which ${whoAsks(said)} for`,
      explanation: `${holders.length === 0 ? 'No table that was looked at has a column of this name.' : `Only ${list(holders.slice(0, 3).map((one) => `${one.schema}.${one.name}`))} ${holders.length === 1 ? 'has' : 'have'} one.`} The program expects a newer schema than the database has (its migration did not run, or failed), or the column was dropped or renamed. Run the release's own migration, or take the program back to the version before.`,
      confidence: holders.length === 0 || table !== undefined ? 0.88 : 0.7,
      quotes: [...quotesOf(said), ...(table === undefined ? [] : quoteLine(database.relations.evidence, `${table.schema}.${table.name} `))],
    }];
  });
}

function grouped(said: readonly Said[]): Map<string, Said[]> {
  const byName = new Map<string, Said[]>();
  for (const one of said) byName.set(one.match[1] ?? '', [...(byName.get(one.match[1] ?? '') ?? []), one]);
  return byName;
}

function placesOf(database: DatabaseReading, name: string): RelationReading[] {
  const parts = name.split('.');
  const known = database.relations?.value ?? (database.tables?.value ?? []).map(({ schema, table }): RelationReading => ({ schema, name: table, kind: 'table', columns: [], constraints: [] }));
  return known.filter((one) => one.name === parts.at(-1) && (parts.length < 2 || one.schema === parts.at(-2)));
}

/** `billing, "$user"` */
function schemasOf(path: string): string[] {
  return path.split(',').map((part) => part.trim().replace(/^["']|["']$/g, ''));
}

const lastOf = (name: string): string => name.split('.').at(-1) ?? '';

function whoAsks(said: readonly Said[]): string {
  const names = speakers(said);
  return names.length === 0 ? 'a program asks' : `${list(names)} ${names.length === 1 ? 'asks' : 'ask'}`;
}
