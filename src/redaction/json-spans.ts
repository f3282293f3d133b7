/** JSON with the place of each value in the text. */
export type JsonValue =
  | { kind: 'object'; start: number; end: number; members: { key: string; value: JsonValue }[] }
  | { kind: 'array'; start: number; end: number; items: JsonValue[] }
  | { kind: 'string'; start: number; end: number; value: string }
  | { kind: 'number' | 'literal'; start: number; end: number };

/** Parses one value that begins at `start`; what follows it is not looked at. Undefined when it is not JSON, or deeper than 200. */
export function parseJson(text: string, start: number): JsonValue | undefined {
  let at = start;

  function space(): void {
    while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  }

  function value(depth: number): JsonValue | undefined {
    if (depth > 200) return undefined;
    space();
    const character = text.charAt(at);
    if (character === '{') return object(depth);
    if (character === '[') return array(depth);
    if (character === '"') return string();
    return scalar();
  }

  function object(depth: number): JsonValue | undefined {
    const begin = at;
    const members: { key: string; value: JsonValue }[] = [];
    at += 1;
    for (space(); text.charAt(at) !== '}'; space()) {
      if (members.length > 0 && !take(',')) return undefined;
      space();
      const key = string();
      space();
      if (key === undefined || !take(':')) return undefined;
      const child = value(depth + 1);
      if (child === undefined) return undefined;
      members.push({ key: key.value, value: child });
    }
    at += 1;
    return { kind: 'object', start: begin, end: at, members };
  }

  function array(depth: number): JsonValue | undefined {
    const begin = at;
    const items: JsonValue[] = [];
    at += 1;
    for (space(); text.charAt(at) !== ']'; space()) {
      if (items.length > 0 && !take(',')) return undefined;
      const child = value(depth + 1);
      if (child === undefined) return undefined;
      items.push(child);
    }
    at += 1;
    return { kind: 'array', start: begin, end: at, items };
  }

  function string(): (JsonValue & { kind: 'string' }) | undefined {
    const begin = at;
    const raw = match(stringToken);
    if (raw === undefined) return undefined;
    try {
      return { kind: 'string', start: begin, end: at, value: JSON.parse(raw) as string };
    } catch {
      return undefined;
    }
  }

  function scalar(): JsonValue | undefined {
    const begin = at;
    if (match(numberToken) !== undefined) return { kind: 'number', start: begin, end: at };
    if (match(literalToken) !== undefined) return { kind: 'literal', start: begin, end: at };
    return undefined;
  }

  function take(character: string): boolean {
    if (text.charAt(at) !== character) return false;
    at += 1;
    return true;
  }

  function match(token: RegExp): string | undefined {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  }

  return value(0);
}

// oxlint-disable-next-line no-control-regex -- JSON forbids them inside strings
const stringToken = /"[^"\\\u0000-\u001F]*(?:\\.[^"\\\u0000-\u001F]*)*"/y;
const numberToken = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literalToken = /true|false|null/y;
