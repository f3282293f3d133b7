/** SQL as it is shown and run, for the sql_mode that session.ts sets: a backslash escapes, double quotes are strings. */

export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
export const qualified = (database: string, name: string): string => `${identifier(database)}.${identifier(name)}`;
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
