/** search_path is a list of schemas: each is quoted by itself, as the server writes it down. */
import { RefusedError } from '../../errors.ts';
import { literal } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';

/** Throws RefusedError unless every schema is there and the list is as the server will keep it. */
export async function refuseUnfitPath(value: string, session: Session): Promise<void> {
  const names = schemasOf(value);
  if (names.length === 0 || names.length > 16 || names.some((name) => name !== '$user' && !/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(name))) throw new RefusedError(`search_path is a list of schemas, as public, sales, not "${value}".`);
  if (names.some((name) => name.startsWith('pg_'))) throw new RefusedError("PostgreSQL's own schemas are searched anyway, and first: leave them out of search_path.");
  const [row] = await session.query<{ written: string; missing: string | null }>(
    `SELECT string_agg(quote_ident(one.name), ', ' ORDER BY one.place) AS written, min(one.name) FILTER (WHERE one.name <> '$user' AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = one.name)) AS missing
       FROM unnest($1::text[]) WITH ORDINALITY AS one (name, place)`,
    [names],
  );
  if (row?.missing != null) throw new RefusedError(`There is no schema ${row.missing} in this database.`);
  if (row?.written !== value) throw new RefusedError(`Write search_path as the server keeps it: ${row?.written ?? ''}.`);
}

/** The value of SET ... TO for what the server keeps. */
export function pathLiterals(kept: string): string {
  const names = schemasOf(kept);
  return names.length === 0 ? "''" : names.map(literal).join(', ');
}

function schemasOf(kept: string): string[] {
  return [...kept.matchAll(/"((?:[^"]|"")*)"|([^,\s"]+)/g)].map(([, quoted, bare]) => (quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'))).filter((name) => name !== '');
}
