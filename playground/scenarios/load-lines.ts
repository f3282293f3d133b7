/** Where in a scenario's source a mistake is: lines count from 1. */
import { pathToFileURL } from 'node:url';

/** The line of the export `scenario`; 1 when there is none. */
export function lineOfExport(source: string): number {
  const at = /^export\b.*\bscenario\b/m.exec(source)?.index;
  return at === undefined ? 1 : lineAt(source, at);
}

/** The line of a field of the exported object (`relapse`, `seconds`); of the nearest one around it that is there; of the export. */
export function lineOfKey(source: string, keys: readonly PropertyKey[]): number {
  let at = /^export\b.*\bscenario\b/m.exec(source)?.index ?? 0;
  let found = false;
  for (const key of keys) {
    if (typeof key !== 'string') break;
    // As a property, a method, or a name that is both (`{ id, title }`).
    const expression = new RegExp(String.raw`(^|[\s{,])(['"]?)${escaped(key)}\2\s*([:(<,}]|$)`, 'm');
    const match = expression.exec(source.slice(at));
    if (!match) break;
    at += match.index + (match[1]?.length ?? 0);
    found = true;
  }
  return found ? lineAt(source, at) : lineOfExport(source);
}

/** The line in `file` that an error names: in its stack, or as a compiler's `file:line:column`. */
export function thrownAt(error: unknown, file: string): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const text = `${error.message}\n${error.stack ?? ''}`;
  for (const name of [pathToFileURL(file).href, file]) {
    // Loaders add a query to the address.
    const expression = new RegExp(String.raw`${escaped(name)}(\?[^:\s]*)?:(\d+)`);
    const line = expression.exec(text)?.[2];
    if (line !== undefined) return Number(line);
  }
  return undefined;
}

/** The line of the import that a "cannot find" or "does not provide an export" speaks of. */
export function lineOfImport(source: string, message: string): number | undefined {
  const lines = source.split('\n');
  const quoted = [...message.matchAll(/'([^']+)'/g)].map((match) => (match[1] ?? '').split('/').at(-1) ?? '').filter((word) => word !== '');
  const index = lines.findIndex((line) => /\b(from|import)\b/.test(line) && quoted.some((word) => line.includes(word)));
  return index < 0 ? undefined : index + 1;
}

function lineAt(source: string, index: number): number {
  return source.slice(0, index).split('\n').length;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
