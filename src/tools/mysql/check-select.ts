/**
 * Whether a SELECT for MySQL or MariaDB only reads. There is no parser of theirs that we trust, so only what both dialects
 * write alike is taken: the text may hold nothing that MySQL cuts into other words than PostgreSQL (comments, backslashes,
 * backticks, double quotes, variables), and then PostgreSQL's own parser and the guard of its SELECTs decide.
 */
import { parse } from 'libpg-query';
import { checkReadOnlySql } from '../sql/check-statement.ts';
import type { Checked } from '../sql/check-statement.ts';
import { node } from '../sql/parse-tree.ts';

/** `reason` says what to do instead. Never throws. */
export async function checkMysqlSelect(text: string): Promise<Checked> {
  const odd = oddities.find(({ pattern }) => pattern.test(text));
  if (odd !== undefined) return { ok: false, reason: odd.say };
  if (!/^\s*(?:select|with)\b/i.test(text)) return { ok: false, reason: 'write one SELECT, without EXPLAIN before it' };
  const checked = await checkReadOnlySql(text);
  if (!checked.ok) return { ok: false, reason: checked.reason.replaceAll('PostgreSQL can\'t parse it', 'it is not in the words that all SQL dialects share').replace('write one plain SELECT, SHOW or EXPLAIN', 'write LIMIT n OFFSET m, plain joins, no hints') };
  const hidden = (await relationsOf(text)).find(({ schema }) => ownSchemas.has(schema));
  return hidden === undefined ? checked : { ok: false, reason: `${hidden.schema}.${hidden.name} belongs to the server itself; mysql_look shows what may be seen of it` };
}

const oddities: readonly { pattern: RegExp; say: string }[] = [
  { pattern: /[^\x20-\x7E\n\t\r]/, say: 'plain characters only' },
  { pattern: /--|\/\*|\*\/|#/, say: 'comments and hints are refused; leave them out' },
  { pattern: /[\\`"$@;{}?[\]:]/, say: 'write names without quotes and text in single quotes, without backslashes, variables, placeholders or casts; put likely values in place of ?' },
];

const ownSchemas = new Set(['mysql', 'performance_schema', 'information_schema', 'sys']);

/** Plans give away what is in a row that is looked up by its key: no matter of the server's own tables. */
async function relationsOf(text: string): Promise<{ schema: string; name: string }[]> {
  const found: { schema: string; name: string }[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const { schemaname, relname } = key === 'RangeVar' ? node(inner) : {};
      if (typeof relname === 'string') found.push({ schema: typeof schemaname === 'string' ? schemaname.toLowerCase() : '', name: relname });
      walk(inner);
    }
  };
  walk(await parse(text));
  return found;
}
