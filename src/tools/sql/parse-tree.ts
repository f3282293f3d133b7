/** The parse tree of libpg-query as plain data: nothing about its shape is taken on trust. */
export type Node = Record<string, unknown>;

export function node(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

export function nodesOf(value: unknown): Node[] {
  return Array.isArray(value) ? value.map(node) : [];
}

/** The parts of a qualified name. */
export function stringsOf(value: unknown): string[] {
  return nodesOf(value).map((part) => String(node(part['String'])['sval'] ?? ''));
}
